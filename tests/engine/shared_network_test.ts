import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { sharedNetworkName } from "../../src/pod/labels.ts";
import { assertEquals } from "../support/assert.ts";
import { engineAt, type TestEngine } from "../support/engine.ts";
import { projectDirectory, runProgram } from "../cli/program.ts";

const spec = "services: {a: {image: busybox, stop_signal: SIGKILL, command: [sleep, infinity]}}";

/** On an engine of its own: no other test has a pod on the shared network. */
Deno.test("engine: a pod whose shared network was removed by hand is started again, and makes it anew", async () => {
  const own = await startPrivateEngine();
  try {
    await using test = await engineAt(own.host);
    await using project = await projectDirectory({ "compose.yaml": spec });
    await importBusybox(test.connection);
    const pod = test.podName();
    const mesolet = async (...words: string[]) => {
      const call = { host: test.host, directory: project.path };
      const { code, error } = await runProgram(["-p", pod, ...words], call);
      assertEquals(code, 0, error);
    };
    await mesolet("up", "-d");
    const before = await idsOf(test, pod);
    for (const again of [["up", "-d"], ["start"]]) {
      await mesolet("stop");
      await test.connection.request({
        method: "DELETE",
        path: `/networks/${sharedNetworkName}`,
        call: "remove the shared network by hand",
        bound: 10_000,
      });
      await mesolet(...again);
      const now = await test.engine.listContainers(pod);
      assertEquals(now.map(({ state }) => state), ["running", "running"], again.join(" "));
      assertEquals(await idsOf(test, pod), before, again.join(" "));
    }
    await mesolet("down");
  } finally {
    await own.stop();
  }
});

async function idsOf({ engine }: TestEngine, pod: string): Promise<string[]> {
  return (await engine.listContainers(pod)).map(({ id }) => id).sort();
}
