import { assert, assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "./playing.ts";

Deno.test("cluster: a pod is launched on the first offer that will do, and offers are not held", () => {
  const play = new Play();
  assertEquals(play.begin(wish("web", { replicas: 2 })), ["RECONCILE all", "REVIVE"]);
  assertEquals(play.offers(offer("a", 1.5, 500), offer("b", 0.5, 500)), [
    "web: instance 0 is launched on a.example: there is no instance yet",
    "ACCEPT o-a for 3600 s: web.0.v1.r1",
    "DECLINE o-b for 3600 s",
  ]);
  // What is left of the offers is what is told of why the other one waits.
  assertEquals(
    [...play.cluster.lastOffers].map(({ agent, available }) => [agent.id, available.left("memory")]),
    [
      ["a", 400_000],
      ["b", 500_000],
    ],
  );
  assertEquals(play.update("web.0.v1.r1", "TASK_RUNNING", { uuid: new Uint8Array(16) }), [
    "ACKNOWLEDGE web.0.v1.r1",
  ]);
  assertEquals(play.offers(offer("b", 4, 500)), [
    "web: instance 1 is launched on b.example: there is no instance yet",
    "ACCEPT o-b for 3600 s: web.1.v1.r2",
    "SUPPRESS",
  ]);
  assertEquals(play.offers(offer("a", 4, 500)), ["DECLINE o-a for 3600 s"]);
});

Deno.test("cluster: several instances on one agent are one call", () => {
  const play = new Play();
  play.begin(wish("web", { replicas: 2 }), wish("db"));
  assertEquals(play.offers(offer("a", 4, 500), { ...offer("a", 1, 1), id: { value: "o-a2" } }), [
    "web: instance 0 is launched on a.example: there is no instance yet",
    "web: instance 1 is launched on a.example: there is no instance yet",
    "db: instance 0 is launched on a.example: there is no instance yet",
    "ACCEPT o-a o-a2 for 3600 s: web.0.v1.r1 web.1.v1.r2 db.0.v1.r3",
    "SUPPRESS",
  ]);
});

Deno.test("cluster: what fails is started again after a pause that grows, and what is lost at once", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 4, 500));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  assertEquals(play.update("web.0.v1.r1", "TASK_FAILED", { message: "container web exited with 3" }), [
    "web: instance 0 ended (failed): container web exited with 3",
  ]);
  assertEquals(play.pass(9_999), []);
  assertEquals(play.pass(1), ["REVIVE"]);
  play.offers(offer("a", 4, 500));
  play.update("web.0.v1.r2", "TASK_FAILED");
  assertEquals(play.pass(19_999), []);
  assertEquals(play.pass(1), ["REVIVE"]);
  play.offers(offer("a", 4, 500));
  play.update("web.0.v1.r3", "TASK_RUNNING");
  play.pass(600_000);
  assertEquals(play.update("web.0.v1.r3", "TASK_GONE"), ["web: instance 0 ended: gone", "REVIVE"]);
});

Deno.test("cluster: an agent that cannot fetch the program is told of with what it has to reach", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 4, 500));
  const message =
    "Failed to launch container: Failed to fetch all URIs for container 'c': exited with status 1";
  assertEquals(play.update("web.0.v1.r1", "TASK_FAILED", { message }), [
    `web: instance 0 ended (failed): ${message}; its agent has to reach what --serve or --executor-uri names, and ` +
    "x-pod.uris",
  ]);
});

Deno.test("cluster: a pod that has run to its end is not run again, unless its spec changes", () => {
  const play = new Play();
  play.begin(wish("job"));
  play.offers(offer("a", 4, 500));
  play.update("job.0.v1.r1", "TASK_FINISHED");
  assertEquals(play.pass(700_000), []);
  play.restart();
  play.want(wish("job"));
  assertEquals(play.say({ kind: "subscribed", isNew: false }), ["RECONCILE all"]);
  assertEquals(play.pass(60_000), []);
  assertEquals(play.want(wish("job", { version: "v2" })), ["REVIVE"]);
});

Deno.test("cluster: a pod whose spec is gone is stopped, and told again until it has ended", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 4, 500));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  assertEquals(play.want(), ["web: instance 0 is stopped: its spec is gone", "KILL web.0.v1.r1 on a"]);
  assertEquals(play.pass(10_000), ["KILL web.0.v1.r1 on a", "RECONCILE web.0.v1.r1"]);
  play.restart();
  play.want();
  assertEquals(play.say({ kind: "subscribed", isNew: false }), [
    "KILL web.0.v1.r1 on a",
    "RECONCILE all",
    "RECONCILE web.0.v1.r1",
  ]);
  assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed"]);
  assertEquals([play.store.tasks.size, play.store.pods.size, play.cluster.pods.size], [0, 0, 0]);
});

Deno.test("cluster: after a restart nothing that is not known is killed before all is known", () => {
  const play = new Play();
  play.begin(wish("web"), wish("db"));
  play.offers(offer("a", 4, 500));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  play.restart();
  assertEquals(play.say({ kind: "subscribed", isNew: false }), [
    "RECONCILE all",
    "RECONCILE web.0.v1.r1 db.0.v1.r2",
  ]);
  assertEquals(play.update("web.0.v1.r1", "TASK_RUNNING", { reason: "REASON_RECONCILIATION" }), []);
  assertEquals(play.update("old.0.v1.r9", "TASK_RUNNING"), []);
  assertEquals(play.update("cache.0.v1.r8", "TASK_RUNNING"), []);
  assertEquals(play.pass(60_000).filter((line) => !line.startsWith("RECONCILE")), []);
  assertEquals(play.want(wish("web"), wish("db"), wish("cache")), [
    "cache: instance 0 was found on agent a, and is taken over",
    // Of the agent nothing but its id is known: an offer tells the rest.
    "REVIVE",
  ]);
  assertEquals(play.update("db.0.v1.r2", "TASK_GONE"), [
    "db: instance 0 ended: gone",
    "task old.0.v1.r9 runs, and nobody wants it: it is killed",
    "KILL old.0.v1.r9 on a",
  ]);
  assertEquals(play.pass(1_000), ["REVIVE"]);
});

Deno.test("cluster: who has lost what was stored launches nothing before the master has told of everything", () => {
  const play = new Play();
  play.begin(wish("web"), wish("db"));
  play.offers(offer("a", 4, 500));
  play.store.tasks.clear();
  play.store.isWhole = false;
  play.restart();
  play.want(wish("web"), wish("db"));
  assertEquals(play.say({ kind: "subscribed", isNew: false }), ["RECONCILE all", "RECONCILE marker.r3"]);
  assertEquals(play.offers(offer("a", 4, 500)), ["DECLINE o-a for 1 s"]);
  // The master does not answer for a task that is nowhere, while an agent is missing that it remembers.
  assertEquals(play.pass(2_000), ["RECONCILE all", "RECONCILE marker.r3"]);
  assertEquals(play.update("db.0.v1.r2", "TASK_RUNNING"), []);
  assertEquals(play.update("marker.r3", "TASK_UNKNOWN"), [
    "db: instance 0 was found on agent a, and is taken over",
    "REVIVE",
  ]);
  assertEquals(play.offers(offer("b", 4, 500)), [
    "web: instance 0 is launched on b.example: there is no instance yet",
    "ACCEPT o-b for 3600 s: web.0.v1.r4",
  ]);
  // Who the agent is whose task was found, its next offer tells.
  const host = () => play.store.tasks.get("db.0.v1.r2")?.agent.hostname;
  assertEquals(host(), "a");
  assertEquals(play.offers(offer("a", 4, 500)), ["DECLINE o-a for 3600 s", "SUPPRESS"]);
  assertEquals(host(), "a.example");
});

Deno.test("cluster: an update replaces one instance after the other, each when the one before did well", () => {
  const play = new Play();
  const first = wish("web", { replicas: 3 });
  play.begin(first);
  play.offers(offer("a", 9, 900));
  for (const slot of [0, 1, 2]) play.update(`web.${slot}.v1.r${slot + 1}`, "TASK_RUNNING");
  play.pass(10_000);
  assertEquals(play.want({ ...first, version: "v2" }), [
    "web: instance 0 is stopped: its spec has changed",
    "KILL web.0.v1.r1 on a",
  ]);
  assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed", "REVIVE"]);
  play.offers(offer("a", 9, 900));
  assertEquals(play.update("web.0.v2.r4", "TASK_RUNNING"), []);
  assertEquals(play.pass(9_999), []);
  assertEquals(play.pass(1), ["web: instance 1 is stopped: its spec has changed", "KILL web.1.v1.r2 on a"]);
});

Deno.test("cluster: an update that starts first stops the old instance when the new one is ready", () => {
  const play = new Play();
  const first = wish("web", { hasHealth: true, update: { ...wish("web").update, order: "start-first" } });
  play.begin(first);
  play.offers(offer("a", 9, 900));
  play.update("web.0.v1.r1", "TASK_RUNNING", { healthy: true });
  play.pass(10_000);
  assertEquals(play.want({ ...first, version: "v2" }), ["REVIVE"]);
  assertEquals(play.offers(offer("a", 9, 900)), [
    "web: instance 0 is launched on a.example: its spec has changed",
    "ACCEPT o-a for 3600 s: web.0.v2.r2",
    "SUPPRESS",
  ]);
  assertEquals(play.update("web.0.v2.r2", "TASK_RUNNING"), []);
  assertEquals(play.update("web.0.v2.r2", "TASK_RUNNING", { healthy: true }), [
    "web: instance 0 is stopped: its successor is ready",
    "KILL web.0.v1.r1 on a",
  ]);
});

for (const onFailure of ["pause", "rollback"] as const) {
  Deno.test(`cluster: an update that fails is handled as asked for: ${onFailure}`, () => {
    const play = new Play();
    const first = wish("web", { replicas: 2, update: { ...wish("web").update, onFailure } });
    play.begin(first);
    play.offers(offer("a", 9, 900));
    for (const slot of [0, 1]) play.update(`web.${slot}.v1.r${slot + 1}`, "TASK_RUNNING");
    play.pass(10_000);
    play.want({ ...first, version: "v2" });
    play.update("web.0.v1.r1", "TASK_KILLED");
    play.offers(offer("a", 9, 900));
    const failure = play.update("web.0.v2.r3", "TASK_FAILED", { message: "no such image" });
    const restarted = () => {
      play.restart();
      play.want({ ...first, version: "v2" });
      play.say({ kind: "subscribed", isNew: false });
      play.update("web.1.v1.r2", "TASK_RUNNING");
      return [
        ...play.pass(20_000).filter((line) => !line.startsWith("RECONCILE")),
        ...play.offers(offer("a", 9, 900)),
      ];
    };
    if (onFailure === "pause") {
      assertEquals(failure, [
        "web: instance 0 ended (failed): no such image",
        "web: the update is paused, 1 new instances failed: no such image",
      ]);
      assertEquals(restarted().filter((line) => line.includes("instance 1")), []);
    } else {
      assertEquals(failure, [
        "web: instance 0 ended (failed): no such image",
        "web: the update is taken back, 1 new instances failed: no such image",
      ]);
      assertEquals(restarted(), [
        "web: instance 0 is launched on a.example: the one before it has ended",
        "ACCEPT o-a for 3600 s: web.0.v1.r4",
        "SUPPRESS",
      ]);
      // Another edit is another try.
      play.update("web.0.v1.r4", "TASK_RUNNING");
      assertEquals(play.want({ ...first, version: "v3" }).length > 0, true);
    }
  });
}

Deno.test("cluster: an instance out of reach is waited for, then replaced, and killed when it returns", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 9, 900));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  assertEquals(play.update("web.0.v1.r1", "TASK_UNREACHABLE"), [
    "web: instance 0 is out of reach, with its agent a.example",
  ]);
  assertEquals(play.pass(299_999), []);
  assertEquals(play.pass(1), [
    "web: instance 0 was out of reach for too long: another one takes its place",
    "REVIVE",
  ]);
  play.offers(offer("b", 9, 900));
  play.update("web.0.v1.r2", "TASK_RUNNING");
  assertEquals(play.update("web.0.v1.r1", "TASK_RUNNING"), [
    "web: instance 0 is in reach again",
    "web: instance 0 is stopped: another one has taken its place",
    "KILL web.0.v1.r1 on a",
  ]);
  assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), ["web: instance 0 ended: killed"]);
  assertEquals(play.store.tasks.size, 1);
});

Deno.test("cluster: an instance on an agent that the master does not know is waited for, and asked for again and again", () => {
  const play = new Play();
  play.begin(wish("web"), wish("db"));
  play.offers(offer("a", 9, 900));
  const answer = { reason: "REASON_RECONCILIATION" } as const;
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_RUNNING");
  // Another master leads that has lost what was written down: agents come back to it one by one, and not at once.
  play.say({ kind: "disconnected" });
  play.say({ kind: "subscribed", isNew: false });
  for (const [id, pod] of [["web.0.v1.r1", "web"], ["db.0.v1.r2", "db"]] as const) {
    assertEquals(play.update(id, "TASK_UNKNOWN", answer), [
      `${pod}: instance 0 is out of reach, with its agent a.example`,
    ]);
  }
  assertEquals(play.pass(2_000), ["RECONCILE web.0.v1.r1 db.0.v1.r2"]);
  assertEquals(play.update("web.0.v1.r1", "TASK_RUNNING", answer), ["web: instance 0 is in reach again"]);
  play.update("db.0.v1.r2", "TASK_UNKNOWN", answer);
  let asked = 0;
  for (let passed = 0; passed < 290_000; passed += 1_000) {
    for (const line of play.pass(1_000)) {
      assertEquals(line, "RECONCILE db.0.v1.r2");
      asked++;
      play.update("db.0.v1.r2", "TASK_UNKNOWN", answer);
    }
  }
  assertEquals(asked > 5 && asked < 12, true, `it was asked for ${asked} times`);
  assertEquals(play.pass(10_000).filter((line) => !line.startsWith("RECONCILE")), [
    "db: instance 0 was out of reach for too long: another one takes its place",
    "REVIVE",
  ]);
  // Whoever comes back after all is a stranger, and another one is this instance by then.
  assertEquals(play.update("db.0.v1.r2", "TASK_UNKNOWN", answer)[0], "db: instance 0 ended: unknown");
  play.offers(offer("b", 9, 900));
  play.update("db.0.v1.r3", "TASK_RUNNING");
  play.pass(1_000);
  assert(play.update("db.0.v1.r2", "TASK_RUNNING").includes("KILL db.0.v1.r2 on a"));
});

Deno.test("cluster: who is to end on an agent that the master does not know is waited for, and then forgotten", () => {
  const play = new Play();
  play.begin(wish("web"), wish("db"));
  play.offers(offer("a", 9, 900));
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_RUNNING");
  play.want(wish("web", { version: "v2" }));
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_UNKNOWN");
  const said = () => play.pass(1_000).filter((line) => !/^(KILL|RECONCILE|REVIVE)/.test(line));
  const lines: string[] = [];
  for (let passed = 0; passed < 310_000; passed += 1_000) {
    lines.push(...said());
    for (const id of play.store.tasks.keys()) lines.push(...play.update(id, "TASK_UNKNOWN"));
  }
  assertEquals(lines, [
    "db: instance 0 was out of reach for too long: it is left alone",
    "db: instance 0 ended: unknown",
    "web: instance 0 was out of reach for too long: another one takes its place",
    "web: instance 0 ended: unknown",
  ]);
});

Deno.test("cluster: an agent that is to be left is left when its instances run elsewhere", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 9, 900));
  play.update("web.0.v1.r1", "TASK_RUNNING");
  play.pass(10_000);
  const inverse = {
    id: { value: "i-a" },
    framework_id: { value: "framework" },
    agent_id: { value: "a" },
    unavailability: { start: { nanoseconds: 0 } },
  };
  assertEquals(play.say({ kind: "inverse-offers", offers: [inverse] }), ["REVIVE"]);
  assertEquals(play.offers(offer("a", 9, 900)), ["DECLINE o-a for 3600 s"]);
  play.offers(offer("b", 9, 100));
  assertEquals(play.update("web.0.v1.r2", "TASK_RUNNING"), [
    "web: instance 0 is stopped: its agent is to be left, and its successor is ready",
    "KILL web.0.v1.r1 on a",
  ]);
  assertEquals(play.update("web.0.v1.r1", "TASK_KILLED"), [
    "web: instance 0 ended: killed",
    "ACCEPT_INVERSE_OFFERS i-a",
  ]);
});

Deno.test("cluster: a launch that nobody tells of is asked for", () => {
  const play = new Play();
  play.begin(wish("web"));
  play.offers(offer("a", 9, 900));
  assertEquals(play.pass(29_999), []);
  assertEquals(play.pass(1), ["RECONCILE web.0.v1.r1"]);
  assertEquals(play.pass(2_000), ["RECONCILE web.0.v1.r1"]);
  assertEquals(play.update("web.0.v1.r1", "TASK_DROPPED"), ["web: instance 0 ended: dropped", "REVIVE"]);
});

Deno.test("cluster: what nobody has said anything about goes on, and a stranger is left while a spec cannot be read", () => {
  const play = new Play();
  play.begin(wish("web"), wish("db"));
  play.offers(offer("a", 4, 500));
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_RUNNING");
  play.restart();
  // Of the directory that the pod `db` is from, nothing could be read.
  const wishes = new Map([["web", wish("web")]]);
  play.say({ kind: "wishes", wishes, changed: ["web"], isComplete: false });
  play.say({ kind: "subscribed", isNew: false });
  for (const id of play.store.tasks.keys()) play.update(id, "TASK_RUNNING");
  assertEquals(play.update("old.0.v1.r9", "TASK_RUNNING"), []);
  assertEquals(play.pass(60_000), []);
  assertEquals(play.cluster.pods.get("db")?.origin, { directory: "/pods", files: ["/pods/db.yaml"] });
  assertEquals(play.say({ kind: "wishes", wishes, changed: ["db"], isComplete: true }), [
    "task old.0.v1.r9 runs, and nobody wants it: it is killed",
    "KILL old.0.v1.r9 on a",
    "db: instance 0 is stopped: its spec is gone",
    "KILL db.0.v1.r2 on a",
  ]);
});
