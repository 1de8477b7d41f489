import type { ExecutorCall, FrameworkInfo } from "../../../src/mesos/wire/messages.ts";
import { decodeExecutorCall } from "../../../src/mesos/wire/codec.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import { AgentCore } from "../agent/agent_core.ts";
import type { AgentEffect, SchedulerNews } from "../agent/agent_settings.ts";
import { carryOut } from "../agent/answer.ts";
import { RawClient } from "../agent/raw_client.ts";
import { baseTime, requestBytes } from "../agent/recorded_facts.ts";
import { idOf, members, statusesIn, typeOf } from "../agent/recorded_messages.ts";
import type { RecordedLine, Recording } from "../agent/recording.ts";
import { type FrameworkAgent, FrameworkAgents } from "./framework_agents.ts";
import { deedsOf, heard, type MasterDeeds } from "./master_deeds.ts";
import { masterFactsOf } from "./master_facts.ts";
import { MasterFramework } from "./master_framework.ts";
import { MasterService } from "./master_service.ts";

/** How the master of a recording was set up, where that is not the usual way. */
export interface MasterReplaySetup {
  readonly credentials?: ReadonlyMap<string, string>;
  readonly agentPingTimeout?: number;
  /** Frameworks that were removed before the recording began. */
  readonly removed?: readonly string[];
}

/**
 * Plays what schedulers, operators and executors did in a recording against the strict master, at the recorded times.
 * Behind it is the strict agent, without its sockets.
 */
export class MasterReplay {
  readonly #recording: Recording;
  readonly #facts: ReturnType<typeof masterFactsOf>;
  readonly #clock: SteppedClock;
  readonly #base: number;
  readonly #service: MasterService;
  readonly #agent: FrameworkAgents;
  readonly #cores = new Map<string, AgentCore>();
  readonly #clients = new Map<number, RawClient>();
  readonly #allocations: number[];
  /** The master is started again, and is ready when the recording says so. */
  #starting = false;
  /** The agent is to register again. */
  #away = false;

  private constructor(recording: Recording, setup: MasterReplaySetup) {
    this.#recording = recording;
    const facts = this.#facts = masterFactsOf(recording);
    this.#base = baseTime(recording.lines);
    this.#clock = new SteppedClock(this.#base);
    this.#allocations = [...facts.allocations];
    const ids = [...facts.masterIds];
    const streams = [...facts.streamIds];
    this.#service = new MasterService({
      listening: { hostname: "127.0.0.1", port: 0 },
      ...(setup.credentials === undefined ? {} : { credentials: setup.credentials }),
      newStreamId: () => streams.shift() ?? "a stream more than recorded",
      host: {
        clock: this.#clock,
        newMasterId: () => ids.shift() ?? "a master more than recorded",
        core: {
          ip: "127.0.0.1",
          port: 5050,
          hostname: "127.0.0.1",
          allocationInterval: Infinity,
          ...(setup.agentPingTimeout === undefined ? {} : { agentPingTimeout: setup.agentPingTimeout }),
          first: {
            framework: facts.firstFramework,
            offer: facts.firstOffer,
            agent: Number(facts.agentId.split("-S").at(-1)),
          },
        },
      },
    });
    const { host } = this.#service;
    for (const id of setup.removed ?? []) {
      const framework = new MasterFramework(id, { user: "root", name: "rec" });
      host.core.state.removedFrameworks.set(id, framework);
    }
    this.#agent = new FrameworkAgents(host, (framework, tell) => this.#frameworkAgent(framework, tell));
    this.#agent.id = host.register(
      { hostname: "127.0.0.1", ip: "127.0.0.1", port: 5051, resources: facts.resources },
      this.#agent,
    );
  }

  /** @returns what the strict master did */
  static async run(recording: Recording, setup: MasterReplaySetup): Promise<MasterDeeds> {
    const replay = new MasterReplay(recording, setup);
    try {
      return await replay.#play();
    } finally {
      for (const client of replay.#clients.values()) await client.close();
      await replay.#service.end();
    }
  }

  async #play(): Promise<MasterDeeds> {
    for (const [index, line] of this.#recording.lines.entries()) {
      await this.#advance(line.at_ms);
      await this.#playLine(line, index);
    }
    return Object.fromEntries([...this.#clients].map(([conn, client]) => [conn, heard(client)]));
  }

  async #advance(atMs: number): Promise<void> {
    for (;;) {
      const [next] = this.#allocations;
      if (next === undefined || next > atMs) break;
      this.#allocations.shift();
      await this.#clock.advance(Math.max(0, this.#base + next - this.#clock.now()));
      if (this.#service.host.phase === "leading") this.#service.host.drive((core) => core.allocate());
    }
    await this.#clock.advance(Math.max(0, this.#base + atMs - this.#clock.now()));
    for (const core of this.#cores.values()) core.tick();
  }

  async #playLine(line: RecordedLine, index: number): Promise<void> {
    switch (line.dir) {
      case "scheduler->master":
      case "operator->master":
        if (line.kind === "request") return await this.#ask(line, index);
        if (line.kind === "connect-error") return await this.#fail();
        if (line.kind === "eof") {
          await this.#clients.get(line.conn ?? 0)?.close();
          await this.#clock.settle();
          const { streams } = this.#service;
          await waitUntil("the master sees the end", () => this.#service.streams <= streams, 5_000);
        }
        return;
      case "executor->agent":
        // What the agent refused is none of the master's business.
        if (line.kind === "request" && (this.#answerTo(line, index) ?? 400) < 300) this.#execute(line);
        return;
      case "master->scheduler":
        if (line.kind === "chunk") this.#prepare(line);
        return await this.#awaitHeard(line.conn ?? 0, index);
      case "note":
        return await this.#remark(line.text ?? "");
    }
  }

  async #ask(line: RecordedLine, index: number): Promise<void> {
    const expected = this.#recording.lines.slice(index + 1).find((other) => other.conn === line.conn);
    if (this.#starting) this.#becomeReady(expected?.status);
    if (expected?.kind === "eof") return;
    const conn = line.conn ?? 0;
    const client = this.#clients.get(conn) ?? new RawClient(await this.#connect());
    this.#clients.set(conn, client);
    const before = client.answers.length;
    await client.send(requestBytes(line));
    const what = `an answer to ${line.method} ${line.path} of line ${index + 1}`;
    await waitUntil(what, () => client.answers.length > before || client.ended !== undefined, 5_000);
    await this.#clock.settle();
  }

  /** After a restart the master is as far as its recorded answer to the next request shows. */
  #becomeReady(status: number | undefined): void {
    if (this.#service.host.phase === "down") this.#service.listen();
    if (status === 503) this.#service.host.phase = "recovering";
    else {
      this.#service.host.lead();
      this.#starting = false;
      this.#away = true;
    }
  }

  #answerTo(line: RecordedLine, index: number): number | undefined {
    return this.#recording.lines.slice(index + 1)
      .find(({ conn, kind }) => conn === line.conn && kind === "response-head")?.status;
  }

  #execute(line: RecordedLine): void {
    const call: ExecutorCall = line.body_base64 === undefined
      ? decodeExecutorCall(new TextEncoder().encode(JSON.stringify(line.body)), "application/json")
      : decodeExecutorCall(
        Uint8Array.fromBase64(line.body_base64),
        this.#recording.encoding,
      );
    if (call.type === "UNKNOWN") return;
    const core = this.#cores.get(call.framework_id.value);
    if (core === undefined) return;
    if (call.type !== "SUBSCRIBE") return carryOut(call, core);
    const run = core.find(call.framework_id.value, call.executor_id.value);
    if (typeof run === "string") return;
    const pid = this.#facts.pids.get(run.containerId);
    if (pid !== undefined) core.started(run.containerId, pid);
    core.subscribe(run, call.subscribe, line.conn ?? 0);
  }

  /** What made the recorded master say something, where no other line shows it. */
  #prepare(line: RecordedLine): void {
    const back = statusesIn(line).some(({ reason }) => reason === "REASON_AGENT_REREGISTERED") ||
      (typeOf(line) === "OFFERS" && !statusesIn(line).length);
    if (this.#away && back) {
      this.#away = false;
      this.#service.host.reregister(this.#agent.id, {
        hostname: "127.0.0.1",
        ip: "127.0.0.1",
        port: 5051,
        resources: this.#facts.resources,
      }, this.#agent);
    }
    if (typeOf(line) !== "FAILURE") return;
    const failure = members(members(line.body).failure);
    if (failure.executor_id === undefined) return;
    for (const [frameworkId, core] of this.#cores) {
      const run = core.find(frameworkId, idOf(failure.executor_id));
      if (typeof run !== "string" && run.contained) core.exited(run.containerId, Number(failure.status));
    }
  }

  async #remark(words: string): Promise<void> {
    if (words.startsWith("the master is stopped")) {
      this.#service.host.stop();
      await this.#service.close();
    }
    if (words.startsWith("master starts")) this.#starting = true;
    if (words.startsWith("agent stops")) {
      for (const core of this.#cores.values()) core.stop();
      this.#agent.connected = false;
      this.#agent.died();
      this.#service.host.disconnect(this.#agent.id);
    }
    if (words.startsWith("agent starts")) {
      for (const core of this.#cores.values()) core.recover();
      this.#away = true;
    }
    if (words.startsWith("the agent gets SIGUSR1")) {
      this.#service.host.unregister(this.#agent.id);
      for (const core of this.#cores.values()) core.tearDown();
    }
  }

  #frameworkAgent(framework: FrameworkInfo, tell: (news: SchedulerNews) => void): FrameworkAgent {
    const frameworkId = framework.id?.value ?? "";
    const core = new AgentCore({
      agent: { hostname: "127.0.0.1", port: 5051, id: { value: this.#agent.id } },
      agentId: this.#agent.id,
      ip: "127.0.0.1",
      framework,
      frameworkId,
      launcher: "posix",
      registrationTimeout: 60_000,
      reregistrationTimeout: 2_000,
      shutdownGrace: 5_000,
      now: () => this.#clock.now(),
      randomUuid: () => Uint8Array.fromBase64(this.#facts.uuids.shift() ?? "AAAAAAAAAAAAAAAAAAAAAA=="),
      newContainerId: (executor) =>
        this.#facts.containers.get(`${frameworkId} ${executor}`)?.shift() ?? crypto.randomUUID(),
      act: (effect: AgentEffect) => {
        if (effect.kind === "scheduler") tell(effect.news);
      },
    });
    this.#cores.set(frameworkId, core);
    return core;
  }

  async #fail(): Promise<void> {
    try {
      (await this.#connect()).close();
    } catch {
      return;
    }
    throw new Error("The master took a connection although it is down");
  }

  #connect(): Promise<Deno.Conn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.#service.port });
  }

  /** What came by then in the recording is to come here as well; if it does not, the comparison says so. */
  async #awaitHeard(conn: number, index: number): Promise<void> {
    const client = this.#clients.get(conn);
    if (client === undefined) return;
    const lines = this.#recording.lines.slice(0, index + 1);
    const wanted = deedsOf({ ...this.#recording, lines })[conn]?.length ?? 0;
    await waitUntil("", () => heard(client).length >= wanted, 1_000).catch(() => {});
  }
}
