import { runExecutor } from "../../../src/mesos/executor/executor.ts";
import type { AgentSession, UnsignedStatus } from "../../../src/mesos/executor/agent_session.ts";
import type { SessionNotice } from "../../../src/mesos/executor/session_notice.ts";
import type { TaskTools } from "../../../src/mesos/executor/task_tools.ts";
import type { ExecutorEvent, ExecutorEventSubscribed } from "../../../src/mesos/wire/messages.ts";
import type { TaskInfo } from "../../../src/mesos/wire/messages_task.ts";
import type { StatusMoment } from "../../../src/pod/status_hook.ts";
import type { Pod } from "../../../src/pod/model.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { host } from "../../support/placing.ts";
import { ScriptedEngine } from "../../support/scripted_engine.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { podFrom } from "../../support/supervising.ts";

const subscribed: ExecutorEventSubscribed = {
  executor_info: { executor_id: { value: "e1" } },
  framework_info: { user: "root", name: "f", capabilities: [{ type: "TASK_KILLING_STATE" }] },
  agent_info: { hostname: "host1" },
};

/** An executor whose agent is the test. */
class TestedExecutor {
  readonly clock = new SteppedClock();
  readonly engine = new ScriptedEngine(this.clock);
  readonly sent: UnsignedStatus[] = [];
  readonly lines: string[] = [];
  readonly messages: Uint8Array[] = [];
  readonly terminated = new AbortController();
  acknowledges = true;
  /** A hook of this moment goes on until it is broken off. */
  endlessHook: StatusMoment | undefined;
  code: number | undefined;
  isClosed = false;
  #notify: (notice: SessionNotice) => void = () => {};

  async start(pods: Readonly<Record<string, Pod>>): Promise<void> {
    const { sent, messages } = this;
    const closed = new AbortController();
    const isClosed = () => {
      closed.abort();
      this.isClosed = true;
    };
    const acknowledges = () => this.acknowledges;
    const session: AgentSession = {
      update: (status) => void sent.push(status),
      message: (data) => void messages.push(data),
      settled: async (milliseconds) => {
        if (!acknowledges()) await this.clock.sleep(milliseconds, closed.signal).catch(() => {});
        return acknowledges();
      },
      get unacknowledged() {
        return acknowledges() ? 0 : sent.length;
      },
      close: () => Promise.resolve(void isClosed()),
    };
    runExecutor({
      clock: this.clock,
      shutdownGrace: 5_000,
      openSession: (onNotice) => {
        this.#notify = onNotice;
        return session;
      },
      toolsFor: (_, { update }) => this.#tools(pods, update),
      answer: (data, tasks, { message }) =>
        message(new TextEncoder().encode(`${new TextDecoder().decode(data)} ${tasks.length}`)),
      log: (text) => this.lines.push(text),
      terminated: this.terminated.signal,
    }).then((code) => this.code = code);
    await this.tell({ kind: "subscribed", subscribed, again: false });
  }

  #tools(pods: Readonly<Record<string, Pod>>, send: TaskTools["send"]): TaskTools {
    return {
      clock: this.clock,
      version: "test",
      knowsKilling: true,
      send,
      log: (text) => this.lines.push(text),
      resolve: (task) => {
        const pod = pods[task.task_id.value];
        if (pod === undefined) throw new Error("no such pod");
        return Promise.resolve({
          pod,
          origin: { rule: "sandbox-file", description: "", files: [] },
          ports: [],
          settings: {
            keepFailed: false,
            removeVolumes: false,
            removeImages: false,
            statusHooks: [],
            log: { maximumBytes: 1, files: 1 },
            cgroup: "own",
          },
          warnings: [],
        });
      },
      engine: () => Promise.resolve({ engine: this.engine, host: { ...host, engine: this.engine.facts } }),
      openOutputs: () => ({ follow: () => {}, record: () => {}, finish: () => Promise.resolve() }),
      startChecks: () => ({ stop: () => Promise.resolve() }),
      tellOfEnd: () => Promise.resolve(),
      runHooks: async (moment, _about, signal) => {
        if (moment === this.endlessHook) await this.clock.sleep(600_000, signal).catch(() => {});
        return undefined;
      },
      podOomKills: () => undefined,
    };
  }

  async tell(notice: SessionNotice): Promise<void> {
    this.#notify(notice);
    await this.clock.settle();
  }

  async event(event: ExecutorEvent): Promise<void> {
    await this.tell({ kind: "event", event });
  }

  async launch(id: string): Promise<void> {
    await this.event({ type: "LAUNCH", launch: { task: taskNamed(id) } });
  }

  statesOf(id: string): string[] {
    return this.sent.filter(({ task_id }) => task_id.value === id).map(({ state }) => state);
  }

  async ended(milliseconds: number): Promise<number> {
    await this.clock.advance(milliseconds);
    assert(this.code !== undefined, "the executor has not ended");
    assert(this.isClosed);
    assertEquals(this.clock.sleeping, 0, "sleeps are left");
    return this.code;
  }
}

function taskNamed(id: string): TaskInfo {
  return { name: id, task_id: { value: id }, agent_id: { value: "a1" } };
}

async function pod(name: string, services = "  web:\n    image: busybox\n"): Promise<Pod> {
  return { ...await podFrom(services), name };
}

Deno.test("the executor ends with 0 when its task has ended and everything is acknowledged", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  assertEquals(test.statesOf("t1"), ["TASK_STARTING", "TASK_RUNNING"]);
  test.engine.exit("one-web-1", 0);
  assertEquals(await test.ended(2_000), 0);
  assertEquals(test.statesOf("t1"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
});

Deno.test("an idle executor takes another task before it ends", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one"), t2: await pod("two") });
  await test.launch("t1");
  test.engine.exit("one-web-1", 0);
  await test.clock.advance(500);
  assertEquals(test.code, undefined);
  await test.launch("t2");
  await test.clock.advance(60_000);
  assertEquals(test.code, undefined);
  assertEquals(test.statesOf("t2"), ["TASK_STARTING", "TASK_RUNNING"]);
  test.engine.exit("two-web-1", 1);
  assertEquals(await test.ended(2_000), 0);
});

Deno.test("a task id that has ended may be launched again, and one that runs is not launched twice", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  await test.launch("t1");
  assertEquals(test.statesOf("t1"), ["TASK_STARTING", "TASK_RUNNING"]);
  test.engine.exit("one-web-1", 0);
  await test.clock.advance(500);
  await test.launch("t1");
  assertEquals(test.statesOf("t1").slice(3), ["TASK_STARTING", "TASK_RUNNING"]);
  await test.event({ type: "SHUTDOWN" });
  assertEquals(await test.ended(10_000), 0);
});

Deno.test("a task id that is launched again while the former pod goes, waits for that", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  test.engine.hang("remove one-web-1");
  test.engine.exit("one-web-1", 0);
  await test.clock.settle();
  assertEquals(test.statesOf("t1").at(-1), "TASK_FINISHED");
  await test.launch("t1");
  assertEquals(test.statesOf("t1").at(-1), "TASK_STARTING");
  test.engine.heal("remove one-web-1");
  await test.clock.advance(60_000);
  assertEquals(test.statesOf("t1").at(-1), "TASK_RUNNING");
  await test.event({ type: "SHUTDOWN" });
  await test.ended(10_000);
});

Deno.test("an acknowledgement that never comes is waited for a minute", async () => {
  const test = new TestedExecutor();
  test.acknowledges = false;
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  test.engine.exit("one-web-1", 0);
  await test.clock.advance(59_000);
  assertEquals(test.code, undefined);
  assertEquals(await test.ended(2_000), 0);
  assert(test.lines.some((line) => line.includes("were not acknowledged within 60 s")));
});

Deno.test("SHUTDOWN ends the wait for acknowledgements that may never come", async () => {
  const test = new TestedExecutor();
  test.acknowledges = false;
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  test.engine.exit("one-web-1", 0);
  await test.clock.advance(5_000);
  assertEquals(test.code, undefined);
  await test.event({ type: "SHUTDOWN" });
  assertEquals(await test.ended(1_000), 0);
});

Deno.test("SHUTDOWN kills all tasks within its grace, and takes no more work", async () => {
  const test = new TestedExecutor();
  test.engine.behave("one-web-1", { ignoresStop: true });
  await test.start({ t1: await pod("one"), t2: await pod("two"), t3: await pod("three") });
  await test.launch("t1");
  await test.launch("t2");
  await test.event({ type: "SHUTDOWN" });
  await test.launch("t3");
  assertEquals(await test.ended(5_000), 0);
  assertEquals(test.statesOf("t1").at(-1), "TASK_KILLED");
  assertEquals(test.statesOf("t2").at(-1), "TASK_KILLED");
  assertEquals(test.statesOf("t3"), []);
  assert(test.lines.includes("LAUNCH of t3, while the executor ends: not taken"));
  assertEquals(test.engine.names, []);
});

Deno.test("SHUTDOWN does not wait for a hook beyond its grace, whatever the hook's own bound is", async () => {
  for (const endsBefore of [false, true]) {
    const test = new TestedExecutor();
    test.endlessHook = endsBefore ? "finished" : "killed";
    await test.start({ t1: await pod("one") });
    await test.launch("t1");
    if (endsBefore) test.engine.exit("one-web-1", 0);
    await test.clock.advance(1_000);
    assertEquals(test.code, undefined);
    await test.event({ type: "SHUTDOWN" });
    assertEquals(await test.ended(4_500), 0);
    assertEquals(test.statesOf("t1").at(-1), endsBefore ? "TASK_FINISHED" : "TASK_KILLED");
    assertEquals(test.engine.names, []);
  }
});

Deno.test("SHUTDOWN with an engine that hangs: the end is reported before the agent ends the executor", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  test.engine.hang("stop one-web-1", { deaf: true });
  test.engine.hang("kill one-web-1", { deaf: true });
  await test.event({ type: "SHUTDOWN" });
  await test.clock.advance(4_200);
  assertEquals(test.code, undefined);
  await test.clock.advance(700);
  assertEquals(test.code, 0);
  assertEquals(test.statesOf("t1").at(-1), "TASK_KILLED");
  assert(test.sent.at(-1)?.message?.includes("mesolet reap removes what is left"));
});

Deno.test("SHUTDOWN before SUBSCRIBED, and with no task, ends the executor at once", async () => {
  const test = new TestedExecutor();
  await test.start({});
  await test.event({ type: "SHUTDOWN" });
  assertEquals(await test.ended(0), 0);
});

Deno.test("ERROR of the agent ends the executor as SHUTDOWN does, with an exit code that says so", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  await test.event({ type: "ERROR", error: { message: "no such framework" } });
  await test.clock.advance(10_000);
  assertEquals(test.code, 69);
  assertEquals(test.sent.at(-1)?.message, "the agent reports an error: no such framework");
  assertEquals(test.engine.names, []);
});

Deno.test("SIGTERM is as SHUTDOWN", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  test.terminated.abort();
  assertEquals(await test.ended(5_000), 0);
  assertEquals(test.statesOf("t1").at(-1), "TASK_KILLED");
});

Deno.test("an agent that is gone for good: the pod is stopped, and the exit code says so", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  await test.tell({ kind: "disconnected", reason: "the stream ended" });
  assertEquals(test.statesOf("t1").at(-1), "TASK_RUNNING");
  await test.tell({ kind: "gave-up", reason: "the agent is gone for 15 min", exitCode: 69 });
  assertEquals(await test.ended(60_000), 69);
  assertEquals(test.engine.names, []);
});

Deno.test("KILL of a task that is not here is ignored", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.event({ type: "KILL", kill: { task_id: { value: "t9" } } });
  await test.launch("t1");
  await test.event({ type: "KILL", kill: { task_id: { value: "t1" } } });
  assertEquals(await test.ended(60_000), 0);
  assertEquals(test.statesOf("t1"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
  assertEquals(test.statesOf("t9"), []);
});

Deno.test("the tasks of a group: the end of one but with success ends the others", async () => {
  for (const [code, others] of [[0, "TASK_RUNNING"], [1, "TASK_KILLED"]] as const) {
    const test = new TestedExecutor();
    await test.start({ t1: await pod("one"), t2: await pod("two") });
    await test.event({
      type: "LAUNCH_GROUP",
      launch_group: { task_group: { tasks: [taskNamed("t1"), taskNamed("t2")] } },
    });
    assertEquals(test.statesOf("t2"), ["TASK_STARTING", "TASK_RUNNING"]);
    test.engine.exit("one-web-1", code);
    await test.clock.advance(30_000);
    assertEquals(test.statesOf("t2").at(-1), others);
    await test.event({ type: "SHUTDOWN" });
    await test.ended(10_000);
  }
});

Deno.test("the tasks of a group: where one cannot be launched, nothing is made of any", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.event({
    type: "LAUNCH_GROUP",
    launch_group: { task_group: { tasks: [taskNamed("t1"), taskNamed("t2")] } },
  });
  await test.clock.advance(30_000);
  assertEquals(test.statesOf("t1"), ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
  assertEquals(test.statesOf("t2"), ["TASK_STARTING", "TASK_FAILED"]);
  assertEquals(test.engine.applied, []);
  await test.ended(2_000);
});

Deno.test("the tasks of a group: one that is there twice is one", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.event({
    type: "LAUNCH_GROUP",
    launch_group: { task_group: { tasks: [taskNamed("t1"), taskNamed("t1")] } },
  });
  assertEquals(test.statesOf("t1"), ["TASK_STARTING", "TASK_RUNNING"]);
  await test.event({ type: "SHUTDOWN" });
  await test.ended(10_000);
});

Deno.test("the tasks of a group: one that runs already is not waited for", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one"), t2: await pod("two") });
  await test.launch("t1");
  await test.event({
    type: "LAUNCH_GROUP",
    launch_group: { task_group: { tasks: [taskNamed("t1"), taskNamed("t2")] } },
  });
  assertEquals(test.statesOf("t2"), ["TASK_STARTING", "TASK_RUNNING"]);
  await test.event({ type: "SHUTDOWN" });
  await test.ended(10_000);
});

Deno.test("a message of the framework is answered, with the tasks at hand", async () => {
  const test = new TestedExecutor();
  await test.start({ t1: await pod("one") });
  await test.launch("t1");
  await test.event({ type: "MESSAGE", message: { data: new TextEncoder().encode("status") } });
  assertEquals(test.messages.map((bytes) => new TextDecoder().decode(bytes)), ["status 1"]);
  await test.event({ type: "SHUTDOWN" });
  await test.ended(10_000);
});

Deno.test("an executor that never gets a task ends after a while", async () => {
  const test = new TestedExecutor();
  await test.start({});
  await test.clock.advance(9 * 60_000);
  assertEquals(test.code, undefined);
  assertEquals(await test.ended(61_000), 0);
});
