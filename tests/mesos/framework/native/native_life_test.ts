/** Pods for the containerizer of Mesos before the strict master: its agents play the executor of Mesos. */

import { launchBuilder } from "../../../../src/mesos/framework/task/launch_of_wish.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import { assertEquals } from "../../../support/assert.ts";
import { usualBehaviour } from "../../master/simulated_agents.ts";
import { SimulatedCluster, type SimulationOptions } from "../simulated_cluster.ts";
import { wishOf } from "../wish/wishing.ts";

const minute = 60_000;

const buildTask = launchBuilder({ program: { kind: "file", path: "/mesolet" } });

function specOf(version: string, more = ""): string {
  return `
services:
  web: {image: "web:${version}", ports: ["8080"], cpus: 0.5, mem_limit: 64m ${more}}
  log: {image: log, cpus: 0.1, mem_limit: 32m}
x-pod: {containerizer: mesos, replicas: 2, name: shop, placement: {unique: [hostname]}}
`;
}

/** Agents that have port 8080. */
async function withCluster(
  wish: PodWish,
  work: (cluster: SimulatedCluster) => Promise<void> | void,
  options: SimulationOptions = {},
): Promise<void> {
  using cluster = new SimulatedCluster({ buildTask, ...options });
  for (let index = 0; index < 3; index++) {
    cluster.agents.add({
      resources: [
        { name: "cpus", type: "SCALAR", scalar: { value: 4 } },
        { name: "mem", type: "SCALAR", scalar: { value: 4_096 } },
        { name: "disk", type: "SCALAR", scalar: { value: 1_000 } },
        { name: "ports", type: "RANGES", ranges: { range: [{ begin: 8_080, end: 8_089 }] } },
      ],
    });
  }
  cluster.want(wish);
  cluster.subscribe();
  await cluster.pass(20_000);
  await work(cluster);
  assertEquals(cluster.master.host.conduct.breaches, []);
}

/** Instances, and the tasks that their agents run. */
function shown(cluster: SimulatedCluster): string[] {
  return cluster.instances("shop").map(({ slot, state, ready, task }) => {
    const running = cluster.agentOf("shop", slot).running.filter((id) => id.startsWith(`${task}.`));
    const names = running.map((id) => id.slice(`${task}.`.length)).sort();
    return `${slot} ${state}${ready ? ", ready" : ""}: ${names.join(" ")}`;
  });
}

const bothRun = ["0 running, ready: log-1 web-1", "1 running, ready: log-1 web-1"];

Deno.test("native life: each instance is a group of tasks under the executor of Mesos", async () => {
  await withCluster(await wishOf(specOf("1")), (cluster) => {
    assertEquals(shown(cluster), bothRun);
    const task = cluster.infoOf(`${cluster.taskOf("shop")}.web-1`);
    const { executor } = task ?? {};
    assertEquals([executor?.type, executor?.command, executor?.executor_id.value], [
      "DEFAULT",
      undefined,
      cluster.taskOf("shop"),
    ]);
    assertEquals(task?.limits, { cpus: { value: 0.5 }, mem: { value: 64 } });
    const [view] = cluster.instances("shop");
    assertEquals(view?.ports, [8_080]);
    assertEquals(
      view?.tasks,
      ["log-1", "web-1"].map((container) => ({
        container,
        task: `${cluster.taskOf("shop")}.${container}`,
        state: "running",
      })),
    );
  });
});

Deno.test("native life: a group ends with the task that failed, and starts again after its pause", async () => {
  await withCluster(await wishOf(specOf("1")), async (cluster) => {
    const first = cluster.taskOf("shop");
    const agent = cluster.agentOf("shop");
    agent.report(`${first}.log-1`, { state: "TASK_FAILED", message: "Command exited with status 3" });
    await cluster.pass(2_000);
    assertEquals(agent.running, []);
    const [view] = cluster.instances("shop");
    assertEquals([view?.state, view?.why], ["backing-off", "log-1: Command exited with status 3"]);
    await cluster.pass(30_000);
    assertEquals(shown(cluster), bothRun);
    assertEquals(cluster.taskOf("shop") === first, false);
  });
});

Deno.test("native life: a container that has run to its end leaves the others running; a pod of such ones is done", async () => {
  await withCluster(await wishOf(specOf("1")), async (cluster) => {
    for (const slot of [0, 1]) {
      cluster.agentOf("shop", slot).report(`${cluster.taskOf("shop", slot)}.log-1`, {
        state: "TASK_FINISHED",
      });
    }
    await cluster.pass(minute);
    assertEquals(shown(cluster), ["0 running, ready: web-1", "1 running, ready: web-1"]);
    cluster.agentOf("shop").report(`${cluster.taskOf("shop")}.web-1`, { state: "TASK_FINISHED" });
    await cluster.pass(minute);
    assertEquals(cluster.instances("shop").map(({ state }) => state), ["finished", "running"]);
  });
});

Deno.test("native life: an instance is ready when all checks say so, and fails with the one that is unhealthy", async () => {
  const wish = await wishOf(specOf("1", ", healthcheck: {test: [CMD, ok]}"));
  await withCluster(wish, async (cluster) => {
    assertEquals(cluster.instances("shop").map(({ ready }) => ready), [false, false]);
    const web = `${cluster.taskOf("shop")}.web-1`;
    const agent = cluster.agentOf("shop");
    agent.report(web, {
      state: "TASK_RUNNING",
      healthy: true,
      reason: "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED",
    });
    await cluster.pass(1_000);
    assertEquals(cluster.instances("shop").map(({ ready }) => ready), [true, false]);
    agent.report(web, { state: "TASK_KILLED", healthy: false });
    await cluster.pass(2_000);
    const [view] = cluster.instances("shop");
    assertEquals([view?.state, view?.why], ["backing-off", "web-1 is unhealthy, and was killed"]);
  });
});

Deno.test("native life: an update replaces group by group, and what is not wanted any more is killed whole", async () => {
  await withCluster(await wishOf(specOf("1")), async (cluster) => {
    const second = await wishOf(specOf("2"));
    cluster.want(second);
    await cluster.pass(5 * minute);
    assertEquals(cluster.instances("shop").map(({ version }) => version), [second.version, second.version]);
    assertEquals(shown(cluster), bothRun);
    cluster.want();
    await cluster.pass(minute);
    assertEquals(cluster.agents.agents.flatMap(({ running }) => running), []);
    assertEquals(cluster.cluster.pods.size, 0);
  });
});

Deno.test("native life: after a restart, when all is forgotten, and when the master is gone, the same groups run on", async () => {
  await withCluster(await wishOf(specOf("1")), async (cluster) => {
    const tasks = () => cluster.instances("shop").map(({ task }) => task);
    const before = tasks();
    cluster.restart();
    await cluster.pass(minute);
    assertEquals([tasks(), shown(cluster)], [before, bothRun]);
    cluster.store.tasks.clear();
    cluster.store.pods.clear();
    cluster.store.isWhole = false;
    cluster.restart();
    await cluster.pass(minute);
    assertEquals([tasks(), shown(cluster)], [before, bothRun]);
    cluster.master.stop();
    await cluster.pass(minute);
    cluster.master.start();
    await cluster.pass(minute);
    assertEquals([tasks(), shown(cluster)], [before, bothRun]);
  });
});

Deno.test("native life: an agent that is lost, and one that is drained, are left", async () => {
  await withCluster(await wishOf(specOf("1")), async (cluster) => {
    const lost = cluster.agentOf("shop");
    lost.lose();
    await cluster.pass(2 * minute);
    assertEquals(cluster.instances("shop")[0]?.state, "unreachable");
    await cluster.pass(10 * minute);
    lost.comeBack();
    await cluster.pass(2 * minute);
    assertEquals([lost.running, shown(cluster)], [[], bothRun]);
    const drained = cluster.agentOf("shop");
    cluster.master.host.drive((core) => core.drain(drained.id));
    await cluster.pass(2 * minute);
    assertEquals([drained.running, shown(cluster)], [[], bothRun]);
  }, { behaviour: usualBehaviour });
});
