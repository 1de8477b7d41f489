import { Demand } from "../../../../src/mesos/framework/cluster/demand.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "./playing.ts";

Deno.test("cluster: offers are asked for for those roles alone that something waits for", () => {
  const play = new Play({ roles: ["web", "batch"] });
  play.want(wish("page", { roles: ["web"] }), wish("job", { roles: ["batch", "web"] }));
  assertEquals(play.say({ kind: "subscribed", isNew: true }), ["RECONCILE all", "REVIVE web batch"]);
  const of = (agent: string, role: string) => offer(agent, 1, 500, { allocation_info: { role } });
  assertEquals(play.offers(of("a", "web")), [
    "page: instance 0 is launched on a.example: there is no instance yet",
    "ACCEPT o-a for 3600 s: page.0.v1.r1",
  ]);
  assertEquals(play.offers(of("b", "batch")), [
    "job: instance 0 is launched on b.example: there is no instance yet",
    "ACCEPT o-b for 3600 s: job.0.v1.r2",
    "SUPPRESS web batch",
  ]);
  play.pass(1_000);
  assertEquals(
    play.want(wish("page", { roles: ["web"], replicas: 2 }), wish("job", { roles: ["batch", "web"] })),
    ["REVIVE web"],
  );
  assertEquals(play.pass(30_000).filter((line) => !line.startsWith("RECONCILE")), ["REVIVE web"]);
});

Deno.test("demand: what is due in a moment is asked for with the rest, and never more than once a second", () => {
  const demand = new Demand(["a", "b"]);
  demand.add(["a"], 1);
  demand.wake(["a"], 0);
  assertEquals(demand.decide(0).revive, ["a"]);
  demand.add(["b"], 1);
  demand.wake(["b"], 100);
  assertEquals(demand.decide(100).revive, []);
  demand.wake(["a"], 500);
  assertEquals([demand.nextAt, demand.decide(1_000).revive], [1_000, ["a", "b"]]);
  const times: number[] = [];
  for (let now = demand.nextAt; now !== undefined && now < 3_000_000; now = demand.nextAt) {
    demand.decide(now);
    times.push(now / 1000);
  }
  assertEquals(times, [31, 91, 211, 451, 931, 1531, 2131, 2731]);
});
