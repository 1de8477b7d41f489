import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { takeInventory } from "../../scripts/engine/inventory.ts";
import { Label, MesosLabel } from "../../src/pod/labels.ts";
import { runProgram } from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { CrashSocket } from "../support/crash_socket.ts";
import { engineAt, type TestEngine } from "../support/engine.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";
import { randomFrom } from "../support/random.ts";
import {
  cgroupsOf,
  exists,
  podOf,
  reached,
  sharedExecutor,
  specOf,
  untilTold,
  withExecutor,
} from "../support/task_life.ts";
import { waitUntil } from "../support/wait.ts";

/**
 * Kill -9 of executors before or after an Engine call of their lives: of a launch, of a pod that runs, of a kill. After
 * that `mesolet reap` leaves nothing: neither containers, networks and volumes of files, nor cgroups.
 *
 * The moments are drawn by chance. `MESOLET_CRASH_SEED` draws those of an earlier run, whose seed its test's name has.
 */
const seed = Number(Deno.env.get("MESOLET_CRASH_SEED") ?? Math.floor(Math.random() * 1e6));

/** Executors that are killed in all, and how many live side by side. */
const kills = 100;
const side = 5;
/** After so many the reaper looks. */
const batch = 25;

const shared = `
services:
  web: {image: busybox, command: ${untilTold}, configs: [c], read_only: true, depends_on: [base]}
  base: {image: busybox, command: ${untilTold}}
configs: {c: {content: hello}}
`;
const spec = { pod: shared, services: `x-pod: {network: services}\n${shared}` };

/** The pods of all executors. */
const pods: string[] = [];

/** Runs a task from its launch to its kill, until its executor is killed at a call of its own. */
async function crashedLife(
  engine: TestEngine,
  name: string,
  form: keyof typeof spec,
  point: { readonly call: number; readonly moment: "before" | "after" } | undefined,
): Promise<number> {
  await using socket = new CrashSocket(engine.host.replace("unix://", ""));
  // Not disposed of as a RunningExecutor: that would remove what the reaper is to find.
  const executor = await RunningExecutor.start(engine, {
    environment: { DOCKER_HOST: `unix://${socket.path}` },
  });
  const { agent } = executor;
  await using _ = agent;
  let killed = false;
  if (point !== undefined) {
    socket.arm(point.call, point.moment, () => {
      killed = true;
      if (agent.pid !== undefined) Deno.kill(agent.pid, "SIGKILL");
    });
  }
  await agent.launch(shopTask(name, spec[form]));
  pods.push(podOf(agent, name));
  const runs = agent.update(({ state }) => state === "TASK_RUNNING" || state === "TASK_FAILED").catch(
    () => {},
  );
  await Promise.race([runs, agent.exited]);
  agent.kill(name);
  await agent.exited;
  assert(point === undefined || killed || socket.calls.length < point.call, `${name} was not killed`);
  return killed || point === undefined ? socket.calls.length : 0;
}

Deno.test(`5.5 kill -9 of ${kills} executors at moments of seed ${seed}, then reap: nothing is left`, async () => {
  const privately = await startPrivateEngine();
  try {
    await using engine = await engineAt(privately.host);
    await importBusybox(engine.connection);
    const before = await takeInventory(engine.connection);
    const lengths = {
      pod: await crashedLife(engine, "whole-pod", "pod", undefined),
      services: await crashedLife(engine, "whole-services", "services", undefined),
    };
    let [done, started] = [0, 0];
    while (done < kills) {
      const until = Math.min(kills, done + batch);
      const worker = async () => {
        while (done < until) {
          const name = `t${started++}`;
          const random = randomFrom(seed + started);
          const form = random() < 0.5 ? "pod" : "services";
          const point = {
            call: 1 + Math.floor(random() * lengths[form]),
            moment: random() < 0.5 ? "before" as const : "after" as const,
          };
          if (await crashedLife(engine, name, form, point) > 0) done++;
        }
      };
      await Promise.all(Array.from({ length: side }, worker));
      const { code, out, error } = await runProgram(["reap", "-t", "0"], { host: engine.host });
      assertEquals(code, 0, `${out}${error}`);
      const parts = await engine.engine.listParts(Label.pod);
      assertEquals(parts.map(({ kind, name }) => `${kind} ${name}`), [], `${out}${error}`);
    }
    assertEquals(await cgroupsOf(pods), []);
    const mine = [...await takeInventory(engine.connection)].filter((item) => !item.startsWith("cgroup "));
    assertEquals(mine.filter((item) => !before.has(item) && !item.startsWith("image ")), []);
  } finally {
    await privately.stop();
  }
});

Deno.test("5.5 a cgroup that is all that is left of a pod goes as well", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    const version = engine.engine.facts.cgroupVersion;
    const name = "shop-00000c9e0f";
    const directory = `/sys/fs/cgroup${version === 1 ? "/memory" : ""}/mesolet/${name}`;
    await agent.launch(shopTask("t1", specOf(untilTold)));
    await reached(agent, "t1", "TASK_RUNNING");
    await Deno.mkdir(directory);
    const { code, out } = await runProgram(["reap"], { host: engine.host });
    assertEquals(code, 0, out);
    assertStringIncludes(out, `the empty cgroup of pod ${name}, of which nothing else is here: removed`);
    assert(!exists(directory));
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    await agent.exited;
  });
});

for (const next of ["one of the same ids", "another one of its framework"]) {
  Deno.test(`5.5 what an executor that was killed left goes at the start of ${next}, and nothing else`, async () => {
    await withExecutor({}, async ({ agent, engine }) => {
      const executor = sharedExecutor(agent);
      await agent.launch(shopTask("t1", specOf(untilTold), { executor }));
      await reached(agent, "t1", "TASK_RUNNING");
      const former = podOf(agent, "t1");
      if (agent.pid !== undefined) Deno.kill(agent.pid, "SIGKILL");
      await agent.exited;
      assert((await engine.engine.listContainers(former)).length > 0);
      const successor = next.startsWith("another") ? sharedExecutor(agent, "another") : executor;
      await agent.launch(shopTask("t2", specOf(untilTold), { executor: successor }));
      await reached(agent, "t2", "TASK_RUNNING");
      await waitUntil(
        "the former pod is gone",
        async () => (await engine.engine.listContainers(former)).length === 0,
      );
      const parts = await engine.engine.listParts(MesosLabel.framework);
      const own = parts.filter(({ labels }) => labels[MesosLabel.framework] === agent.frameworkId);
      assertEquals([...new Set(own.map(({ labels }) => labels[Label.pod]))], [podOf(agent, "t2")]);
      agent.kill("t2");
      await reached(agent, "t2", "TASK_KILLED");
      await agent.exited;
    });
  });
}
