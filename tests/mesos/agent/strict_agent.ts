import type {
  ExecutorInfo,
  FrameworkInfo,
  FrameworkInfoCapabilityType,
  KillPolicy,
  TaskGroupInfo,
  TaskInfo,
  TaskStatus,
} from "../../../src/mesos/wire/messages.ts";
import { type Clock, systemClock } from "../../../src/pod/clock.ts";
import { waitUntil } from "../../support/wait.ts";
import type { AgentCore } from "./agent_core.ts";
import { AgentService } from "./agent_service.ts";
import { type AgentEffect, type SchedulerNews, usualCapabilities } from "./agent_settings.ts";
import { companions, type ExecutorProcess, type Exit, startExecutor } from "./executor_process.ts";
import { givenEnvironment } from "./given_environment.ts";
import { fetchInto, sandboxPath } from "./sandbox.ts";
import { makeToken } from "./token.ts";

/** How an agent is set up. Times in milliseconds; what is left out is as on a real agent. */
export interface StrictAgentOptions {
  /** Whether the framework has `checkpoint`. */
  readonly checkpoint: boolean;
  readonly recoveryTimeout?: number;
  readonly reregistrationTimeout?: number;
  readonly registrationTimeout?: number;
  readonly subscriptionBackoffMax?: number;
  readonly shutdownGrace?: number;
  /** With a key, executors get a token and must show it. */
  readonly jwtKey?: string;
  /** PEM. The executor learns of it from `environment` alone, as with a real agent. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Listens at a domain socket as well, and names it. */
  readonly domainSocket?: boolean;
  /** Of the framework. */
  readonly capabilities?: readonly FrameworkInfoCapabilityType[];
  readonly launcher?: "posix" | "linux";
  /** The executor, for tasks that bring none: its words. */
  readonly executorCommand: readonly string[];
  /** What `--executor_environment_variables` adds for every executor. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Sends each record in several chunks. */
  readonly scatter?: boolean;
  /** Kept when the agent is closed; otherwise a temporary directory that goes. */
  readonly workDirectory?: string;
  readonly clock?: Clock;
  /** A master whose agent it is, which launches and acknowledges through {@linkcode StrictAgent.drive}. */
  readonly master?: {
    readonly agentId: string;
    readonly framework: FrameworkInfo;
    readonly tell: (news: SchedulerNews) => void;
  };
}

/** A task, of which the agent fills in `agent_id` and `executor` where they are missing. */
export type TaskWish = Omit<TaskInfo, "agent_id"> & Partial<Pick<TaskInfo, "agent_id">>;

const ip = "127.0.0.1";

/**
 * An agent of Mesos to test an executor against: answers, refusals and silences as of a real one, and the executor as a
 * real process with the environment that a real agent gives. The scheduler behind it acknowledges what it sees.
 */
export class StrictAgent implements AsyncDisposable {
  readonly agentId: string;
  readonly frameworkId: string;
  /** What the scheduler saw, in order. */
  readonly news: SchedulerNews[] = [];
  readonly #options: StrictAgentOptions;
  readonly #clock: Clock;
  readonly #service: AgentService;
  readonly #workDirectory: string;
  readonly #processes = new Map<string, ExecutorProcess>();
  readonly #starts = new Set<Promise<void>>();
  readonly #unacknowledged: TaskStatus[] = [];
  #acknowledging = true;
  #exited = Promise.withResolvers<Exit>();
  #last:
    | { readonly containerId: string; readonly token: string | undefined; readonly sandbox: string }
    | undefined;
  #closed = false;

  private constructor(options: StrictAgentOptions, workDirectory: string) {
    this.#options = options;
    this.#workDirectory = workDirectory;
    this.#clock = options.clock ?? systemClock;
    const { master } = options;
    this.agentId = master?.agentId ?? `${crypto.randomUUID()}-S0`;
    this.frameworkId = master?.framework.id?.value ?? `${crypto.randomUUID()}-0000`;
    const framework: FrameworkInfo = master?.framework ?? {
      user: "root",
      name: "strict",
      id: { value: this.frameworkId },
      failover_timeout: 3_600,
      checkpoint: options.checkpoint,
      roles: ["*"],
      capabilities: (options.capabilities ?? usualCapabilities).map((type) => ({ type })),
    };
    this.#service = new AgentService({
      core: {
        agent: { hostname: ip, port: 5051, id: { value: this.agentId } },
        agentId: this.agentId,
        ip,
        framework,
        frameworkId: this.frameworkId,
        launcher: options.launcher ?? "posix",
        registrationTimeout: options.registrationTimeout ?? 60_000,
        reregistrationTimeout: options.reregistrationTimeout ?? 2_000,
        shutdownGrace: options.shutdownGrace ?? 5_000,
        randomUuid: () => crypto.getRandomValues(new Uint8Array(16)),
        newContainerId: () => crypto.randomUUID(),
      },
      listening: {
        hostname: ip,
        port: 0,
        ...(options.tls === undefined ? {} : { tls: options.tls }),
        ...(options.domainSocket === true ? { domainSocket: this.domainSocket } : {}),
      },
      ...(options.jwtKey === undefined ? {} : { jwtKey: options.jwtKey }),
      ...(options.scatter === undefined ? {} : { scatter: options.scatter }),
      clock: this.#clock,
      act: (effect) => this.#act(effect),
    });
  }

  static async start(options: StrictAgentOptions): Promise<StrictAgent> {
    const workDirectory = options.workDirectory ?? await Deno.makeTempDir({ prefix: "mesolet-agent-" });
    const agent = new StrictAgent(options, await Deno.realPath(workDirectory));
    agent.#service.listen();
    return agent;
  }

  /** Launches a task, or all tasks of a group together. Resolves when the executor runs, or could not be started. */
  async launch(wish: TaskWish | { readonly tasks: readonly TaskWish[] }): Promise<void> {
    const group: TaskGroupInfo | undefined = "tasks" in wish
      ? { tasks: wish.tasks.map((task) => this.#complete(task)) }
      : undefined;
    const tasks = "tasks" in wish ? group?.tasks ?? [] : [this.#complete(wish)];
    const executor = tasks[0]?.executor ?? this.#executorFor(tasks[0]?.task_id.value ?? "");
    const whole = tasks.map((task) => ({ ...task, executor }));
    this.#service.drive((core) => core.launch(executor, whole, group !== undefined));
    await Promise.all(this.#starts);
  }

  /** Does something to the agent as its master does. */
  drive(work: (core: AgentCore) => void): void {
    this.#service.drive(work);
  }

  /** What the scheduler saw of tasks, in order. */
  get updates(): readonly TaskStatus[] {
    return this.news.flatMap((one) => one.type === "UPDATE" ? [one.update.status] : []);
  }

  /** Waits for an update that the scheduler sees, or saw already. */
  async update(wanted: (status: TaskStatus) => boolean, deadline = 20_000): Promise<TaskStatus> {
    await waitUntil("an update that the scheduler waits for", () => this.updates.some(wanted), deadline)
      .catch(
        (error) => {
          const seen = this.updates.map((status) => `${status.task_id.value} ${status.state}`).join(", ");
          throw new Error(`${error.message}; it saw ${seen || "nothing"}`, { cause: error });
        },
      );
    const found = this.updates.find(wanted);
    if (found === undefined) throw new Error("The update is gone");
    return found;
  }

  /** Waits until an executor's stream stands. */
  async subscribed(deadline = 20_000): Promise<void> {
    await waitUntil("the executor is subscribed", () => this.#service.subscribed, deadline);
  }

  /** @param policy `gracePeriod` in milliseconds; without it, the call has no kill_policy */
  kill(taskId: string, policy: { readonly gracePeriod?: number } = {}): void {
    const { gracePeriod } = policy;
    const given: KillPolicy | undefined = gracePeriod === undefined
      ? undefined
      : { grace_period: { nanoseconds: gracePeriod * 1e6 } };
    this.#service.drive((core) => core.kill(taskId, given));
  }

  /** Shuts the executor down as the scheduler would; every executor if none is named. */
  shutdown(executorId?: string): void {
    const ids = executorId === undefined ? [...this.#executorIds] : [executorId];
    for (const id of ids) this.#service.drive((core) => core.shutdown(id));
  }
  readonly #executorIds = new Set<string>();

  /** Takes the framework down for good. */
  tearDown(): void {
    this.#service.drive((core) => core.tearDown());
  }

  /** Bytes from the scheduler to the executor. */
  message(data: Uint8Array): void {
    for (const id of this.#executorIds) this.#service.drive((core) => core.message(id, data));
  }

  /** Whether the scheduler acknowledges updates. Those that it held back go when it begins again. */
  set acknowledging(on: boolean) {
    this.#acknowledging = on;
    if (on) { for (const status of this.#unacknowledged.splice(0)) this.#acknowledge(status); }
  }

  /**
   * Stops the agent and starts it again; executors stay. Resolves when executors may subscribe.
   *
   * @param times how long nothing listens, then nothing is found, then nothing is read; milliseconds
   */
  async restart(
    times: { readonly downFor: number; readonly routingFor?: number; readonly readingFor?: number },
  ) {
    await this.stop();
    await this.#clock.sleep(times.downFor);
    this.#service.readiness = "routing";
    this.#service.listen();
    await this.#clock.sleep(times.routingFor ?? 100);
    this.#service.readiness = "reading";
    await this.#clock.sleep(times.readingFor ?? 100);
    this.#service.readiness = "ready";
    this.#service.drive((core) => core.recover());
  }

  /** Stops the agent for good: connections are refused. */
  async stop(): Promise<void> {
    this.#service.drive((core) => core.stop());
    await this.#service.close();
  }

  /** Breaks the stream of events, and nothing else. */
  drop(): void {
    this.#service.cutStreams();
  }

  /** Keeps silent, with all connections open. */
  hang(): void {
    this.#service.hanging = true;
  }

  /** Speaks again after {@linkcode hang}. */
  resume(): void {
    this.#service.hanging = false;
  }

  /** Answers everything with this status from now on; without one, as it should. */
  refuse(status?: number): void {
    this.#service.refusing = status;
  }

  /** What was wrong or unwise in what the executor said. */
  get problems(): readonly string[] {
    return this.#service.conduct.problems;
  }

  /** Every request and what it came to: `POST /api/v1/executor UPDATE 202`. */
  get exchanges(): readonly string[] {
    return this.#service.exchanges;
  }

  /** The end of the executor that was started last. */
  get exited(): Promise<Exit> {
    return this.#exited.promise;
  }

  get sandbox(): string {
    if (this.#last === undefined) throw new Error("No executor was started");
    return this.#last.sandbox;
  }

  /** Process id of the executor that was started last. */
  get pid(): number | undefined {
    return this.#processes.get(this.#last?.containerId ?? "")?.pid;
  }

  get endpoint(): string {
    return `${ip}:${this.#service.port}`;
  }

  get domainSocket(): string {
    return `${this.#workDirectory}/agent.sock`;
  }

  /** The processes beside the executor that have its token in their environment: none should. */
  async tokenHolders(): Promise<readonly string[]> {
    const token = this.#last?.token;
    const { pid } = this;
    if (token === undefined || pid === undefined) return [];
    return (await companions(pid)).filter((one) => one.environment.includes(token)).map((one) => one.words);
  }

  /** Kills what still runs, closes everything and removes what was made. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#starts);
    for (const process of this.#processes.values()) process.kill();
    await Promise.all([...this.#processes.values()].map((process) => process.exited));
    await this.#service.end();
    if (this.#options.workDirectory === undefined) {
      await Deno.remove(this.#workDirectory, { recursive: true });
    }
  }

  #complete(wish: TaskWish): TaskInfo {
    return { ...wish, agent_id: { value: this.agentId } };
  }

  #executorFor(taskId: string): ExecutorInfo {
    const words = this.#options.executorCommand.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    return {
      type: "CUSTOM",
      executor_id: { value: `executor-${taskId}` },
      framework_id: { value: this.frameworkId },
      command: { shell: true, value: `exec ${words.join(" ")}` },
    };
  }

  #act(effect: Extract<AgentEffect, { readonly kind: "scheduler" | "start" | "destroy" }>): void {
    if (effect.kind === "destroy") this.#processes.get(effect.containerId)?.kill();
    else if (effect.kind === "start") {
      const starting = this.#start(effect.executor, effect.containerId).finally(() =>
        this.#starts.delete(starting)
      );
      this.#starts.add(starting);
    } else this.#see(effect.news);
  }

  #see(news: SchedulerNews): void {
    this.news.push(news);
    if (this.#options.master !== undefined) return this.#options.master.tell(news);
    if (news.type !== "UPDATE" || news.update.status.uuid === undefined) return;
    const { status } = news.update;
    if (!this.#acknowledging) this.#unacknowledged.push(status);
    else queueMicrotask(() => this.#acknowledge(status));
  }

  #acknowledge({ task_id, uuid }: TaskStatus): void {
    if (uuid !== undefined) this.#service.drive((core) => core.acknowledge(task_id.value, uuid));
  }

  async #start(executor: ExecutorInfo, containerId: string): Promise<void> {
    const command = executor.command ?? {};
    const id = executor.executor_id.value;
    const sandbox = sandboxPath(this.#workDirectory, {
      agent: this.agentId,
      framework: this.frameworkId,
      executor: id,
      container: containerId,
    });
    const { jwtKey, shutdownGrace = 5_000 } = this.#options;
    const own = executor.shutdown_grace_period?.nanoseconds;
    const claims = { fid: this.frameworkId, eid: id, cid: containerId };
    const token = jwtKey === undefined ? undefined : makeToken(jwtKey, claims);
    this.#executorIds.add(id);
    this.#exited = Promise.withResolvers();
    this.#last = { containerId, token, sandbox };
    try {
      await Deno.mkdir(sandbox, { recursive: true });
      await fetchInto(sandbox, command.uris ?? []);
    } catch {
      const message =
        `Failed to launch container: Failed to fetch all URIs for container '${containerId}': ` +
        "exited with status 1";
      this.#service.drive((core) =>
        core.exited(containerId, 256, { reason: "REASON_CONTAINER_LAUNCH_FAILED", message })
      );
      return;
    }
    const process = startExecutor(
      command,
      sandbox,
      givenEnvironment({
        frameworkId: this.frameworkId,
        executorId: id,
        agentId: this.agentId,
        ip,
        port: this.#service.port,
        sandbox,
        checkpoint: this.#options.checkpoint,
        recoveryTimeout: this.#options.recoveryTimeout ?? 900_000,
        subscriptionBackoffMax: this.#options.subscriptionBackoffMax ?? 2_000,
        shutdownGrace: own === undefined ? shutdownGrace : own / 1e6,
        ...(token === undefined ? {} : { token }),
        ...(this.#options.domainSocket === true ? { domainSocket: this.domainSocket } : {}),
        additional: this.#options.environment ?? {},
        command,
      }),
    );
    this.#processes.set(containerId, process);
    this.#service.drive((core) => core.started(containerId, process.pid));
    const exited = this.#exited;
    process.exited.then((exit) => {
      this.#service.drive((core) => core.exited(containerId, exit.waitStatus));
      exited.resolve(exit);
    });
  }
}
