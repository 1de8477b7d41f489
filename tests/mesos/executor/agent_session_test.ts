import { assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import { ScriptedAgent } from "./scripted_agent.ts";
import { acknowledgedEvent, launchEvent, subscribedEvent } from "./session_samples.ts";
import { type AgentSession, openAgentSession } from "../../../src/mesos/executor/agent_session.ts";
import type { ExecutorEnvironment } from "../../../src/mesos/executor/executor_environment.ts";
import type { SessionBounds } from "../../../src/mesos/executor/session_bounds.ts";
import type { SessionNotice } from "../../../src/mesos/executor/session_notice.ts";
import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import type { TaskState } from "../../../src/mesos/wire/messages.ts";
import { encodeRecord } from "../../../src/mesos/wire/recordio.ts";

const media: readonly MediaType[] = ["application/x-protobuf", "application/json"];

/** A session with a scripted agent, and all that it told. */
class Conversation implements AsyncDisposable {
  readonly clock = new SteppedClock();
  readonly notices: SessionNotice[] = [];
  readonly session: AgentSession;
  onNotice: (notice: SessionNotice) => void = () => {};

  constructor(
    readonly agent: ScriptedAgent,
    media: MediaType,
    environment: Partial<ExecutorEnvironment> = {},
    bounds: Partial<SessionBounds> = {},
  ) {
    this.session = openAgentSession({
      bounds,
      environment: {
        frameworkId: "f",
        executorId: "e1",
        endpoint: {
          kind: "tcp",
          secure: false,
          hostname: "127.0.0.1",
          port: agent.port,
          path: "/api/v1/executor",
        },
        sandbox: "/sandbox",
        sandboxOnHost: "/sandbox",
        checkpoint: true,
        recoveryTimeout: 900_000,
        subscriptionBackoffMax: 2_000,
        shutdownGrace: 5_000,
        local: false,
        variables: {},
        ...environment,
      },
      media,
      clock: this.clock,
      random: () => 0.5,
      onNotice: (notice) => {
        this.notices.push(notice);
        this.onNotice(notice);
      },
    });
  }

  kinds(): string[] {
    return this.notices.map(({ kind }) => kind);
  }

  async heard(kind: SessionNotice["kind"], times = 1): Promise<void> {
    await waitUntil(
      `${times} × ${kind}`,
      () => this.notices.filter((notice) => notice.kind === kind).length >= times,
    );
  }

  /** Waits until the agent has this many streams, and subscribes the executor on the last. */
  async subscribed(streams = 1): Promise<void> {
    await waitUntil(`stream ${streams}`, () => this.agent.streams.length >= streams);
    await this.agent.stream.send(subscribedEvent);
    await this.heard("subscribed", streams);
  }

  async launched(taskId: string): Promise<void> {
    const before = this.notices.filter(({ kind }) => kind === "event").length;
    await this.agent.stream.send(launchEvent(taskId));
    await this.heard("event", before + 1);
  }

  update(taskId: string, state: TaskState): void {
    this.session.update({ task_id: { value: taskId }, state });
  }

  /** Waits until the agent was sent so many reports. */
  async sent(count: number): Promise<void> {
    await waitUntil(`${count} reports`, () => this.agent.states.length >= count);
    // The answer has to be back before time is stepped on, or the call would run into its bound.
    await this.idle();
  }

  async idle(): Promise<void> {
    await waitUntil("no call is under way", () => this.clock.sleeping <= 1);
  }

  /** The agent acknowledges the report that it was sent as number `index`. */
  async acknowledge(index: number): Promise<void> {
    const { status } = this.agent.callsOf("UPDATE")[index]?.update ?? {};
    if (status?.uuid === undefined) throw new Error(`There is no report ${index}`);
    await this.agent.stream.send(acknowledgedEvent(status.task_id.value, status.uuid));
  }

  async [Symbol.asyncDispose]() {
    await this.session.close();
    assertEquals(this.clock.sleeping, 0);
    await this.agent[Symbol.asyncDispose]();
  }
}

function converse(
  type: MediaType = "application/x-protobuf",
  environment: Partial<ExecutorEnvironment> = {},
  bounds: Partial<SessionBounds> = {},
): Conversation {
  return new Conversation(new ScriptedAgent(type), type, environment, bounds);
}

for (const type of media) {
  Deno.test(`a task from its launch to its end, in ${type}, with records in pieces and late acknowledgements`, async () => {
    await using conversation = converse(type, { token: "head.body.signature" });
    const { agent, session } = conversation;
    await waitUntil("the stream", () => agent.streams.length === 1);
    await agent.stream.sendInPieces(1, subscribedEvent);
    await agent.stream.sendInPieces(3, launchEvent("t1"));
    await conversation.heard("event");

    session.update({
      task_id: { value: "t1" },
      state: "TASK_STARTING",
      agent_id: { value: "wrong" },
      container_status: { container_id: { value: "wrong" }, executor_pid: 7 },
    });
    conversation.update("t1", "TASK_RUNNING");
    conversation.update("t1", "TASK_FINISHED");
    await conversation.sent(3);
    assertEquals(agent.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
    assertEquals(session.unacknowledged, 3);
    const settled = session.settled(60_000);
    for (const index of [0, 1, 2]) await conversation.acknowledge(index);
    assertEquals(await settled, true);
    assertEquals(session.unacknowledged, 0);

    const last = conversation.notices.at(-1);
    assertEquals(last, { kind: "acknowledged", taskId: "t1", state: "TASK_FINISHED", terminal: true });
    const [first] = agent.callsOf("UPDATE");
    const { uuid, ...status } = first?.update.status ?? {};
    assertEquals([uuid?.length, (uuid?.[6] ?? 0) >> 4, (uuid?.[8] ?? 0) >> 6], [16, 4, 2]);
    assertEquals(status, {
      task_id: { value: "t1" },
      state: "TASK_STARTING",
      source: "SOURCE_EXECUTOR",
      executor_id: { value: "e1" },
      timestamp: conversation.clock.now() / 1_000,
      container_status: { executor_pid: 7 },
    });
    for (const { headers, path, call } of agent.calls) {
      assertEquals([headers["content-type"], headers.accept], [type, type]);
      assertEquals(headers.authorization, "Bearer head.body.signature");
      assertEquals([path, call.executor_id, call.framework_id], [
        "/api/v1/executor",
        { value: "e1" },
        { value: "f" },
      ]);
    }
  });

  Deno.test(`a restart of the agent, in ${type}: cut, refused, 503, subscribed, 503 for reports, acknowledged`, async () => {
    await using conversation = converse(type);
    const { agent, clock } = conversation;
    await conversation.subscribed();
    await conversation.launched("t1");
    conversation.update("t1", "TASK_RUNNING");
    await conversation.sent(1);
    await conversation.acknowledge(0);
    await conversation.heard("acknowledged");
    await conversation.launched("t2");

    // In the middle of a record.
    await agent.stream.sendBytes(new TextEncoder().encode("400\n{"));
    agent.stop();
    await conversation.heard("disconnected");
    conversation.update("t2", "TASK_RUNNING");
    await clock.advance(500);
    await conversation.heard("remark");
    agent.reply = (call) =>
      call.type === "SUBSCRIBE" ? { status: 503, text: "Agent has not finished recovery" } : { status: 202 };
    agent.start();
    await conversation.idle();
    await clock.advance(500);
    await conversation.heard("remark", 2);
    agent.reply = (call) => call.type === "SUBSCRIBE" ? "stream" : { status: 503 };
    await clock.advance(500);
    await conversation.subscribed(2);
    const lists = agent.callsOf("SUBSCRIBE").at(-1)?.subscribe;
    assertEquals(lists?.unacknowledged_tasks?.map((one) => one.task_id.value), ["t2"]);
    assertEquals(lists?.unacknowledged_updates?.map((one) => one.status.task_id.value), ["t2"]);
    const [listed] = lists?.unacknowledged_updates ?? [];
    await agent.stream.send(acknowledgedEvent("t2", listed?.status.uuid ?? new Uint8Array()));
    await conversation.heard("acknowledged", 2);

    conversation.update("t1", "TASK_FINISHED");
    await conversation.sent(2);
    await clock.advance(1_000);
    await conversation.sent(3);
    agent.reply = () => ({ status: 202 });
    await clock.advance(1_000);
    await conversation.sent(4);
    const uuids = agent.callsOf("UPDATE").slice(1).map(({ update }) => update.status.uuid?.join());
    assertEquals(new Set(uuids).size, 1);
    await conversation.acknowledge(3);
    assertEquals(await conversation.session.settled(1_000), true);
    assertEquals(conversation.kinds().filter((kind) => kind === "disconnected").length, 1);
  });
}

Deno.test("what comes of an event can be reported at once", async () => {
  await using conversation = converse();
  conversation.onNotice = (notice) => {
    if (notice.kind !== "event" || notice.event.type !== "LAUNCH") return;
    conversation.update("t1", "TASK_STARTING");
    assertEquals(conversation.session.unacknowledged <= 1, true);
  };
  await conversation.subscribed();
  await conversation.launched("t1");
  await conversation.sent(1);
});

Deno.test("a stream that is not in the form of records is a disconnect", async () => {
  await using conversation = converse("application/json");
  await conversation.subscribed();
  await conversation.agent.stream.sendBytes(new TextEncoder().encode("many\n{}"));
  await conversation.heard("disconnected");
  await conversation.clock.advance(500);
  await conversation.subscribed(2);
});

Deno.test("a record that is no event is passed over, and the agent told what arrived", async () => {
  await using conversation = converse("application/json");
  await conversation.subscribed();
  await conversation.launched("t1");
  await conversation.agent.stream.sendBytes(encodeRecord(new TextEncoder().encode('{"type":"LAUNCH"}')));
  await conversation.heard("remark");
  await conversation.subscribed(2);
  const lists = conversation.agent.callsOf("SUBSCRIBE").at(-1)?.subscribe;
  assertEquals(lists?.unacknowledged_tasks?.map((one) => one.task_id.value), ["t1"]);
  assertEquals(conversation.kinds().includes("disconnected"), false);
});

Deno.test("the end of a stream, too, is a disconnect; without checkpointing it is the end of the session", async () => {
  await using conversation = converse("application/json", {
    checkpoint: false,
    recoveryTimeout: 0,
    subscriptionBackoffMax: 0,
  });
  await conversation.subscribed();
  await conversation.launched("t1");
  await conversation.agent.stream.end();
  await conversation.heard("gave-up");
  // The agent may still listen: the end of the task is told once.
  conversation.update("t1", "TASK_KILLED");
  await conversation.sent(1);
  assertEquals(await conversation.session.settled(60_000), false);
  assertEquals(conversation.agent.streams.length, 1);
});

Deno.test("an acknowledgement that never comes: the report is sent again, and waiting for it ends", async () => {
  await using conversation = converse();
  await conversation.subscribed();
  await conversation.launched("t1");
  conversation.update("t1", "TASK_FINISHED");
  await conversation.sent(1);
  await conversation.clock.advance(30_000);
  await conversation.sent(2);
  const settled = conversation.session.settled(20_000);
  await conversation.clock.advance(20_000);
  assertEquals(await settled, false);
});

Deno.test("an executor that the agent does not take for subscribed subscribes anew", async () => {
  await using conversation = converse();
  const { agent } = conversation;
  await conversation.subscribed();
  await conversation.launched("t1");
  const old = agent.stream;
  agent.reply = (call) =>
    call.type === "SUBSCRIBE" ? "stream" : { status: 403, text: "Executor is not subscribed" };
  conversation.update("t1", "TASK_RUNNING");
  await conversation.subscribed(2);
  // What the old stream still says is not heard.
  await old.send(launchEvent("t2")).catch(() => {});
  await conversation.launched("t3");
  const launched = conversation.notices.flatMap((notice) =>
    notice.kind === "event" && notice.event.type === "LAUNCH" ? [notice.event.launch.task.name] : []
  );
  assertEquals(launched, ["t1", "t3"]);
});

Deno.test("a connection that breaks under a report does not lose it", async () => {
  await using conversation = converse();
  const { agent, clock } = conversation;
  await conversation.subscribed();
  await conversation.launched("t1");
  agent.reply = () => "drop";
  conversation.update("t1", "TASK_RUNNING");
  await conversation.sent(1);
  agent.reply = () => ({ status: 202 });
  await clock.advance(1_000);
  await conversation.sent(2);
  await conversation.acknowledge(1);
  assertEquals(await conversation.session.settled(1_000), true);
});

Deno.test("a report that no message can hold is refused, and hurts nobody else", async () => {
  await using conversation = converse();
  await conversation.subscribed();
  await conversation.launched("t1");
  conversation.session.update(
    // As from a caller that escaped the types.
    { task_id: { value: "t1" }, state: "TASK_RUNNING", message: 7 as unknown as string },
  );
  assertEquals(conversation.kinds().at(-1), "refused");
  conversation.update("t1", "TASK_FAILED");
  await conversation.sent(1);
  assertEquals(conversation.agent.states, ["TASK_FAILED"]);
});

Deno.test("bytes for the framework are sent", async () => {
  await using conversation = converse();
  await conversation.subscribed();
  conversation.session.message(Uint8Array.of(0, 255));
  assertEquals(await conversation.session.settled(1_000), true);
  assertEquals(conversation.agent.callsOf("MESSAGE").map(({ message }) => [...message.data]), [[0, 255]]);
});

Deno.test("the token is in no notice, even when the agent says it", async () => {
  const token = "head.body.signature";
  await using conversation = converse("application/json", { token, recoveryTimeout: 0 }, {
    firstSubscription: 3_000,
  });
  const { agent, clock } = conversation;
  agent.reply = () => ({ status: 401, text: `401 Unauthorized: Bearer ${token}` });
  await conversation.heard("remark");
  for (let tries = 0; !conversation.kinds().includes("gave-up"); tries++) {
    await waitUntil("another try", () => agent.calls.length > tries);
    await conversation.idle();
    await clock.advance(500);
  }
  const told = JSON.stringify(conversation.notices);
  assertEquals([told.includes(token), told.includes("(the token)")], [false, true]);
  const last = conversation.notices.at(-1);
  assertEquals(last?.kind === "gave-up" ? last.exitCode : undefined, 77);
});
