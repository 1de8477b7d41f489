import { statusOf } from "../../../../src/mesos/framework/board/pod_status.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "./playing.ts";

const minute = 60_000;

/** Two instances that are wanted in a second version, whose first one is launched and says nothing of its health. */
function updating(update: Partial<PodWish["update"]> = {}): Play {
  const play = new Play();
  const first = wish("web", { replicas: 2, hasHealth: true, update: { ...wish("").update, ...update } });
  play.begin(first);
  play.offers(offer("a", 9, 900));
  for (const slot of [0, 1]) play.update(`web.${slot}.v1.r${slot + 1}`, "TASK_RUNNING", { healthy: true });
  play.pass(10_000);
  play.want({ ...first, version: "v2" });
  if (update.order !== "start-first") play.update("web.0.v1.r1", "TASK_KILLED");
  play.offers(offer("a", 9, 900));
  play.update("web.0.v2.r3", "TASK_RUNNING");
  return play;
}

function reason(play: Play): string {
  const pod = play.cluster.pods.get("web");
  return pod === undefined ? "gone" : statusOf(pod, play.now).status.reason;
}

const late = "web: instance 0 was not ready within 10m of its launch";

Deno.test("cluster: an update whose new instance is never ready is paused, and it is left alone", () => {
  const play = updating();
  assertEquals(play.pass(10 * minute - 1), []);
  assertEquals(play.pass(1), [
    late,
    "web: the update is paused, 1 new instances failed: instance 0 was not ready within 10m of its launch",
  ]);
  assertEquals(
    reason(play),
    "1 of 2 instances ready; the update is paused: instance 0 was not ready within 10m of its launch",
  );
  assertEquals(play.pass(14 * minute).filter((line) => !line.startsWith("RECONCILE")), []);
  assertEquals(play.update("web.0.v2.r3", "TASK_FAILED"), ["web: instance 0 ended: failed"]);
  assertEquals(play.cluster.pods.get("web")?.trouble?.failures, 1);
});

Deno.test("cluster: an update whose new instance is never ready is taken back, in both orders", () => {
  assertEquals(updating({ onFailure: "rollback", readyWithin: 90_000 }).pass(90_000), [
    "web: instance 0 was not ready within 1m30s of its launch",
    "web: the update is taken back, 1 new instances failed: instance 0 was not ready within 1m30s of its launch",
    "web: instance 0 is stopped: its update is taken back",
    "KILL web.0.v2.r3 on a",
  ]);
  const play = updating({ onFailure: "rollback", order: "start-first" });
  assertEquals(play.pass(10 * minute).slice(-2), [
    "web: instance 0 is stopped: its update is taken back",
    "KILL web.0.v2.r3 on a",
  ]);
  assertEquals(play.update("web.0.v2.r3", "TASK_KILLED"), ["web: instance 0 ended: killed"]);
});

for (const update of [{ maximumFailures: 1 }, { onFailure: "continue" }] as const) {
  Deno.test(`cluster: an instance that is late and may be keeps no other from its update: ${JSON.stringify(update)}`, () => {
    const play = updating(update);
    assertEquals(play.pass(10 * minute), [
      late,
      "web: instance 1 is stopped: its spec has changed",
      "KILL web.1.v1.r2 on a",
    ]);
    play.update("web.1.v1.r2", "TASK_KILLED");
    assertEquals(
      reason(play),
      "0 of 2 instances ready, 1 without a place; instance 0 was not ready within 10m of its launch",
    );
    assertEquals(play.offers(offer("a", 9, 900)).slice(0, 1), [
      "web: instance 1 is launched on a.example: its spec has changed",
    ]);
  });
}

Deno.test("cluster: an update that goes on does so beside an instance that fails again and again", () => {
  const play = updating({ onFailure: "continue" });
  assertEquals(
    play.update("web.0.v2.r3", "TASK_FAILED"),
    [
      "web: instance 0 ended: failed",
      "web: instance 1 is stopped: its spec has changed",
      "KILL web.1.v1.r2 on a",
      "REVIVE",
    ].filter((line) => line !== "REVIVE"),
  );
});

Deno.test("cluster: an instance that was well, and is unhealthy for good, fails its update as well", () => {
  const play = updating({ healthyFor: 10_000, parallel: 1 });
  play.update("web.0.v2.r3", "TASK_RUNNING", { healthy: true });
  play.pass(9_000);
  // It has to be well for 10 s at some time: one that is well only now and then has no more time than others.
  play.update("web.0.v2.r3", "TASK_RUNNING", { healthy: false });
  assertEquals(play.pass(10 * minute).slice(0, 1), [late]);
  const other = updating();
  other.update("web.0.v2.r3", "TASK_RUNNING", { healthy: true });
  other.pass(20_000);
  other.update("web.0.v2.r3", "TASK_RUNNING", { healthy: false });
  assertEquals(other.pass(10 * minute).filter((line) => line.startsWith("web: ")), [
    "web: instance 0 was not ready for 10m",
    "web: the update is paused, 1 new instances failed: instance 0 was not ready for 10m",
  ]);
});

Deno.test("cluster: a first launch that is never ready is told once, and left alone; one that gets ready is none", () => {
  const play = new Play();
  play.begin(wish("web", { hasHealth: true }));
  play.offers(offer("a", 9, 900));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  assertEquals(play.pass(10 * minute), [late]);
  assertEquals(reason(play), "0 of 1 instances ready; instance 0 was not ready within 10m of its launch");
  play.restart();
  play.want(wish("web", { hasHealth: true }));
  play.say({ kind: "subscribed", isNew: false });
  play.update("web.0.v1.r1", "TASK_RUNNING");
  assertEquals(play.pass(14 * minute), []);
  assertEquals(play.update("web.0.v1.r1", "TASK_RUNNING", { healthy: true }), []);
  assertEquals(reason(play), "1 of 1 instances ready");
});

Deno.test("cluster: time in which nobody could tell of an instance does not make it late", () => {
  const play = updating();
  play.say({ kind: "disconnected" });
  assertEquals(play.pass(20 * minute), []);
  play.say({ kind: "subscribed", isNew: false });
  assertEquals(play.pass(1_000), []);
  play.update("web.0.v2.r3", "TASK_RUNNING", { healthy: true });
  play.update("web.1.v1.r2", "TASK_RUNNING", { healthy: true });
  assertEquals(play.pass(9_000), []);
  assertEquals(play.pass(1_000), [
    "web: instance 1 is stopped: its spec has changed",
    "KILL web.1.v1.r2 on a",
  ]);
});
