import { assert, assertEquals } from "../../support/assert.ts";
import { wish } from "./cluster/playing.ts";
import { needing } from "./placement/offering.ts";
import { type Deeds, SimulatedCluster } from "./simulated_cluster.ts";

const agents = 1_000;
const minute = 60_000;
const small = { needs: needing(0.1, 32, { ports: [{}] }) };

/** What was done, without what a machine makes of it. */
function counts({ calls, messages, looks, records }: Deeds) {
  return { calls: Object.fromEntries([...calls].sort()), messages, looks, records };
}

Deno.test("scale: ten thousand pods on a thousand agents cost what changes, and no more", async () => {
  using cluster = new SimulatedCluster();
  for (let index = 0; index < agents; index++) cluster.agents.add();
  const pods = Array.from({ length: 10 * agents }, (_, index) => wish(`pod${index}`, small));
  cluster.want(...pods);
  cluster.subscribe();
  await cluster.pass(5_000);
  assertEquals(counts(cluster.takeDeeds()), {
    // Every agent's offer is taken in one call, and every report acknowledged: that it starts, and that it runs.
    calls: { ACCEPT: agents, ACKNOWLEDGE: 20 * agents, RECONCILE: 1, REVIVE: 1, SUPPRESS: 1 },
    // The wishes, the subscription, the offers, and the reports.
    messages: 3 + 20 * agents,
    // Of each pod: its wish, the subscription, its launch, and two reports.
    looks: 50 * agents,
    // Of each pod: where its spec is, the intent, and two reports. That the store is whole was written before.
    records: 40 * agents,
  });
  const each = cluster.agents.agents.map(({ running }) => running.length);
  assertEquals([Math.min(...each), Math.max(...each)], [10, 10]);

  // Each has done well for long enough; the questions to the launches that were told of come to nothing.
  await cluster.pass(14 * minute);
  const settled = counts(cluster.takeDeeds());
  assertEquals([settled.calls, settled.looks, settled.records], [{}, 10 * agents, 10 * agents]);

  cluster.agentOf("pod7").report(cluster.taskOf("pod7"), { state: "TASK_RUNNING", message: "still" });
  await cluster.pass(0);
  assertEquals(counts(cluster.takeDeeds()), {
    calls: { ACKNOWLEDGE: 1 },
    messages: 1,
    looks: 1,
    records: 1,
  });

  cluster.want(...pods.map((pod) => pod.name === "pod9" ? { ...pod, version: "v2" } : pod));
  await cluster.pass(20_000);
  const edit = counts(cluster.takeDeeds());
  assertEquals(edit.calls, { ACCEPT: 1, ACKNOWLEDGE: 4, DECLINE: 1, KILL: 1, REVIVE: 1, SUPPRESS: 1 });
  assert(edit.looks < 12 && edit.records < 12, JSON.stringify(edit));

  // Every quarter of an hour the master is asked for all, and answers what is known.
  await cluster.pass(15 * minute);
  const asked = counts(cluster.takeDeeds());
  assertEquals([asked.calls, asked.looks, asked.records], [{ RECONCILE: 3 }, 0, 0]);

  // An agent goes, while the master is asked once more.
  const [agent] = cluster.agents.agents;
  agent?.lose();
  await cluster.pass(80_000);
  const lost = counts(cluster.takeDeeds());
  assertEquals([lost.calls, lost.looks, lost.records], [{ RECONCILE: 3 }, 10, 10]);
  await cluster.pass(5 * minute);
  const replaced = counts(cluster.takeDeeds());
  assertEquals([replaced.calls["ACCEPT"], replaced.calls["REVIVE"], replaced.calls["SUPPRESS"]], [10, 1, 1]);
  assert(replaced.looks < 100 && replaced.records < 100, JSON.stringify(replaced));

  cluster.restart();
  await cluster.pass(minute);
  const again = counts(cluster.takeDeeds());
  assertEquals([again.calls["ACCEPT"], again.calls["KILL"], again.calls["REVIVE"]], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(again.records, 0);
  assertEquals(cluster.master.host.conduct.breaches, []);
});

Deno.test("scale: of a pod of two thousand instances a look is for many reports", async () => {
  using cluster = new SimulatedCluster();
  for (let index = 0; index < 200; index++) cluster.agents.add();
  const update = { ...wish("").update, parallel: 100, healthyFor: 1_000 };
  const pod = wish("web", { ...small, replicas: 2_000, update });
  cluster.want(pod);
  cluster.subscribe();
  await cluster.pass(10_000);
  const placed = counts(cluster.takeDeeds());
  assertEquals([placed.calls["ACCEPT"], placed.calls["ACKNOWLEDGE"]], [200, 4_000]);
  assert(placed.looks < 20, `${placed.looks} looks`);
  cluster.want({ ...pod, version: "v2" });
  await cluster.pass(5 * minute);
  const updated = counts(cluster.takeDeeds());
  assertEquals(
    cluster.instances("web").filter(({ ready, version }) => ready && version === "v2").length,
    2_000,
  );
  // Each of twenty steps: what ends, what is launched, what is ready, and for long enough.
  assert(updated.looks < 20 * 20, `${updated.looks} looks`);
  assertEquals(updated.calls["KILL"], 2_000);
  assertEquals(cluster.master.host.conduct.breaches, []);
});
