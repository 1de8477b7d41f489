import { projectDirectory, runProgram } from "../cli/program.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";

/** What is written to `/data/said` is read as the order in which containers ran. */
function spec(pod: string, first: string): string {
  return `name: ${pod}
services:
  web:
    image: busybox
    command: ["sh", "-c", "echo web >> /data/said; exec sleep 1000"]
    stop_grace_period: 0s
    environment: {WHO: service}
    volumes: ["data:/data"]
    pre_start:
      - command: ["sh", "-c", "${first}"]
        environment: {WHO: entry}
      - {image: busybox, command: ["sh", "-c", "echo second of $$(id -u) >> /data/said"], user: "7", privileged: true}
volumes: {data: {}}
`;
}

for (const mode of ["pod", "services"]) {
  Deno.test(`cli: containers of pre_start end one after the other before their service starts, in ${mode} mode`, async (test) => {
    await using engine = await testEngine();
    const pod = engine.podName();
    const first = "chmod 777 /data; echo first by $$WHO >> /data/said; chmod 666 /data/said";
    await using project = await projectDirectory({ "compose.yaml": spec(pod, first) });
    const mesolet = (...args: string[]) =>
      runProgram(["--network", mode, ...args], { host: engine.host, directory: project.path });
    const said = async () => (await mesolet("exec", "-T", "web", "cat", "/data/said")).out.trim().split("\n");
    const began = ["first by entry", "second of 7", "web"];

    await test.step("at the first start", async () => {
      const up = await mesolet("up", "-d");
      assertEquals(up.code, 0, up.error);
      assertEquals(await said(), began);
      const rows = (await mesolet("ps", "-a")).out;
      assertStringIncludes(rows, `${pod}-web-pre_start-0-1`);
      assertStringIncludes(rows, `${pod}-web-pre_start-1-1`);
    });

    await test.step("and not again while they are what they were", async () => {
      assertEquals((await mesolet("up", "-d")).code, 0);
      assertEquals((await mesolet("restart", "web")).code, 0);
      assertEquals(await said(), [...began, "web"]);
    });

    await test.step("a changed one runs again, and then its service", async () => {
      await Deno.writeTextFile(`${project.path}/compose.yaml`, spec(pod, "echo changed >> /data/said"));
      const up = await mesolet("up", "-d");
      assertEquals(up.code, 0, up.error);
      assertEquals(await said(), [...began, "web", "changed", "web"]);
    });

    await test.step("one that fails keeps its service from starting", async () => {
      assertEquals((await mesolet("down", "-v")).code, 0);
      await Deno.writeTextFile(`${project.path}/compose.yaml`, spec(pod, "echo so it ends; exit 3"));
      const up = await mesolet("up", "-d");
      assertEquals(up.code, 1, up.error);
      assertStringIncludes(up.error, `${pod}-web-pre_start-0-1`);
      assertStringIncludes((await mesolet("logs", "web-pre_start-0")).out, "so it ends");
      assertEquals((await mesolet("logs", "web")).out, "");
    });
    assertEquals((await mesolet("down", "-v")).code, 0);
  });
}
