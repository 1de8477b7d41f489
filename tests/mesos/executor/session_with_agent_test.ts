import { assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import { AgentService } from "../agent/agent_service.ts";
import type { AgentEffect, SchedulerNews } from "../agent/agent_settings.ts";
import { makeToken } from "../agent/token.ts";
import { type AgentSession, openAgentSession } from "../../../src/mesos/executor/agent_session.ts";
import { readExecutorEnvironment } from "../../../src/mesos/executor/executor_environment.ts";
import type { SessionNotice } from "../../../src/mesos/executor/session_notice.ts";
import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import type { ExecutorInfo, TaskInfo, TaskState } from "../../../src/mesos/wire/messages.ts";

const executor: ExecutorInfo = {
  type: "CUSTOM",
  executor_id: { value: "e1" },
  framework_id: { value: "f1" },
  command: { value: "./mesolet" },
};

/** How the agent is set up, and what the executor speaks. */
interface Setup {
  readonly media?: MediaType;
  readonly checkpoint?: boolean;
  readonly scatter?: boolean;
  readonly jwtKey?: string;
  /** The key of the executor's token, if it is another. */
  readonly tokenKey?: string;
  readonly domainSocket?: string;
}

/** An agent as strict as a real one, and a session with it. Both have the same clock. */
class Cluster implements AsyncDisposable {
  readonly clock = new SteppedClock();
  readonly notices: SessionNotice[] = [];
  readonly news: SchedulerNews[] = [];
  readonly agent: AgentService;
  readonly #setup: Setup;
  #session: AgentSession | undefined;

  constructor(setup: Setup = {}) {
    this.#setup = setup;
    this.agent = new AgentService({
      core: {
        agent: { hostname: "agent.local", id: { value: "S0" } },
        agentId: "S0",
        ip: "127.0.0.1",
        framework: {
          user: "root",
          name: "frame",
          id: { value: "f1" },
          checkpoint: setup.checkpoint ?? true,
          capabilities: [{ type: "TASK_KILLING_STATE" }, { type: "PARTITION_AWARE" }],
        },
        frameworkId: "f1",
        launcher: "posix",
        registrationTimeout: 60_000,
        reregistrationTimeout: 2_000,
        shutdownGrace: 5_000,
        randomUuid: () => crypto.getRandomValues(new Uint8Array(16)),
        newContainerId: () => "c1",
      },
      listening: {
        hostname: "127.0.0.1",
        port: 0,
        ...(setup.domainSocket === undefined ? {} : { domainSocket: setup.domainSocket }),
      },
      ...(setup.jwtKey === undefined ? {} : { jwtKey: setup.jwtKey }),
      ...(setup.scatter === undefined ? {} : { scatter: setup.scatter }),
      clock: this.clock,
      act: (effect) => this.#act(effect),
    });
    this.agent.listen();
  }

  get session(): AgentSession {
    return this.#session ??= this.#open();
  }

  launch(...ids: readonly string[]): void {
    for (const id of ids) {
      const task: TaskInfo = {
        name: id,
        task_id: { value: id },
        agent_id: { value: "S0" },
        executor,
      };
      this.agent.drive((core) => core.launch(executor, [task], false));
    }
  }

  /** The executor reports these states. */
  report(taskId: string, ...states: readonly TaskState[]): void {
    for (const state of states) this.session.update({ task_id: { value: taskId }, state });
  }

  count(kind: SessionNotice["kind"]): number {
    return this.notices.filter((notice) => notice.kind === kind).length;
  }

  events(): string[] {
    return this.notices.flatMap((notice) => notice.kind === "event" ? [notice.event.type] : []);
  }

  async heard(kind: SessionNotice["kind"], times = 1): Promise<void> {
    await waitUntil(`${times} × ${kind}`, () => this.count(kind) >= times);
  }

  /** Steps the time on in little pieces, with what real sockets do in between, until something holds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    await waitUntil(what, async () => {
      if (condition()) return true;
      await this.clock.advance(50);
      return condition();
    });
  }

  /** The agent dies without a word to its executors. */
  async stop(): Promise<void> {
    await this.agent.close();
    this.agent.drive((core) => core.stop());
  }

  /** The agent listens again and knows its executors. */
  recover(): void {
    this.agent.readiness = "ready";
    this.agent.listen();
    this.agent.drive((core) => core.recover());
  }

  /** What the framework was told of a task by its executor, without repetitions. */
  told(taskId: string): string[] {
    const states = this.news.flatMap((news) =>
      news.type === "UPDATE" && news.update.status.task_id.value === taskId ? [news.update.status.state] : []
    );
    return states.filter((state, index) => state !== states[index - 1]);
  }

  async [Symbol.asyncDispose]() {
    await this.#session?.close();
    await this.agent.end();
    assertEquals(this.agent.conduct.problems, []);
  }

  #open(): AgentSession {
    const { media = "application/x-protobuf", checkpoint = true, jwtKey, domainSocket, tokenKey = jwtKey } =
      this.#setup;
    const environment = readExecutorEnvironment({
      MESOS_FRAMEWORK_ID: "f1",
      MESOS_EXECUTOR_ID: "e1",
      MESOS_SLAVE_ID: "S0",
      MESOS_SLAVE_PID: `slave(1)@127.0.0.1:${this.agent.port}`,
      MESOS_AGENT_ENDPOINT: `127.0.0.1:${this.agent.port}`,
      MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5secs",
      ...(checkpoint
        ? {
          MESOS_CHECKPOINT: "1",
          MESOS_RECOVERY_TIMEOUT: "15mins",
          MESOS_SUBSCRIPTION_BACKOFF_MAX: "2secs",
        }
        : { MESOS_CHECKPOINT: "0" }),
      ...(domainSocket === undefined ? {} : { MESOS_DOMAIN_SOCKET: domainSocket }),
      ...(tokenKey === undefined ? {} : {
        MESOS_EXECUTOR_AUTHENTICATION_TOKEN: makeToken(tokenKey, { fid: "f1", eid: "e1", cid: "c1" }),
      }),
    }, "/");
    return openAgentSession({
      environment,
      media,
      clock: this.clock,
      random: () => 0.5,
      onNotice: (notice) => this.notices.push(notice),
    });
  }

  #act(effect: Extract<AgentEffect, { readonly kind: "scheduler" | "start" | "destroy" }>): void {
    if (effect.kind !== "scheduler") return;
    this.news.push(effect.news);
    if (effect.news.type !== "UPDATE") return;
    const { task_id, uuid } = effect.news.update.status;
    if (uuid === undefined) return;
    queueMicrotask(() => this.agent.drive((core) => core.acknowledge(task_id.value, uuid)));
  }
}

for (const media of ["application/x-protobuf", "application/json"] as const) {
  Deno.test(`agent: tasks from launch to end, one after the other, in ${media}`, async () => {
    await using cluster = new Cluster({ media, scatter: true });
    cluster.launch("t1", "t2");
    void cluster.session;
    await cluster.heard("event", 2);
    cluster.report("t1", "TASK_STARTING", "TASK_RUNNING");
    cluster.report("t2", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED");
    cluster.report("t1", "TASK_FINISHED");
    await cluster.heard("acknowledged", 7);
    assertEquals(await cluster.session.settled(1_000), true);
    await waitUntil("the framework was told", () => cluster.told("t1").length === 3);
    assertEquals(cluster.told("t1"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
    assertEquals(cluster.told("t2"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
    // A finished id comes again.
    cluster.launch("t1");
    await cluster.heard("event", 3);
    cluster.report("t1", "TASK_STARTING", "TASK_FAILED");
    await cluster.heard("acknowledged", 9);
    assertEquals([cluster.count("refused"), cluster.count("remark")], [0, 0]);
  });

  Deno.test(`agent: its restart loses neither tasks nor reports, in ${media}`, async () => {
    await using cluster = new Cluster({ media });
    cluster.launch("t1");
    void cluster.session;
    await cluster.heard("event");
    cluster.report("t1", "TASK_STARTING", "TASK_RUNNING");
    await cluster.heard("acknowledged", 2);
    cluster.launch("t2");
    await cluster.heard("event", 2);
    await cluster.stop();
    await cluster.heard("disconnected");
    cluster.report("t2", "TASK_STARTING");
    await cluster.until("the port is closed", () => cluster.count("remark") >= 1);
    cluster.agent.readiness = "reading";
    cluster.agent.listen();
    await cluster.until("the agent is not ready", () => cluster.count("remark") >= 2);
    await cluster.agent.close();
    cluster.recover();
    await cluster.until("subscribed again", () => cluster.count("subscribed") === 2);
    cluster.report("t2", "TASK_RUNNING");
    cluster.report("t1", "TASK_FINISHED");
    await cluster.until("all is acknowledged", () => cluster.session.unacknowledged === 0);
    await cluster.until("t1 was told", () => cluster.told("t1").includes("TASK_FINISHED"));
    await cluster.until("t2 was told", () => cluster.told("t2").includes("TASK_RUNNING"));
    assertEquals(cluster.told("t2"), ["TASK_STARTING", "TASK_RUNNING"]);
    assertEquals(cluster.agent.exchanges.some((line) => line.endsWith("UPDATE 503")), true);
  });
}

Deno.test("agent: after a broken stream nothing is lost, although the agent itself notices nothing", async () => {
  await using cluster = new Cluster();
  cluster.launch("t1");
  void cluster.session;
  await cluster.heard("event");
  cluster.agent.cutStreams();
  cluster.report("t1", "TASK_STARTING", "TASK_RUNNING");
  await cluster.heard("disconnected");
  await cluster.until("subscribed again", () => cluster.count("subscribed") === 2);
  await cluster.until("all is acknowledged", () => cluster.session.unacknowledged === 0);
  assertEquals(cluster.told("t1"), ["TASK_STARTING", "TASK_RUNNING"]);
});

Deno.test("agent: a token opens the door, and the domain socket is another one", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-agent-" });
  try {
    await using cluster = new Cluster({ jwtKey: "key", domainSocket: `${directory}/agent.sock` });
    cluster.launch("t1");
    void cluster.session;
    await cluster.heard("event");
    cluster.report("t1", "TASK_STARTING", "TASK_RUNNING");
    await cluster.heard("acknowledged", 2);
    assertEquals(cluster.agent.exchanges[0], "POST /slave(1)/api/v1/executor SUBSCRIBE 200");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("agent: a token that it does not take is told of in its own words, without the token", async () => {
  await using cluster = new Cluster({ jwtKey: "key", tokenKey: "another" });
  cluster.launch("t1");
  void cluster.session;
  await cluster.heard("remark");
  const [remark] = cluster.notices;
  assertEquals(remark, {
    kind: "remark",
    text: "No subscription with the Mesos agent: the agent refuses this executor " +
      "(401 Unauthorized. Invalid JWT: Token signature does not match)",
  });
  cluster.agent.conduct.problems.length = 0;
});

Deno.test("agent: without checkpointing a restart of the agent ends the session at once", async () => {
  await using cluster = new Cluster({ checkpoint: false });
  cluster.launch("t1");
  void cluster.session;
  await cluster.heard("event");
  cluster.report("t1", "TASK_STARTING", "TASK_RUNNING");
  await cluster.heard("acknowledged", 2);
  await cluster.stop();
  await cluster.heard("gave-up");
  cluster.report("t1", "TASK_KILLED");
  assertEquals(await cluster.session.settled(60_000), false);
});

Deno.test("agent: an executor that comes too late is shut down, and knows it", async () => {
  await using cluster = new Cluster();
  cluster.launch("t1");
  cluster.agent.drive((core) => core.kill("t1"));
  void cluster.session;
  await cluster.heard("event");
  assertEquals([cluster.events(), cluster.count("subscribed")], [["SHUTDOWN"], 0]);
  assertEquals(await cluster.session.settled(1_000), true);
});

Deno.test("agent: after SHUTDOWN reports still reach the framework; after TEARDOWN they are never acknowledged", async () => {
  for (const end of ["shutdown", "teardown"] as const) {
    await using cluster = new Cluster();
    cluster.launch("t1");
    void cluster.session;
    await cluster.heard("event");
    cluster.report("t1", "TASK_STARTING", "TASK_RUNNING");
    await cluster.heard("acknowledged", 2);
    cluster.agent.drive((core) => end === "shutdown" ? core.shutdown("e1") : core.tearDown());
    await cluster.heard("event", 2);
    cluster.report("t1", "TASK_KILLING", "TASK_KILLED");
    await waitUntil(
      "both were sent",
      () => cluster.agent.exchanges.filter((line) => line.endsWith("UPDATE 202")).length === 4,
    );
    if (end === "shutdown") await cluster.heard("acknowledged", 4);
    const settled = cluster.session.settled(1_000);
    await cluster.clock.advance(1_000);
    assertEquals(await settled, end === "shutdown");
  }
});
