import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { listOf, objectOf } from "../../src/docker/json.ts";
import { sharedNetworkBody } from "../../src/plan/shared_network.ts";
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

/** What two processes do that make the shared network at the same instant: engines before API 1.44 let both. */
Deno.test("engine: two shared networks, which engines before API 1.44 may come to have, become one", async () => {
  const own = await startPrivateEngine();
  try {
    await using test = await engineAt(own.host);
    await using project = await projectDirectory({ "compose.yaml": spec });
    await importBusybox(test.connection);
    const mesolet = async (pod: string, ...words: string[]) => {
      const call = { host: test.host, directory: project.path };
      const { code, error } = await runProgram(["-p", pod, ...words], call);
      assertEquals(code, 0, error);
    };
    const { CheckDuplicate: _, ...body } = sharedNetworkBody(test.engine.facts);
    const another = async () => {
      await test.connection.request({
        method: "POST",
        path: "/networks/create",
        body,
        call: "make another shared network",
        bound: 10_000,
        // Engines from API 1.44 on allow one.
        accept: [409],
      });
    };
    const [one, two] = [test.podName(), test.podName()];
    await another();
    await another();
    await mesolet(one, "up", "-d");
    const before = await idsOf(test, one);
    // The one that is used is the one that stays.
    await another();
    await mesolet(two, "up", "-d");
    await mesolet(one, "restart");
    for (const pod of [one, two]) {
      const containers = await test.engine.listContainers(pod);
      assertEquals(containers.map(({ state }) => state), ["running", "running"], pod);
    }
    assertEquals(await idsOf(test, one), before);
    await mesolet(one, "down");
    await mesolet(two, "down");
    const { body: networks } = await test.connection.request({
      method: "GET",
      path: "/networks",
      call: "list networks",
      bound: 10_000,
    });
    assertEquals(listOf(networks).filter((network) => objectOf(network).Name === sharedNetworkName), []);
  } finally {
    await own.stop();
  }
});

async function idsOf({ engine }: TestEngine, pod: string): Promise<string[]> {
  return (await engine.listContainers(pod)).map(({ id }) => id).sort();
}
