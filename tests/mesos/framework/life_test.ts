import { assert, assertEquals } from "../../support/assert.ts";
import { wish } from "./cluster/playing.ts";
import { SimulatedCluster, type SimulationOptions } from "./simulated_cluster.ts";
import type { PodWish } from "../../../src/mesos/framework/wish/pod_wish.ts";
import { type SimulatedBehaviour, usualBehaviour } from "../master/simulated_agents.ts";

const minute = 60_000;

/** A cluster of agents whose pods run, before a strict master who is content at the end. */
async function withCluster(
  wishes: readonly PodWish[],
  work: (cluster: SimulatedCluster) => Promise<void>,
  { agents = 3, ...options }: SimulationOptions & { readonly agents?: number } = {},
): Promise<void> {
  using cluster = new SimulatedCluster(options);
  for (let index = 0; index < agents; index++) cluster.agents.add();
  cluster.want(...wishes);
  cluster.subscribe();
  await cluster.pass(20_000);
  await work(cluster);
  assertEquals(cluster.master.host.conduct.breaches, []);
}

/** How many instances of a pod were ready at least, looked at every second. */
async function readyMeanwhile(cluster: SimulatedCluster, pod: string, milliseconds: number): Promise<number> {
  let least = Infinity;
  for (let passed = 0; passed < milliseconds; passed += 1_000) {
    await cluster.pass(1_000);
    const ready = new Set(cluster.instances(pod).filter(({ ready }) => ready).map(({ slot }) => slot)).size;
    least = Math.min(least, ready);
  }
  return least;
}

/** Executors that fail, or tell of the health, by the version of the pod. */
function byVersion(steps: Readonly<Record<string, SimulatedBehaviour["launched"]>>): SimulatedBehaviour {
  return {
    ...usualBehaviour,
    launched: (task) => {
      const version = task.task_id.value.split(".")[2] ?? "";
      return (steps[version] ?? usualBehaviour.launched)(task);
    },
  };
}

Deno.test("life: what fails is started again after 10 s, then 20 s, and from the start when it did well", () =>
  withCluster([wish("web")], async (cluster) => {
    const launches = () => cluster.lines.filter((line) => line.includes("is launched")).length;
    const fail = () => cluster.agentOf("web").report(cluster.taskOf("web"), { state: "TASK_FAILED" });
    for (const [pause, runs] of [[10_000, 0], [20_000, 0], [40_000, 11 * minute], [10_000, 0]] as const) {
      fail();
      await cluster.pass(pause - 1_000);
      const before = launches();
      await cluster.pass(4_000);
      assertEquals(launches() - before, 1, `after ${pause} ms`);
      await cluster.pass(runs);
    }
  }));

Deno.test("life: an instance out of reach is waited for, replaced, and killed when it is back", () =>
  withCluster([wish("web", { unreachableWait: 2 * minute })], async (cluster) => {
    const first = cluster.agentOf("web");
    first.lose();
    await cluster.pass(76_000);
    assertEquals(cluster.shown("web"), [`0 v1 unreachable on ${first.description.hostname}`]);
    await cluster.pass(minute);
    assertEquals(cluster.shown("web").length, 1);
    await cluster.pass(minute);
    const [, old] = cluster.instances("web");
    assertEquals(cluster.instances("web").map(({ state }) => state), ["running", "unreachable"]);
    assertEquals(old?.agent?.hostname, first.description.hostname);
    first.comeBack();
    await cluster.pass(5_000);
    assertEquals(first.running, []);
    assertEquals(cluster.instances("web").map(({ state }) => state), ["running"]);
  }));

Deno.test("life: who is back before the time is over stays, and one that is waited for for ever is not replaced", () =>
  withCluster([wish("web"), wish("db", { unreachableWait: null })], async (cluster) => {
    const [web, db] = [cluster.taskOf("web"), cluster.taskOf("db")];
    const agents = new Set([cluster.agentOf("web"), cluster.agentOf("db")]);
    for (const agent of agents) agent.lose();
    await cluster.pass(4 * minute);
    cluster.agentOf("web").comeBack();
    await cluster.pass(60 * minute);
    for (const agent of agents) agent.comeBack();
    await cluster.pass(20 * minute);
    assertEquals([cluster.taskOf("web"), cluster.taskOf("db")], [web, db]);
  }));

Deno.test("life: what is on an agent that is marked gone is replaced at once", () =>
  withCluster([wish("web")], async (cluster) => {
    const agent = cluster.agentOf("web");
    cluster.master.host.drive((core) => core.markGone(agent.id));
    await cluster.pass(3_000);
    const [one] = cluster.instances("web");
    assertEquals([one?.state, one?.agent?.id === agent.id], ["running", false]);
    assert(cluster.lines.some((line) => line.startsWith("web: instance 0 ended (gone by operator)")));
  }));

Deno.test("life: an update replaces as many at a time as it says, each new one healthy for its time", async () => {
  const update = { ...wish("").update, parallel: 2, healthyFor: 30_000 };
  const healthy = { after: 20_000, status: { state: "TASK_RUNNING", healthy: true } } as const;
  const behaviour = byVersion({ v2: (task) => [...usualBehaviour.launched(task), healthy] });
  const first = wish("web", { replicas: 6, update });
  await withCluster([first], async (cluster) => {
    await cluster.pass(30_000);
    cluster.want({ ...first, version: "v2", hasHealth: true });
    const counts: string[] = [];
    const begin = cluster.clock.now();
    let ends = 0;
    while (cluster.clock.now() < begin + 4 * minute) {
      const least = await readyMeanwhile(cluster, "web", 1_000);
      assert(least >= 4, `only ${least} of 6 are ready`);
      const done = cluster.instances("web").filter(({ version, ready }) => version === "v2" && ready).length;
      if (done > ends) counts.push(`${ends = done}`);
    }
    assertEquals(counts, ["2", "4", "6"]);
    // Two at a time, each 20 s until it is healthy and 30 s until the next: not before two and a half minutes.
    assertEquals(cluster.cluster.pods.get("web")?.trouble, undefined);
    assertEquals(cluster.store.pods.get("web")?.settled?.version, "v2");
  }, { behaviour });
});

Deno.test("life: an update whose instances are unhealthy is taken back, and the version before runs again", async () => {
  const update = { ...wish("").update, onFailure: "rollback", maximumFailures: 1 } as const;
  const behaviour = byVersion({
    v2: (task) => [
      ...usualBehaviour.launched(task),
      { after: 5_000, status: { state: "TASK_RUNNING", healthy: false } },
      { after: 1_000, status: { state: "TASK_FAILED", healthy: false, message: "web is unhealthy" } },
    ],
  });
  const first = wish("web", { replicas: 3, update });
  await withCluster([first], async (cluster) => {
    cluster.want({ ...first, version: "v2", hasHealth: true });
    const least = await readyMeanwhile(cluster, "web", 2 * minute);
    assertEquals(least, 2);
    assertEquals(cluster.instances("web").map(({ version, ready }) => `${version} ${ready}`), [
      "v1 true",
      "v1 true",
      "v1 true",
    ]);
    assert(cluster.lines.includes("web: the update is taken back, 2 new instances failed: web is unhealthy"));
    cluster.restart();
    await cluster.pass(2 * minute);
    assertEquals(new Set(cluster.instances("web").map(({ version }) => version)), new Set(["v1"]));
  }, { behaviour });
});

Deno.test("life: an update that starts first never has less instances ready than are wanted", async () => {
  const update = { ...wish("").update, order: "start-first" } as const;
  const first = wish("web", { replicas: 3, update });
  await withCluster([first], async (cluster) => {
    cluster.want({ ...first, version: "v2" });
    assertEquals(await readyMeanwhile(cluster, "web", 2 * minute), 3);
    assertEquals(new Set(cluster.instances("web").map(({ version }) => version)), new Set(["v2"]));
  });
});

Deno.test("life: maintenance moves the instances elsewhere first, and the agent is given back", () =>
  withCluster([wish("web", { replicas: 4 }), wish("db")], async (cluster) => {
    const agent = cluster.agentOf("db");
    const start = { nanoseconds: (cluster.clock.now() + 2 * 60 * minute) * 1e6 };
    cluster.master.host.drive((core) =>
      core.schedule(new Map([[agent.description.hostname, { start, duration: { nanoseconds: 3_600e9 } }]]))
    );
    await cluster.pass(50 * minute);
    const before = agent.running.length;
    assert(before >= 2);
    assertEquals(await readyMeanwhile(cluster, "web", 15 * minute), 4);
    assertEquals(agent.running, []);
    assertEquals(cluster.instances("db").map(({ ready }) => ready), [true]);
    assertEquals(cluster.takeDeeds().calls.get("ACCEPT_INVERSE_OFFERS"), 1);
    // Nothing comes back to it before it is over.
    cluster.want(wish("web", { replicas: 9 }), wish("db"));
    await cluster.pass(minute);
    assertEquals(agent.running, []);
  }));

Deno.test("life: what a drained agent kills runs elsewhere, and successors come while it ends", async () => {
  const slow: SimulatedBehaviour = {
    ...usualBehaviour,
    killed: () => [
      { after: 5, status: { state: "TASK_KILLING" } },
      { after: 30_000, status: { state: "TASK_KILLED" } },
    ],
  };
  await withCluster([wish("web", { replicas: 3 })], async (cluster) => {
    const agent = cluster.agentOf("web");
    cluster.master.host.drive((core) => core.drain(agent.id));
    await cluster.pass(5_000);
    assertEquals(agent.running.length, 1);
    assertEquals(
      new Set(cluster.instances("web").filter(({ ready }) => ready).map(({ slot }) => slot)).size,
      3,
    );
    await cluster.pass(minute);
    assertEquals(cluster.instances("web").length, 3);
    assertEquals(agent.running, []);
    assertEquals(cluster.master.host.core.state.agents.get(agent.id)?.draining?.state, "DRAINED");
  }, { behaviour: slow });
});

Deno.test("life: after a restart, and when all is forgotten, the same tasks run on", () =>
  withCluster([wish("web", { replicas: 3 }), wish("db")], async (cluster) => {
    const tasks = () => ["web", "db"].flatMap((pod) => cluster.instances(pod).map(({ task }) => task));
    const before = tasks();
    cluster.restart();
    await cluster.pass(minute);
    assertEquals(tasks(), before);
    cluster.store.tasks.clear();
    cluster.store.pods.clear();
    cluster.store.isWhole = false;
    cluster.restart();
    await cluster.pass(minute);
    assertEquals(tasks(), before);
    // Who the agents are was learnt from their offers.
    const hosts = cluster.instances("web").map(({ agent }) => agent?.hostname).sort();
    assertEquals(hosts, ["agent1", "agent2", "agent3"]);
    cluster.master.stop();
    await cluster.pass(minute);
    cluster.master.start();
    await cluster.pass(minute);
    assertEquals(tasks(), before);
  }));

for (const onFailure of ["rollback", "pause"] as const) {
  Deno.test(`life: an update whose instances are never ready ends in time: ${onFailure}`, async () => {
    const update = { ...wish("").update, parallel: 2, onFailure, readyWithin: 3 * minute } as const;
    const first = wish("web", { replicas: 4, update });
    // It runs, and its health check never comes to a result.
    await withCluster([first], async (cluster) => {
      cluster.want({ ...first, version: "v2", hasHealth: true });
      await cluster.pass(2 * minute);
      const versions = () => cluster.instances("web").map(({ version, ready }) => `${version} ${ready}`);
      assertEquals(versions(), ["v2 false", "v2 false", "v1 true", "v1 true"]);
      assertEquals(await readyMeanwhile(cluster, "web", 10 * minute), 2);
      assert(cluster.lines.includes("web: instance 0 was not ready within 3m of its launch"));
      if (onFailure === "pause") {
        assertEquals(versions(), ["v2 false", "v2 false", "v1 true", "v1 true"]);
        cluster.want({ ...first, version: "v3" });
        await cluster.pass(2 * minute);
        assertEquals(new Set(versions()), new Set(["v3 true"]));
      } else assertEquals(versions(), ["v1 true", "v1 true", "v1 true", "v1 true"]);
    });
  });
}

Deno.test("life: when maintenance begins, what is left on the agent moves all at once", async () => {
  const update = { ...wish("").update, healthyFor: 20 * minute };
  await withCluster([wish("web", { replicas: 4, update })], async (cluster) => {
    await cluster.pass(20 * minute);
    for (const _ of [1, 2]) cluster.agents.add();
    const begin = cluster.clock.now() + 61 * minute;
    cluster.master.host.drive((core) =>
      core.schedule(
        new Map(
          cluster.agents.agents.slice(0, 2).map(({ description: { hostname } }) => [
            hostname,
            { start: { nanoseconds: begin * 1e6 }, duration: { nanoseconds: 3_600e9 } },
          ]),
        ),
      )
    );
    const [one, two] = cluster.agents.agents;
    const left = () => (one?.running.length ?? 0) + (two?.running.length ?? 0);
    assertEquals(left(), 4);
    await cluster.pass(60 * minute);
    assert(left() > 0);
    assertEquals(await readyMeanwhile(cluster, "web", 2 * minute), 4);
    assertEquals(left(), 0);
    assertEquals(cluster.cluster.pods.get("web")?.tasks.size, 4);
  }, { agents: 2 });
});
