import type { ExecutorInfo, TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import { AgentService } from "./agent_service.ts";
import type { AgentEffect, SchedulerNews } from "./agent_settings.ts";
import { type Deeds, deedsOf, heard, newsByTask } from "./deeds.ts";
import type { Termination } from "./executor_run.ts";
import { RawClient } from "./raw_client.ts";
import type { Members } from "./read_call.ts";
import { baseTime, factsOf, requestBytes } from "./recorded_facts.ts";
import { idOf, list, members, statusesIn, typed, typeOf } from "./recorded_messages.ts";
import type { RecordedLine, Recording } from "./recording.ts";

/** How the agent of a recording was set up, where that is not the usual way. */
export interface ReplaySetup {
  readonly launcher?: "posix" | "linux";
  readonly registrationTimeout?: number;
  readonly jwtKey?: string;
  readonly domainSocket?: boolean;
}

/** Plays what executor and scheduler did in a recording against the strict agent, at the recorded times. */
export class Replay {
  readonly #recording: Recording;
  readonly #clock: SteppedClock;
  readonly #service: AgentService;
  readonly #clients = new Map<number, RawClient>();
  readonly #news: SchedulerNews[] = [];
  readonly #directory: string | undefined;
  readonly #socket: string | undefined;
  readonly #base: number;
  /** The agent is started again, and is ready when the recording says so. */
  #starting = false;
  #listening = true;

  private constructor(recording: Recording, setup: ReplaySetup, directory: string | undefined) {
    this.#recording = recording;
    this.#directory = directory;
    this.#socket = directory === undefined ? undefined : `${directory}/agent.sock`;
    this.#base = baseTime(recording.lines);
    this.#clock = new SteppedClock(this.#base);
    const facts = factsOf(recording);
    this.#service = new AgentService({
      core: {
        agent: facts.agent,
        agentId: facts.agentId,
        ip: "127.0.0.1",
        framework: facts.framework,
        frameworkId: facts.framework.id?.value ?? "",
        launcher: setup.launcher ?? "posix",
        registrationTimeout: setup.registrationTimeout ?? 60_000,
        reregistrationTimeout: 2_000,
        shutdownGrace: 5_000,
        randomUuid: () => crypto.getRandomValues(new Uint8Array(16)),
        newContainerId: (executor) => facts.containers.get(executor) ?? crypto.randomUUID(),
      },
      listening: {
        hostname: "127.0.0.1",
        port: 0,
        ...(this.#socket === undefined ? {} : { domainSocket: this.#socket }),
      },
      ...(setup.jwtKey === undefined ? {} : { jwtKey: setup.jwtKey }),
      clock: this.#clock,
      act: (effect) => this.#act(effect, facts.pids),
    });
  }

  /** @returns what the strict agent did */
  static async run(recording: Recording, setup: ReplaySetup): Promise<Deeds> {
    const directory = setup.domainSocket ? await Deno.makeTempDir({ prefix: "mesolet-agent-" }) : undefined;
    const replay = new Replay(recording, setup, directory);
    try {
      return await replay.#play();
    } finally {
      await replay.#end();
    }
  }

  async #play(): Promise<Deeds> {
    this.#service.listen();
    if (!this.#recording.lines.some((line) => typeOf(line) === "ACCEPT")) this.#launchWhatWasLaunched();
    for (const [index, line] of this.#recording.lines.entries()) {
      await this.#clock.advance(Math.max(0, this.#base + line.at_ms - this.#clock.now()));
      await this.#playLine(line, index);
    }
    return {
      connections: Object.fromEntries([...this.#clients].map(([conn, client]) => [conn, heard(client)])),
      scheduler: newsByTask(this.#news),
    };
  }

  async #end(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
    await this.#service.end();
    if (this.#directory !== undefined) await Deno.remove(this.#directory, { recursive: true });
  }

  async #playLine(line: RecordedLine, index: number): Promise<void> {
    if (line.dir === "scheduler->master" && line.kind === "request") return this.#schedule(line, index);
    if (line.dir === "executor->agent") {
      if (line.kind === "request") return await this.#ask(line, index);
      if (line.kind === "eof") return await this.#clients.get(line.conn ?? 0)?.close();
      if (line.kind === "connect-error") return await this.#fail();
    }
    if (line.dir === "agent->executor") await this.#awaitHeard(line.conn ?? 0, index);
    if (line.kind === "note") await this.#remark(line, index);
  }

  #schedule(line: RecordedLine, index: number): void {
    const call = members(line.body);
    const body = members(call[String(call.type).toLowerCase()]);
    const taskId = idOf(body.task_id);
    this.#service.drive((core) => {
      switch (call.type) {
        case "ACCEPT":
          for (const operation of list(body.operations)) this.#launch(members(operation), index);
          break;
        case "ACKNOWLEDGE":
          core.acknowledge(taskId, this.#uuidFor(taskId, String(body.uuid)));
          break;
        case "KILL":
          core.kill(
            taskId,
            body.kill_policy === undefined ? undefined : typed("KillPolicy", body.kill_policy),
          );
          break;
        case "SHUTDOWN":
          core.shutdown(idOf(body.executor_id));
          break;
        case "TEARDOWN":
          core.tearDown();
          break;
        case "MESSAGE":
          if (idOf(body.agent_id).startsWith("nosuch")) break;
          core.message(idOf(body.executor_id), Uint8Array.fromBase64(String(body.data)));
      }
    });
  }

  /** The uuid of an update that the agent made itself is another one here. */
  #uuidFor(taskId: string, recorded: string): Uint8Array {
    const uuid = Uint8Array.fromBase64(recorded);
    const meant = this.#recording.lines.flatMap(statusesIn).find((status) =>
      status.uuid?.toBase64() === recorded
    );
    if (meant?.source !== "SOURCE_AGENT") return uuid;
    const ours = this.#news.flatMap((news) => news.type === "UPDATE" ? [news.update.status] : []);
    return ours.findLast((one) => one.task_id.value === taskId && one.state === meant.state)?.uuid ?? uuid;
  }

  #launch(operation: Members, index: number): void {
    const group = operation.launch_group === undefined ? undefined : members(operation.launch_group);
    const tasks = group === undefined
      ? list(members(operation.launch).task_infos)
      : list(members(group.task_group).tasks);
    // What the master refuses never comes to the agent. Its answer is in one of the next lines.
    const refused = this.#recording.lines.slice(index, index + 8).flatMap(statusesIn)
      .filter((status) => status.state === "TASK_ERROR").map((status) => status.task_id.value);
    const infos = tasks.map((task) => typed<TaskInfo>("TaskInfo", task))
      .filter((task) => !refused.includes(task.task_id.value));
    if (infos.length === 0) return;
    if (group !== undefined) {
      const executor = typed<ExecutorInfo>("ExecutorInfo", group.executor);
      return this.#service.core.launch(executor, infos.map((task) => ({ ...task, executor })), true);
    }
    for (const task of infos) {
      if (task.executor !== undefined) this.#service.core.launch(task.executor, [task], false);
    }
  }

  /** Where the scheduler was not recorded. */
  #launchWhatWasLaunched(): void {
    for (const line of this.#recording.lines) {
      if (line.dir !== "agent->executor" || typeOf(line) !== "LAUNCH") continue;
      const task = typed<TaskInfo>("TaskInfo", members(members(line.body).launch).task);
      const { executor } = task;
      if (executor !== undefined) this.#service.drive((core) => core.launch(executor, [task], false));
    }
  }

  async #ask(line: RecordedLine, index: number): Promise<void> {
    const expected = this.#recording.lines.slice(index + 1).find((other) => other.conn === line.conn);
    this.#becomeReady(line, expected?.status);
    const client = await this.#client(line.conn ?? 0, line.path ?? "");
    const before = client.answers.length;
    const sent = client.send(requestBytes(line)).catch(() => {/* The agent cut it, as it did before. */});
    await Promise.race([sent, Promise.resolve()]);
    if (expected?.kind !== "response-head") return;
    const what = `an answer to ${line.method} of line ${index + 1}`;
    await waitUntil(what, () => client.answers.length > before || client.ended !== undefined, 5_000);
    await this.#clock.settle();
  }

  /** After a restart the agent is as far as its recorded answer to the next request shows. */
  #becomeReady(line: RecordedLine, status: number | undefined): void {
    if (!this.#starting || status === undefined) return;
    if (!this.#listening) this.#service.listen();
    this.#listening = true;
    if (status === 404) this.#service.readiness = "routing";
    else if (status === 503 && typeOf(line) === "SUBSCRIBE") this.#service.readiness = "reading";
    else this.#finishStart();
  }

  #finishStart(): void {
    if (!this.#listening) this.#service.listen();
    this.#listening = true;
    this.#starting = false;
    this.#service.readiness = "ready";
    this.#service.drive((core) => core.recover());
  }

  async #fail(): Promise<void> {
    try {
      (await this.#connect("")).close();
    } catch {
      return;
    }
    throw new Error("The agent took a connection although it is down");
  }

  async #client(conn: number, path: string): Promise<RawClient> {
    const known = this.#clients.get(conn);
    if (known !== undefined) return known;
    // A recorded connection over the socket differs only in its path, and in what its answer is.
    const answer = this.#recording.lines.find((line) => line.conn === conn && line.kind === "response-head");
    const client = new RawClient(await this.#connect(answer?.text === "403 Forbidden." ? "/slave(1)" : path));
    this.#clients.set(conn, client);
    return client;
  }

  #connect(path: string): Promise<Deno.Conn> {
    return this.#socket !== undefined && path.startsWith("/slave")
      ? Deno.connect({ transport: "unix", path: this.#socket })
      : Deno.connect({ hostname: "127.0.0.1", port: this.#service.port });
  }

  async #remark(line: RecordedLine, index: number): Promise<void> {
    const words = line.text ?? "";
    if (words.startsWith("agent stops")) {
      await this.#service.close();
      this.#listening = false;
      this.#service.drive((core) => core.stop());
    }
    if (words.startsWith("agent starts")) {
      this.#starting = true;
      const next = this.#recording.lines.slice(index + 1)
        .find((other) => other.dir === "executor->agent" && other.at_ms < line.at_ms + 1_000);
      if (next === undefined) this.#finishStart();
    }
    const exit = /^executor process (\S+) exits with code (\d+)/.exec(words);
    if (exit !== null) this.#exit(exit[1] ?? "", Number(exit[2]) * 256);
    const gone = /^executor process (\S+) is gone/.exec(words)?.[1];
    const why = this.#recording.lines.slice(index).flatMap(statusesIn)
      .find((status) => status.reason === "REASON_CONTAINER_LIMITATION_MEMORY");
    if (gone !== undefined && why !== undefined) this.#exit(gone, 9, terminationOf(why));
  }

  #exit(executorId: string, status: number, termination?: Termination): void {
    this.#service.drive((core) => {
      const run = core.find(factsOf(this.#recording).framework.id?.value ?? "", executorId);
      if (typeof run !== "string" && run.contained) core.exited(run.containerId, status, termination);
    });
  }

  #act(
    effect: Extract<AgentEffect, { kind: "scheduler" | "start" | "destroy" }>,
    pids: ReadonlyMap<string, number>,
  ): void {
    if (effect.kind === "scheduler") this.#news.push(effect.news);
    else if (effect.kind === "destroy") {
      queueMicrotask(() => this.#service.drive((core) => core.exited(effect.containerId, 9)));
    } else {
      queueMicrotask(() =>
        this.#service.drive((core) => {
          const pid = pids.get(effect.containerId);
          if (pid !== undefined) core.started(effect.containerId, pid);
          const why = this.#recording.lines.flatMap(statusesIn)
            .find((status) => status.reason === "REASON_CONTAINER_LAUNCH_FAILED");
          if (why !== undefined) core.exited(effect.containerId, 256, terminationOf(why));
        })
      );
    }
  }

  /** What came by then in the recording is to come here as well; if it does not, the comparison says so. */
  async #awaitHeard(conn: number, index: number): Promise<void> {
    const client = this.#clients.get(conn);
    if (client === undefined) return;
    const lines = this.#recording.lines.slice(0, index + 1);
    const wanted = deedsOf({ ...this.#recording, lines }).connections[conn]?.length ?? 0;
    await waitUntil("", () => heard(client).length >= wanted, 5_000).catch(() => {});
  }
}

function terminationOf(status: TaskStatus): Termination {
  return {
    reason: status.reason ?? "REASON_EXECUTOR_TERMINATED",
    message: status.message ?? "",
    ...(status.limitation === undefined ? {} : { limitation: status.limitation }),
  };
}
