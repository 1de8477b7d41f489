/**
 * The operator, executors, agents and the master are killed in turn, at random, under thirty pods; afterwards exactly
 * the wanted pods run, each once, and what nobody touched was never restarted.
 *
 * `MESOLET_CHAOS_SECONDS` says for how long; `MESOLET_SEED` draws as an earlier run did, whose seed the test's name has;
 * with `MESOLET_CHAOS_STORY=1` it tells what it does.
 */

import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { takeInventory } from "../../scripts/engine/inventory.ts";
import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { MesosLabel, sharedNetworkName } from "../../src/pod/labels.ts";
import { assert, assertEquals, AssertionError } from "../support/assert.ts";
import { ChaosDeeds } from "../support/chaos/chaos_deeds.ts";
import { dataVolumes } from "../support/chaos/chaos_pods.ts";
import { ChaosScene } from "../support/chaos/chaos_scene.ts";
import {
  agentsView,
  engineView,
  livesByInstance,
  masterView,
  operatorView,
  processesOf,
  wantedOf,
} from "../support/chaos/final_state.ts";
import { engineAt } from "../support/engine.ts";
import { randomFrom } from "../support/random.ts";
import { waitUntil } from "../support/wait.ts";

const seed = Number(Deno.env.get("MESOLET_SEED") ?? Math.floor(Math.random() * 1e6));
const seconds = Number(Deno.env.get("MESOLET_CHAOS_SECONDS") ?? 120);

/** As often as it is asked a difference in colours would cost too much. */
function assertSame(who: string, found: readonly string[], wanted: readonly string[]): void {
  if (found.length === wanted.length && found.every((line, index) => line === wanted[index])) return;
  const more = found.filter((line, index) => !wanted.includes(line) || found.indexOf(line) !== index);
  const less = wanted.filter((line) => !found.includes(line));
  throw new AssertionError(`${who} has also [${more.join(", ")}] and lacks [${less.join(", ")}]`);
}

/** All say the same: what is wanted runs, each once. */
async function settled(scene: ChaosScene, deadline: number): Promise<void> {
  await waitUntil("just what is wanted runs, each once", async () => {
    if (scene.wrongs.length > 0) throw new Error(scene.wrongs.join("\n"));
    const wanted = wantedOf(scene);
    // Those that cost nothing are asked first.
    assertSame("the master", masterView(scene), wanted);
    assertSame("the agents", await agentsView(scene), wanted);
    assertSame("the engine", await engineView(scene), wanted);
    const operator = operatorView(scene).catch((error) => {
      throw new AssertionError(`the operator does not answer: ${error}`);
    });
    assertSame("the operator", await operator, wanted);
    return true;
  }, deadline);
}

Deno.test(`engine: thirty pods on a cluster outlive ${seconds} s of kills, drawn from seed ${seed}`, async () => {
  const privately = await startPrivateEngine();
  await using _ = { [Symbol.asyncDispose]: () => privately.stop() };
  await using engine = await engineAt(privately.host);
  await importBusybox(engine.connection);
  await using scene = await ChaosScene.start(engine);
  const { master, watch, hosts } = scene;
  const before = await inventory(scene);
  for (const pod of scene.pods) scene.put(pod, "version 1");
  scene.startOperator();
  const deeds = new ChaosDeeds(scene, randomFrom(seed));
  try {
    await settled(scene, 300_000);
    await waitUntil("the job has run", async () => await scene.ran() === 1, 120_000);
    const lives = await livesByInstance(scene);
    scene.tell("everything runs");

    await deeds.goOn(seconds * 1_000);
    scene.tell("nothing goes wrong any more");
    await settled(scene, 300_000);
    scene.tell("everything runs again");
    assertEquals([...watch.doubles.values()], []);
    assertEquals(await scene.ran(), 1);
    const after = await livesByInstance(scene);
    const untouched = [...lives.keys()].filter((instance) => !deeds.hit.has(instance));
    assertEquals(
      untouched.map((instance) => `${instance} ${after.get(instance)}`),
      untouched.map((instance) => `${instance} ${lives.get(instance)}`),
    );
    const frameworks = [...master.host.core.state.frameworks.keys()];
    assertEquals(frameworks.length, 1);

    assertEquals(await scene.stopOperator(), 0);
    await waitUntil("no executor is left", async () => {
      const left = await Promise.all(hosts.map((host) => host.executors()));
      assertEquals([left.flat(), await processesOf(frameworks[0] ?? "")], [[], []]);
      return true;
    }, 120_000);
    await waitUntil("nothing is left on the engine", async () => {
      const parts = await engine.engine.listParts(MesosLabel.executor);
      assertEquals(parts.map(({ name }) => name).sort(), Object.values(dataVolumes));
      assertEquals((await inventory(scene)).filter((item) => !before.includes(item)), []);
      return true;
    }, 120_000);
    const isExpected = /was answered (403|404|503)/;
    assertEquals(master.breaches.filter((breach) => !isExpected.test(breach)), []);
    for (const host of hosts) assertEquals(await host.problems(), []);
    assert(watch.looks > seconds, "it was not looked at often enough to tell");
  } catch (error) {
    const { out, error: last } = scene.operator.program;
    const told = (scene.logged + out + last).slice(-200_000);
    const story = scene.story.join("\n");
    throw new AssertionError(
      `${error instanceof Error ? error.message : error}\nDoubles: ${
        [...watch.doubles.values()].join("\n")
      }\n` +
        `The shared network: ${await sharedNetwork(scene)}\n` +
        `What was done:\n${story}\nThe operator:\n${told}\nThe reaper:\n${scene.reaper.out}${scene.reaper.error}`,
      { cause: error },
    );
  }
});

/** What the engine has of the network that all pods share, and of whom it is. */
async function sharedNetwork({ engine }: ChaosScene): Promise<string> {
  const path = `/networks/${sharedNetworkName}`;
  const call = "look at the shared network";
  try {
    const { body } = await engine.connection.request({
      method: "GET",
      path,
      call,
      bound: 10_000,
      accept: [404],
    });
    return JSON.stringify(body);
  } catch (error) {
    return String(error);
  }
}

/** What is on the engine, and cgroups of these pods: those of other tests are on the same host. */
async function inventory({ engine, pods }: ChaosScene): Promise<readonly string[]> {
  const items = await takeInventory(engine.connection);
  const isOfPod = new RegExp(`^cgroup .*/mesolet/(${pods.map(({ name }) => name).join("|")})-[0-9a-f]+`);
  const isOthers = (item: string) => /^(cgroup|image) /.test(item) && !isOfPod.test(item);
  return [...items].filter((item) => !isOthers(item) && !item.startsWith("volume data-of-")).sort();
}
