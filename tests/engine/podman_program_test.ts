import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivatePodman } from "../../scripts/engine/private_podman.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { engineAt } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";
import { runProgram } from "../cli/program.ts";

const spec = `
services:
  web:
    image: busybox
    command: [sh, -c, "cat /greeting; exec httpd -f -p 8080"]
    stop_signal: SIGKILL
    configs: [greeting]
    depends_on: {prepare: {condition: service_completed_successfully}}
  prepare: {image: busybox, command: [echo, "prepared"]}
configs: {greeting: {content: "hello\\n"}}
`;

for (const network of ["pod", "services"]) {
  Deno.test(`podman: up, ps, logs and down of a pod in ${network} mode`, async () => {
    const podman = await startPrivatePodman();
    const directory = await Deno.makeTempDir({ prefix: "mesolet-podman-" });
    try {
      await using test = await engineAt(podman.host);
      await importBusybox(test.connection);
      const pod = test.podName();
      await Deno.writeTextFile(`${directory}/compose.yaml`, spec);
      const mesolet = async (...words: string[]) => {
        const call = { host: podman.host, directory };
        const result = await runProgram(["-p", pod, "--network", network, ...words], call);
        assertEquals(result.code, 0, result.error);
        return result;
      };
      await mesolet("up", "-d");
      const { out } = await mesolet("ps", "-a");
      assertMatch(out, new RegExp(`${pod}-web-1 .* running`));
      assertMatch(out, new RegExp(`${pod}-prepare-1 .* exited`));
      await waitUntil("both have written", async () => {
        const { out } = await mesolet("logs", "--no-color");
        return out.includes("prepared") && out.includes("hello");
      });
      if (network === "pod") {
        const again = await mesolet("--debug", "up", "-d");
        const calls = again.error.split("\n").filter((line) => line.startsWith("engine: "));
        assertEquals(calls.filter((line) => !line.startsWith("engine: GET ")), []);
      }
      assertStringIncludes((await mesolet("exec", "-T", "web", "cat", "/greeting")).out, "hello");
      await mesolet("down", "-v");
      assertEquals(await test.engine.listContainers(pod), []);
    } finally {
      await podman.stop();
      await Deno.remove(directory, { recursive: true });
    }
  });
}
