import { assertEquals } from "../../support/assert.ts";
import { acknowledgedEvent, launchEvent, report, subscribedEvent, task, uuidOf } from "./session_samples.ts";
import type { ExecutorEvent, TaskState } from "../../../src/mesos/wire/messages.ts";
import { decideSession } from "../../../src/mesos/executor/decide_session.ts";
import { sessionBounds } from "../../../src/mesos/executor/session_bounds.ts";
import type { SessionNotice } from "../../../src/mesos/executor/session_notice.ts";
import {
  newSession,
  nextTick,
  type Outcome,
  type SessionEffect,
  type SessionMessage,
  type SessionSettings,
  type SessionState,
} from "../../../src/mesos/executor/session_state.ts";
import { hexadecimal } from "../../../src/mesos/executor/updates.ts";

const checkpointing: SessionSettings = {
  checkpoint: true,
  local: false,
  recoveryTimeout: 900_000,
  subscriptionBackoffMax: 2_000,
};
const forgetting: SessionSettings = {
  ...checkpointing,
  checkpoint: false,
  recoveryTimeout: 0,
  subscriptionBackoffMax: 0,
};

/** A session that is played by hand: what it does is noted as text, a line each. */
class Play {
  now = 0;
  random = 0.5;
  state: SessionState;
  readonly #seen: string[] = [];

  constructor(settings: SessionSettings = checkpointing) {
    this.state = newSession(settings, sessionBounds);
  }

  do(message: SessionMessage): this {
    const { state, effects } = decideSession(this.state, message, { now: this.now, random: this.random });
    this.state = state;
    this.#seen.push(...effects.map(inWords));
    return this;
  }

  /** What was done since the last look. */
  seen(): string[] {
    return this.#seen.splice(0);
  }

  /** Forgets what was done so far. */
  then(): this {
    this.#seen.length = 0;
    return this;
  }

  answered(outcome: Outcome, attempt = this.state.attempt): this {
    return this.do({ kind: "subscribe-answered", attempt, outcome });
  }

  event(event: ExecutorEvent, attempt = this.state.attempt): this {
    return this.do({ kind: "event", attempt, event });
  }

  /** From nothing to a subscription. */
  subscribed(): this {
    return this.do({ kind: "begin" }).answered(status(200)).event(subscribedEvent);
  }

  broken(reason = "cut"): this {
    return this.do({ kind: "stream-ended", attempt: this.state.attempt, reason });
  }

  update(taskId: string, state: TaskState, byte: number): this {
    return this.do({ kind: "update", uuid: hexadecimal(uuidOf(byte)), update: report(taskId, state, byte) });
  }

  /** The call under way is answered. */
  called(outcome: Outcome): this {
    return this.do({ kind: "call-answered", id: this.state.call?.id ?? -1, outcome });
  }

  acknowledged(taskId: string, byte: number): this {
    return this.event(acknowledgedEvent(taskId, uuidOf(byte)));
  }

  /** Time passes, and whatever becomes due on the way happens. */
  pass(milliseconds: number): this {
    const end = this.now + milliseconds;
    for (let ticks = 0; nextTick(this.state) <= end; ticks++) {
      if (ticks > 10_000) throw new Error("ticks without end");
      this.now = Math.max(this.now, nextTick(this.state));
      this.do({ kind: "tick" });
    }
    this.now = end;
    return this;
  }
}

function status(code: number, text = ""): Outcome {
  return { kind: "answered", status: code, text };
}

const refusedConnection: Outcome = { kind: "failed", reason: "connection refused" };

function inWords(effect: SessionEffect): string {
  switch (effect.kind) {
    case "subscribe": {
      const tasks = effect.subscribe.unacknowledged_tasks.map((one) => one.task_id.value);
      const updates = effect.subscribe.unacknowledged_updates.map((one) => one.status.state.slice(5));
      return `SUBSCRIBE [${tasks}] [${updates}]`;
    }
    case "call": {
      const { call } = effect;
      if (call.type === "UPDATE") {
        const { task_id, state } = call.update.status;
        return `UPDATE ${task_id.value} ${state.slice(5)}`;
      }
      return call.type === "MESSAGE" ? `MESSAGE ${call.message.data.join()}` : call.type;
    }
    case "tell":
      return noticeInWords(effect.notice);
    case "drop-stream":
    case "abort-call":
      return effect.kind;
  }
}

function noticeInWords(notice: SessionNotice): string {
  switch (notice.kind) {
    case "subscribed":
      return `> subscribed${notice.again ? " again" : ""}`;
    case "event":
      return `> ${notice.event.type}`;
    case "acknowledged":
      return `> acknowledged ${notice.taskId} ${notice.state.slice(5)}${notice.terminal ? ", the last" : ""}`;
    case "refused":
      return `> refused ${notice.taskId} ${notice.state.slice(5)}: ${notice.reason}`;
    case "disconnected":
      return `> disconnected: ${notice.reason}`;
    case "remark":
      return `> ${notice.text}`;
    case "gave-up":
      return `> gave up, ${notice.exitCode}: ${notice.reason}`;
  }
}

Deno.test("session: SUBSCRIBE goes out at once, with both lists", () => {
  assertEquals(new Play().do({ kind: "begin" }).seen(), ["SUBSCRIBE [] []"]);
});

Deno.test("session: while nobody answers it tries each second, and says why once", () => {
  const play = new Play(forgetting).do({ kind: "begin" }).answered(refusedConnection);
  const why = "> No subscription with the Mesos agent: connection refused";
  assertEquals(play.seen(), ["SUBSCRIBE [] []", why, "drop-stream"]);
  assertEquals(play.pass(999).seen(), []);
  assertEquals(play.pass(1).seen(), ["SUBSCRIBE [] []"]);
  assertEquals(play.answered(refusedConnection).seen(), ["drop-stream"]);
  const notReady = "> No subscription with the Mesos agent: the agent is not ready " +
    "(503 Agent has not finished recovery)";
  assertEquals(play.pass(1_000).then().answered(status(503, "Agent has not finished recovery")).seen(), [
    notReady,
    "drop-stream",
  ]);
});

Deno.test("session: with checkpointing the pause is random, and within what the agent allows", () => {
  const pauses = [0, 0.5, 0.999].map((random) => {
    const play = new Play({ ...checkpointing, subscriptionBackoffMax: 400 });
    play.random = random;
    return Math.round(nextTick(play.do({ kind: "begin" }).answered(refusedConnection).state));
  });
  assertEquals(pauses, [0, 200, 400]);
  const play = new Play();
  play.random = 0.999;
  // More than a second could miss the two that a restarted agent waits.
  assertEquals(Math.round(nextTick(play.do({ kind: "begin" }).answered(refusedConnection).state)), 999);
});

Deno.test("session: SUBSCRIBED is told, LAUNCH is told and listed until a report of it is acknowledged", () => {
  const play = new Play().subscribed().event(launchEvent("t1"));
  assertEquals(play.seen(), ["SUBSCRIBE [] []", "> subscribed", "> LAUNCH"]);
  play.broken().pass(1_000);
  assertEquals(play.seen(), ["> disconnected: cut", "drop-stream", "SUBSCRIBE [t1] []"]);
  play.answered(status(200)).event(subscribedEvent).update("t1", "TASK_RUNNING", 1).called(status(202));
  assertEquals(play.seen(), ["> subscribed again", "UPDATE t1 RUNNING"]);
  play.acknowledged("t1", 1).broken().pass(1_000);
  assertEquals(play.seen(), [
    "> acknowledged t1 RUNNING",
    "> disconnected: cut",
    "drop-stream",
    "SUBSCRIBE [] []",
  ]);
});

Deno.test("session: a group is launched as one event, and all of its tasks are listed", () => {
  const group: ExecutorEvent = {
    type: "LAUNCH_GROUP",
    launch_group: { task_group: { tasks: [task("a"), task("b")] } },
  };
  const play = new Play().subscribed().then().event(group).broken().pass(1_000);
  assertEquals(play.seen(), ["> LAUNCH_GROUP", "> disconnected: cut", "drop-stream", "SUBSCRIBE [a,b] []"]);
});

Deno.test("session: a LAUNCH of a task that is live is not told twice; a finished id may come again", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then();
  assertEquals(play.event(launchEvent("t1")).seen(), ["> Ignored a LAUNCH of t1: it is running already"]);
  play.update("t1", "TASK_FINISHED", 1).then();
  assertEquals(play.event(launchEvent("t1")).seen(), ["> LAUNCH"]);
});

Deno.test("session: one call at a time, in order", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then();
  play.update("t1", "TASK_STARTING", 1)
    .do({ kind: "message", data: Uint8Array.of(7) })
    .update("t1", "TASK_RUNNING", 2);
  assertEquals(play.seen(), ["UPDATE t1 STARTING"]);
  assertEquals(play.called(status(202)).seen(), ["MESSAGE 7"]);
  assertEquals(play.called(status(202)).seen(), ["UPDATE t1 RUNNING"]);
  assertEquals(play.called(status(202)).seen(), []);
});

Deno.test("session: while UPDATE is 503, the same report is tried each second", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then()
    .update("t1", "TASK_STARTING", 1).update("t1", "TASK_RUNNING", 2);
  const recovering = status(503, "Agent has not finished recovery");
  assertEquals(play.called(recovering).seen(), ["UPDATE t1 STARTING"]);
  assertEquals(play.pass(999).seen(), []);
  assertEquals(play.pass(1).called(recovering).seen(), ["UPDATE t1 STARTING"]);
  assertEquals(play.pass(1_000).called(recovering).seen(), [
    "UPDATE t1 STARTING",
    "> The Mesos agent takes no calls at the moment: 503 Agent has not finished recovery",
  ]);
  assertEquals(play.pass(1_000).called(status(202)).seen(), ["UPDATE t1 STARTING", "UPDATE t1 RUNNING"]);
});

Deno.test("session: a call whose connection broke is repeated, with the same uuid", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).update("t1", "TASK_RUNNING", 1).then();
  play.called({ kind: "failed", reason: "reset" }).pass(1_000);
  assertEquals(play.seen(), ["UPDATE t1 RUNNING"]);
  assertEquals([...play.state.updates.pending.keys()], [hexadecimal(uuidOf(1))]);
});

Deno.test("session: after half a minute of silence a report is sent again", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then()
    .update("t1", "TASK_STARTING", 1).called(status(202))
    .update("t1", "TASK_RUNNING", 2).called(status(202)).then();
  assertEquals(play.pass(29_999).seen(), []);
  // The older one stays behind: the agent has taken a newer one of that task.
  assertEquals(play.pass(1).called(status(202)).seen(), ["UPDATE t1 RUNNING"]);
  assertEquals(play.pass(29_999).seen(), []);
  assertEquals(play.acknowledged("t1", 2).pass(120_000).seen(), ["> acknowledged t1 RUNNING"]);
});

Deno.test("session: an acknowledgement of nothing that waits is passed over", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).update("t1", "TASK_RUNNING", 1).then();
  assertEquals(play.acknowledged("t1", 9).seen(), []);
  assertEquals(play.acknowledged("t1", 1).acknowledged("t1", 1).seen(), ["> acknowledged t1 RUNNING"]);
});

Deno.test("session: while there is no stream, reports are kept and not sent", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).broken().then();
  play.update("t1", "TASK_STARTING", 1).update("t1", "TASK_RUNNING", 2);
  assertEquals(play.seen(), []);
  assertEquals(play.pass(1_000).seen(), ["SUBSCRIBE [t1] [STARTING,RUNNING]"]);
  // The agent takes what SUBSCRIBE listed: only what came after it is sent.
  play.update("t1", "TASK_FINISHED", 3).answered(status(200)).event(subscribedEvent);
  assertEquals(play.seen(), ["> subscribed again", "UPDATE t1 FINISHED"]);
  play.acknowledged("t1", 1).acknowledged("t1", 2).called(status(202));
  assertEquals(play.seen(), ["> acknowledged t1 STARTING", "> acknowledged t1 RUNNING"]);
  // Of those that were listed, too, an acknowledgement can get lost.
  assertEquals(play.pass(30_000).seen(), ["UPDATE t1 FINISHED"]);
});

Deno.test("session: a call that is under way when the stream breaks is left behind", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).update("t1", "TASK_RUNNING", 1).then();
  const id = play.state.call?.id ?? -1;
  assertEquals(play.broken().seen(), ["> disconnected: cut", "drop-stream", "abort-call"]);
  play.do({ kind: "call-answered", id, outcome: status(202) });
  assertEquals(play.pass(1_000).seen(), ["SUBSCRIBE [t1] [RUNNING]"]);
});

Deno.test("session: what an older stream still says is not heard", () => {
  const play = new Play().subscribed().broken().pass(1_000).then();
  play.event(launchEvent("t1"), 1).event(subscribedEvent, 1).answered(status(200), 1);
  play.do({ kind: "stream-ended", attempt: 1, reason: "replaced" });
  assertEquals(play.seen(), []);
});

Deno.test("session: the time that an agent is waited for begins once, and only SUBSCRIBED ends it", () => {
  const play = new Play().subscribed().broken();
  play.random = 0.999;
  for (let answers = 0; answers < 600; answers++) play.pass(1_000).answered(status(503)).then();
  // SUBSCRIBE was answered, but no SUBSCRIBED came.
  play.pass(1_000).answered(status(200)).then();
  assertEquals(play.state.giveUpAt, 900_000);
  play.pass(5_000).event(subscribedEvent).pass(900_000);
  assertEquals(play.seen().filter((line) => line.startsWith("> gave")), []);
  play.broken().then();
  assertEquals(play.state.giveUpAt, play.now + 900_000);
});

Deno.test("session: when that time is over it gives up", () => {
  const play = new Play().subscribed().broken().pass(1_000).answered(refusedConnection);
  for (let answers = 0; answers < 1_800; answers++) play.pass(500).answered(refusedConnection);
  assertEquals(
    play.seen().at(-1),
    "> gave up, 69: no subscription within the recovery timeout: connection refused",
  );
  assertEquals(nextTick(play.state), Infinity);
});

Deno.test("session: without checkpointing it gives up the moment that the stream breaks", () => {
  const play = new Play(forgetting).subscribed().then().broken("cut");
  assertEquals(play.seen(), [
    "> disconnected: cut",
    "drop-stream",
    "> gave up, 69: cut; without checkpointing the agent will not take this executor back",
  ]);
});

Deno.test("session: in Mesos' own tests it goes on without checkpointing, for a while", () => {
  const play = new Play({ ...forgetting, local: true }).subscribed().then().broken("cut").pass(1_000);
  assertEquals(play.seen(), ["> disconnected: cut", "drop-stream", "SUBSCRIBE [] []"]);
  play.answered(refusedConnection).pass(60_000);
  for (let answers = 0; answers < 60; answers++) play.answered(refusedConnection).pass(1_000);
  assertEquals(play.seen().at(-1)?.startsWith("> gave up, 69"), true);
});

for (
  const [code, text, exitCode] of [
    [401, "401 Unauthorized.", 77],
    [403, "403 Forbidden.", 77],
    [400, "Framework cannot be found", 69],
    [400, "Executor cannot be found", 69],
    [400, "Failed to validate Executor::Call: Expecting 'subscribe' to be present", 70],
    [415, "Expecting 'Content-Type' of application/json or application/x-protobuf", 70],
    [404, "", 69],
    [503, "Agent has not finished recovery", 69],
  ] as const
) {
  Deno.test(`session: ${code} ${text} to SUBSCRIBE is borne for the recovery timeout, at a pace`, () => {
    const play = new Play().subscribed().broken();
    let attempts = 0;
    play.random = 0.999;
    while (play.state.link.kind !== "parting") {
      play.answered(status(code, text)).pass(1_000);
      attempts++;
    }
    assertEquals(attempts >= 895 && attempts <= 905, true, String(attempts));
    const last = play.seen().at(-1) ?? "";
    assertEquals(last.startsWith(`> gave up, ${exitCode}: `), true, last);
    assertEquals(last.includes(text), true);
  });
}

Deno.test("session: a first subscription that is refused is borne as long as the agent itself waits", () => {
  const play = new Play(forgetting).do({ kind: "begin" });
  for (let answers = 0; answers < 60; answers++) play.answered(status(401, "401 Unauthorized.")).pass(1_000);
  assertEquals(
    play.seen().at(-1),
    "> gave up, 77: no subscription so far: the agent refuses this executor (401 Unauthorized.)",
  );
});

Deno.test("session: an UPDATE of an executor that is not subscribed makes it subscribe, without a disconnect", () => {
  for (
    const outcome of [status(403, "Executor is not subscribed"), status(400, "Executor cannot be found")]
  ) {
    const play = new Play(forgetting).subscribed().event(launchEvent("t1")).update("t1", "TASK_RUNNING", 1)
      .then();
    const reason = outcome.kind === "answered" ? `${outcome.status} ${outcome.text}` : "";
    assertEquals(play.called(outcome).seen(), [
      `> The Mesos agent does not take this executor for subscribed (${reason}): subscribing anew`,
      "SUBSCRIBE [t1] [RUNNING]",
    ]);
    play.answered(status(200)).event(subscribedEvent).acknowledged("t1", 1);
    assertEquals(play.seen(), ["> subscribed again", "> acknowledged t1 RUNNING"]);
  }
});

Deno.test("session: when subscribing anew fails too, that is a disconnect", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).update("t1", "TASK_RUNNING", 1)
    .called(status(403, "Executor is not subscribed")).then();
  assertEquals(play.answered(refusedConnection).seen(), [
    "> disconnected: connection refused",
    "drop-stream",
  ]);
});

Deno.test("session: a report that the agent will never take is dropped and told of; the others go on", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then()
    .update("t1", "TASK_STARTING", 1).update("t1", "TASK_RUNNING", 2);
  play.called(status(400, "Failed to validate Executor::Call: Not a valid UUID"));
  assertEquals(play.seen(), [
    "UPDATE t1 STARTING",
    "> refused t1 STARTING: the agent says 400 Failed to validate Executor::Call: Not a valid UUID",
    "UPDATE t1 RUNNING",
  ]);
  assertEquals([play.state.updates.pending.size, play.state.lost], [1, false]);
});

Deno.test("session: a second end of a task is refused here: the agent would pass it on", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).update("t1", "TASK_FINISHED", 1).then();
  const why = "the task was not launched here, or its end was reported before";
  assertEquals(play.update("t1", "TASK_FAILED", 2).seen(), [`> refused t1 FAILED: ${why}`]);
});

Deno.test("session: SHUTDOWN is told, and reports still go out", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then()
    .event({ type: "SHUTDOWN" }).update("t1", "TASK_KILLED", 1);
  assertEquals(play.seen(), ["> SHUTDOWN", "UPDATE t1 KILLED"]);
});

Deno.test("session: SHUTDOWN instead of SUBSCRIBED is a refusal: ends of tasks are sent once, and nothing else", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).event(launchEvent("t2")).broken()
    .update("t1", "TASK_RUNNING", 1).update("t2", "TASK_FINISHED", 2).pass(1_000).answered(status(200))
    .then();
  play.event({ type: "SHUTDOWN" });
  assertEquals(play.seen(), ["> SHUTDOWN", "drop-stream", "UPDATE t2 FINISHED"]);
  play.update("t1", "TASK_KILLING", 3).update("t1", "TASK_KILLED", 4).called(status(202));
  assertEquals(play.seen(), ["UPDATE t1 KILLED"]);
  play.called(status(403, "Executor is not subscribed")).pass(3_600_000);
  assertEquals(play.seen(), []);
  assertEquals([play.state.updates.pending.size, play.state.lost], [0, true]);
});

Deno.test("session: after giving up, ends of tasks are sent once, whatever comes of it", () => {
  const play = new Play(forgetting).subscribed().event(launchEvent("t1")).broken().then();
  assertEquals(play.update("t1", "TASK_KILLED", 1).seen(), ["UPDATE t1 KILLED"]);
  assertEquals(play.called(refusedConnection).pass(3_600_000).seen(), []);
  assertEquals(play.state.updates.pending.size, 0);
});

Deno.test("session: HEARTBEAT is called every half an hour", () => {
  const play = new Play().subscribed().then();
  assertEquals(play.pass(1_800_000).seen(), ["HEARTBEAT"]);
  // It says nothing that matters: a failure is not repeated.
  assertEquals(play.called(refusedConnection).pass(1_799_999).seen(), []);
  assertEquals(play.pass(1).called(status(202)).seen(), ["HEARTBEAT"]);
});

Deno.test("session: a stream that had heartbeats and falls silent is opened anew", () => {
  const play = new Play().subscribed().pass(1_800_000).called(status(202));
  play.event({ type: "HEARTBEAT" }).then().pass(4_499_999);
  while (play.state.call !== undefined) play.called(status(202)).pass(0);
  assertEquals(play.seen().filter((line) => line.startsWith("SUBSCRIBE")), []);
  assertEquals(play.pass(1).seen().slice(0, 2), [
    "> The Mesos agent sends no heartbeats any more: subscribing anew",
    "SUBSCRIBE [] []",
  ]);
});

Deno.test("session: an old agent that has no heartbeats is not taken for silent", () => {
  const play = new Play().subscribed();
  for (let hours = 0; hours < 48; hours++) play.pass(1_800_000).called(status(202));
  assertEquals(play.seen().filter((line) => line.startsWith("SUBSCRIBE")).length, 1);
});

Deno.test("session: an event of a type that is not known is passed over", () => {
  assertEquals(new Play().subscribed().then().event({ type: "UNKNOWN" }).seen(), []);
});

Deno.test("session: after an event that cannot be read, SUBSCRIBE tells the agent what arrived", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then();
  play.do({ kind: "unreadable", attempt: play.state.attempt, reason: "it is not JSON" });
  const why = "> Ignored an event of the Mesos agent: it is not JSON";
  assertEquals(play.seen(), [why, "SUBSCRIBE [t1] []"]);
  // The call under way is left behind: what it carries is listed.
  play.answered(status(200)).event(subscribedEvent).pass(1_000).update("t1", "TASK_RUNNING", 1).then();
  play.do({ kind: "unreadable", attempt: play.state.attempt, reason: "it is not JSON" });
  assertEquals(play.seen(), [why, "abort-call", "SUBSCRIBE [t1] [RUNNING]"]);
});

Deno.test("session: an agent that says what cannot be read at every subscription is asked at a pace", () => {
  const play = new Play().subscribed().event(launchEvent("t1")).then();
  const unreadable = () =>
    play.do({ kind: "unreadable", attempt: play.state.attempt, reason: "it is not JSON" }).seen();
  const why = "> Ignored an event of the Mesos agent: it is not JSON";
  assertEquals(unreadable(), [why, "SUBSCRIBE [t1] []"]);
  play.pass(200).answered(status(200)).event(subscribedEvent).then();
  assertEquals(unreadable(), [why, "drop-stream"]);
  assertEquals(play.pass(799).seen(), []);
  assertEquals(play.pass(1).seen(), ["SUBSCRIBE [t1] []"]);
  play.answered(status(200)).event(subscribedEvent).pass(1_000).then();
  assertEquals(unreadable(), [why, "SUBSCRIBE [t1] []"]);
});

Deno.test("session: a stream without a first event is given up", () => {
  const play = new Play().do({ kind: "begin" }).answered(status(200)).then().pass(9_999);
  assertEquals(play.seen(), []);
  assertEquals(play.pass(1).seen(), [
    "> No subscription with the Mesos agent: the agent did not confirm the subscription",
    "drop-stream",
  ]);
});

Deno.test("session: messages wait for the agent, but not without bound", () => {
  const play = new Play().subscribed().broken();
  for (let count = 0; count < 65; count++) play.do({ kind: "message", data: Uint8Array.of(count) });
  assertEquals(play.seen().at(-1), "> Dropped a message to the framework: 64 wait for the agent already");
  play.pass(1_000).then().answered(status(200)).event(subscribedEvent).called(status(202));
  assertEquals(play.seen(), ["> subscribed again", "MESSAGE 0", "MESSAGE 1"]);
  assertEquals(play.called(status(400, "Bad")).seen(), [
    "> The Mesos agent refuses a message to the framework: 400 Bad",
    "MESSAGE 2",
  ]);
});
