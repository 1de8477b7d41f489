import type { InverseOffer } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "./playing.ts";

const hour = 3_600_000;

/** Asks to leave an agent, `i-a` for the agent `a`. */
function inverse(agent: string, start: number, milliseconds?: number): InverseOffer {
  return {
    id: { value: `i-${agent}` },
    framework_id: { value: "framework" },
    agent_id: { value: agent },
    unavailability: {
      start: { nanoseconds: start * 1e6 },
      ...(milliseconds === undefined ? {} : { duration: { nanoseconds: milliseconds * 1e6 } }),
    },
  };
}

/** Three instances that do well, unless the test says otherwise. */
function threeOn(agent: string, more: Parameters<typeof wish>[1] = {}): Play {
  const play = new Play();
  play.begin(wish("web", { replicas: 3, ...more }));
  play.offers(offer(agent, 9, 900));
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_RUNNING");
  play.pass(10_000);
  return play;
}

Deno.test("cluster: an agent is left an hour before it is maintained, and not when that is scheduled", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 9, 900));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  play.pass(1_000);
  const start = play.now + 3 * hour;
  assertEquals(play.say({ kind: "inverse-offers", offers: [inverse("a", start)] }), []);
  assertEquals(play.want(wish("web"), wish("db")), ["REVIVE"]);
  const unavailability = inverse("a", start).unavailability;
  assertEquals(play.offers(offer("a", 9, 900, { unavailability })), [
    "db: instance 0 is launched on a.example: there is no instance yet",
    "ACCEPT o-a for 3600 s: db.0.v1.r2",
    "SUPPRESS",
  ]);
  play.update("db.0.v1.r2", "TASK_RUNNING");
  assertEquals(play.pass(start - hour - 1 - play.now).filter((line) => !line.startsWith("RECONCILE")), []);
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_RUNNING");
  assertEquals(play.pass(1).filter((line) => !line.startsWith("RECONCILE")), ["REVIVE"]);
  assertEquals(play.offers(offer("a", 9, 900, { unavailability })), ["DECLINE o-a for 3600 s"]);
  play.offers(offer("b", 9, 900));
  play.update("web.0.v1.r3", "TASK_RUNNING");
  play.update("db.0.v1.r4", "TASK_RUNNING");
  assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed"]);
  assertEquals(play.update("db.0.v1.r2", "TASK_KILLED"), [
    "db: instance 0 ended: killed",
    "ACCEPT_INVERSE_OFFERS i-a",
  ]);
});

Deno.test("cluster: who has nothing on an agent agrees at once to its maintenance", () => {
  const play = new Play();
  play.begin();
  assertEquals(play.say({ kind: "inverse-offers", offers: [inverse("a", play.now + 9 * hour)] }), [
    "ACCEPT_INVERSE_OFFERS i-a",
  ]);
});

Deno.test("cluster: of an agent that is to be left as many instances are replaced at a time as of an update", () => {
  const play = threeOn("a");
  assertEquals(play.say({ kind: "inverse-offers", offers: [inverse("a", play.now + hour)] }), ["REVIVE"]);
  assertEquals(play.offers(offer("b", 9, 900)), [
    "web: instance 0 is launched on b.example: its agent is to be left",
    "ACCEPT o-b for 3600 s: web.0.v1.r4",
    "SUPPRESS",
  ]);
  assertEquals(play.update("web.0.v1.r4", "TASK_RUNNING"), [
    "web: instance 0 is stopped: its agent is to be left, and its successor is ready",
    "KILL web.0.v1.r1 on a",
  ]);
  play.update("web.0.v1.r1", "TASK_KILLED");
  assertEquals(play.pass(9_999), []);
  assertEquals(play.pass(1), ["REVIVE"]);
  // A successor that fails leaves the old one alone, and keeps no other from being replaced.
  play.offers(offer("b", 9, 900));
  assertEquals(play.update("web.1.v1.r5", "TASK_FAILED"), ["web: instance 1 ended: failed"]);
  assertEquals(play.offers(offer("b", 9, 900)), [
    "web: instance 2 is launched on b.example: its agent is to be left",
    "ACCEPT o-b for 3600 s: web.2.v1.r6",
  ]);
});

Deno.test("cluster: with an order that stops first no instance runs twice when its agent is to be left", () => {
  const play = threeOn("a", {
    replicas: 3,
    update: { ...wish("").update, order: "stop-first", leaving: "stop-first" },
  });
  assertEquals(play.say({ kind: "inverse-offers", offers: [inverse("a", play.now + hour)] }), [
    "web: instance 0 is stopped: its agent is to be left",
    "KILL web.0.v1.r1 on a",
  ]);
  assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed", "REVIVE"]);
  assertEquals(play.offers(offer("a", 9, 900)), ["DECLINE o-a for 3600 s"]);
  play.offers(offer("b", 9, 900));
  assertEquals(play.update("web.0.v1.r4", "TASK_RUNNING"), []);
  assertEquals(play.pass(10_000), [
    "web: instance 1 is stopped: its agent is to be left",
    "KILL web.1.v1.r2 on a",
  ]);
});

for (const order of ["start-first", "stop-first"] as const) {
  Deno.test(`cluster: what is killed on an agent that is drained is replaced, ${order}`, () => {
    const play = new Play();
    play.begin(wish("web", { update: { ...wish("").update, leaving: order } }));
    play.offers(offer("a", 9, 900));
    play.update("web.0.v1.r1", "TASK_RUNNING");
    play.pass(10_000);
    const told = play.update("web.0.v1.r1", "TASK_KILLING", { reason: "REASON_AGENT_DRAINING" });
    assertEquals(told, order === "start-first" ? ["REVIVE"] : []);
    if (order === "start-first") {
      assertEquals(play.offers(offer("b", 9, 900)), [
        "web: instance 0 is launched on b.example: its agent is drained",
        "ACCEPT o-b for 3600 s: web.0.v1.r2",
        "SUPPRESS",
      ]);
      assertEquals(play.update("web.0.v1.r2", "TASK_RUNNING"), []);
      assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed"]);
    } else {
      assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed", "REVIVE"]);
    }
  });
}

Deno.test("cluster: an instance of an older version leaves its agent although its update is paused", () => {
  const play = threeOn("a", { replicas: 2 });
  play.want(wish("web", { replicas: 2, version: "v2" }));
  play.update("web.0.v1.r1", "TASK_KILLED");
  play.offers(offer("b", 9, 900));
  play.update("web.0.v2.r3", "TASK_FAILED");
  assertEquals(play.cluster.pods.get("web")?.trouble?.verdict, "paused");
  play.pass(10_000);
  play.offers(offer("b", 9, 900));
  play.update("web.0.v2.r4", "TASK_RUNNING");
  play.pass(10_000);
  assertEquals(play.say({ kind: "inverse-offers", offers: [inverse("a", 0)] }), ["REVIVE"]);
  assertEquals(play.offers(offer("b", 9, 900)), [
    "web: instance 1 is launched on b.example: its agent is to be left",
    "ACCEPT o-b for 3600 s: web.1.v2.r5",
    "SUPPRESS",
  ]);
});

Deno.test("cluster: maintenance that is called off leaves the instances where they are", () => {
  const play = threeOn("a", { replicas: 1 });
  play.say({ kind: "inverse-offers", offers: [inverse("a", 0)] });
  assertEquals(play.say({ kind: "inverse-offer-rescinded", id: "i-a" }), ["SUPPRESS"]);
});

Deno.test("cluster: when maintenance begins all that are left there are replaced, whatever the update says", () => {
  const play = threeOn("a");
  play.say({ kind: "inverse-offers", offers: [inverse("a", play.now + hour)] });
  play.offers(offer("b", 1, 100));
  play.update("web.0.v1.r4", "TASK_STARTING");
  const lines = play.pass(hour).filter((line) => !/RECONCILE|REVIVE/.test(line));
  assertEquals(lines, ["web: instance 0 was not ready within 10m of its launch"]);
  play.update("web.0.v1.r4", "TASK_RUNNING");
  assertEquals(play.offers(offer("b", 9, 900)), [
    "web: instance 1 is launched on b.example: its agent is to be left",
    "web: instance 2 is launched on b.example: its agent is to be left",
    "ACCEPT o-b for 3600 s: web.1.v1.r5 web.2.v1.r6",
    "SUPPRESS",
  ]);
});

Deno.test("cluster: when maintenance begins all that stop first are stopped", () => {
  const play = threeOn("a", { update: { ...wish("").update, leaving: "stop-first" } });
  play.say({ kind: "inverse-offers", offers: [inverse("a", play.now + hour)] });
  assertEquals(
    play.pass(hour).filter((line) => line.startsWith("KILL web.1") || line.includes("is stopped")),
    [
      "web: instance 1 is stopped: its agent is to be left",
      "KILL web.1.v1.r2 on a",
      "web: instance 2 is stopped: its agent is to be left",
    ],
  );
});
