import { taskBuilder } from "../../../src/mesos/framework/task/task_of_wish.ts";
import type { KillPolicy } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { type SimulatedBehaviour, usualBehaviour } from "../master/simulated_agents.ts";
import { SimulatedCluster } from "./simulated_cluster.ts";
import { wishOf } from "./wish/wishing.ts";

const text = `
name: shop
services:
  web: { image: busybox, stop_grace_period: 20s, depends_on: [db] }
  db: { image: busybox, stop_grace_period: 40s }
x-pod: { resources: { cpus: 1, memory: 64m } }
`;

Deno.test("stop time: a pod is killed as its spec says, and its executor has 5 s more; nothing takes its place before", async () => {
  const killed: (KillPolicy | undefined)[] = [];
  let over: number | undefined;
  // Each container takes all of its time, one after the other.
  const behaviour: SimulatedBehaviour = {
    ...usualBehaviour,
    killed: (_task, policy) => {
      killed.push(policy);
      const now = cluster.clock.now();
      // One that is told again goes on with what it does.
      const end = { after: (over ??= now + 59_000) - now, status: { state: "TASK_KILLED" } } as const;
      return killed.length > 1 ? [end] : [{ after: 0, status: { state: "TASK_KILLING" } }, end];
    },
  };
  const buildTask = taskBuilder({ program: { kind: "file", path: "/mesolet" } });
  using cluster = new SimulatedCluster({ behaviour, buildTask });
  for (const _ of [1, 2]) cluster.agents.add();
  const wish = await wishOf(text);
  cluster.want(wish);
  cluster.subscribe();
  await cluster.pass(20_000);
  const task = cluster.taskOf("shop");
  const info = cluster.infoOf(task);
  // The master refuses one without, or a grace of the whole task would count for each container.
  assertEquals(info?.executor?.shutdown_grace_period, { nanoseconds: 65e9 });
  assertEquals([info?.kill_policy, wish.stopTime], [undefined, 60_000]);
  cluster.want(await wishOf(text.replace("40s", "41s")));
  await cluster.pass(9_000);
  assertEquals(killed, [undefined]);
  await cluster.pass(49_000);
  assertEquals(cluster.shown("shop").length, 2);
  assertEquals(cluster.agents.agents.flatMap(({ running }) => running), [task]);
  await cluster.pass(20_000);
  assertEquals(cluster.shown("shop").length, 1);
  assertEquals(cluster.instances("shop").map(({ state, version }) => [state, version === wish.version]), [
    ["running", false],
  ]);
  assertEquals(cluster.infoOf(cluster.taskOf("shop"))?.executor?.shutdown_grace_period, {
    nanoseconds: 66e9,
  });
  assertEquals(cluster.master.host.conduct.breaches, []);
});
