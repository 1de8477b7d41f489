import type {
  CommandInfo,
  ExecutorInfo,
  FrameworkInfo,
  KillPolicy,
  TaskInfo,
} from "../../../src/mesos/wire/messages.ts";
import { type Clock, systemClock } from "../../../src/pod/clock.ts";
import type { AgentCore } from "../agent/agent_core.ts";
import { masterDelay } from "../agent/agent_phase.ts";
import type { SchedulerNews } from "../agent/agent_settings.ts";
import { StrictAgent, type StrictAgentOptions } from "../agent/strict_agent.ts";
import { sandboxPath } from "../agent/sandbox.ts";
import { answerAgent } from "./agent_files.ts";
import { type FrameworkAgent, FrameworkAgents } from "./framework_agents.ts";
import type { AgentDescription, AgentDesk } from "./master_settings.ts";
import { taskDocument, version } from "./operator_v0.ts";
import { MasterTask } from "./master_task.ts";
import { NestedSessions, type ParentContainer } from "./nested_sessions.ts";
import { machine } from "./simulated_agents.ts";

/** How the agents of a host are set up; see {@linkcode StrictAgentOptions}. */
export interface StrictAgentHostOptions
  extends
    Omit<StrictAgentOptions, "checkpoint" | "capabilities" | "executorCommand" | "master" | "domainSocket"> {
  /** Of which what is left out is that of an ordinary machine. */
  readonly description?: Partial<Omit<AgentDescription, "ip" | "port">>;
}

/** An executor that runs on a host. */
export interface HostedExecutor {
  readonly frameworkId: string;
  readonly executorId: string;
  /** Absent until there is a process. */
  readonly pid: number | undefined;
  readonly containerId: string;
  readonly command: CommandInfo;
  /** Tasks that it has not ended. */
  readonly taskIds: readonly string[];
}

const ip = "127.0.0.1";

/**
 * An agent with real executors: a strict agent for each framework, in one work directory, and an HTTP server that shows
 * its state and the files of its sandboxes.
 */
export class StrictAgentHost implements AsyncDisposable {
  readonly description: AgentDescription;
  readonly link: FrameworkAgents;
  /** Commands that were run beside executors. */
  readonly sessions: NestedSessions = new NestedSessions(() => this.#parents());
  readonly #desk: AgentDesk;
  readonly #options: StrictAgentHostOptions;
  readonly #root: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clock: Clock;
  readonly #agents = new Map<string, Promise<StrictAgent>>();
  #closed = false;

  private constructor(desk: AgentDesk, options: StrictAgentHostOptions, root: string) {
    this.#desk = desk;
    this.#options = options;
    this.#root = root;
    this.#clock = options.clock ?? systemClock;
    this.#server = Deno.serve(
      { hostname: ip, port: 0, onListen: () => {} },
      (request) =>
        answerAgent(request, {
          root,
          state: () => this.#state(),
          latestRun: (frameworkId, executorId) => this.#latestRun(frameworkId, executorId),
          sessions: this.sessions,
        }),
    );
    const { port } = this.#server.addr;
    this.description = { hostname: ip, resources: machine(), ...options.description, ip, port };
    this.link = new FrameworkAgents(desk, (framework, tell) => this.#serve(framework, tell));
    this.link.id = desk.register(this.description, this.link);
  }

  /** Starts the agent, which registers at once. */
  static async start(desk: AgentDesk, options: StrictAgentHostOptions = {}): Promise<StrictAgentHost> {
    const root = options.workDirectory ?? await Deno.makeTempDir({ prefix: "mesolet-agent-" });
    return new StrictAgentHost(desk, options, await Deno.realPath(root));
  }

  /** Given by the master. */
  get id(): string {
    return this.link.id;
  }

  /** What was wrong or unwise in what executors said. */
  async problems(): Promise<readonly string[]> {
    return (await this.#all()).flatMap((agent) => agent.problems);
  }

  /** The executors that have not ended. */
  async executors(): Promise<readonly HostedExecutor[]> {
    const found: HostedExecutor[] = [];
    for (const [frameworkId, starting] of this.#agents) {
      const agent = await starting;
      agent.drive((core) => {
        for (const { id, pid, containerId, info, launched, queued } of core.executors) {
          const taskIds = [...launched.keys(), ...queued.keys()];
          found.push({ frameworkId, executorId: id, pid, containerId, command: info.command ?? {}, taskIds });
        }
      });
    }
    return found;
  }

  /** Kills an executor with SIGKILL, as nothing but a machine in trouble does. @returns whether there was one */
  async killExecutor(executorId: string): Promise<boolean> {
    const executor = (await this.executors()).find((one) => one.executorId === executorId);
    if (executor?.pid === undefined) return false;
    try {
      Deno.kill(executor.pid, "SIGKILL");
      return true;
    } catch {
      // It ended by itself just now.
      return false;
    }
  }

  /** The agent's process is killed; executors go on. After the ping timeout the agent is unreachable. */
  async stop(): Promise<void> {
    this.link.connected = false;
    this.link.died();
    this.#desk.disconnect(this.id);
    for (const agent of await this.#all()) await agent.stop();
  }

  /** Stops it and starts it again; it registers when executors had their time to come back. */
  async restart(times: { readonly downFor: number }): Promise<void> {
    this.link.connected = false;
    this.link.died();
    this.#desk.disconnect(this.id);
    const agents = await this.#all();
    if (agents.length === 0) await this.#clock.sleep(times.downFor);
    await Promise.all(agents.map((agent) => agent.restart(times)));
    // Only then does the strict agent hear its master again.
    await this.#clock.sleep((this.#options.reregistrationTimeout ?? 2_000) + masterDelay);
    if (!this.#desk.reregister(this.id, this.description, this.link)) this.link.dismiss();
  }

  /** Kills what still runs, closes everything and removes what was made. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.sessions[Symbol.asyncDispose]();
    for (const agent of await this.#all()) await agent[Symbol.asyncDispose]();
    await this.#server.shutdown();
    if (this.#options.workDirectory === undefined) await Deno.remove(this.#root, { recursive: true });
  }

  #all(): Promise<readonly StrictAgent[]> {
    return Promise.all(this.#agents.values());
  }

  #serve(framework: FrameworkInfo, tell: (news: SchedulerNews) => void): FrameworkAgent {
    const { description: _, ...options } = this.#options;
    const started = StrictAgent.start({
      ...options,
      workDirectory: this.#root,
      checkpoint: framework.checkpoint === true,
      executorCommand: [],
      master: { agentId: this.id, framework, tell },
    });
    this.#agents.set(framework.id?.value ?? "", started);
    return new StartingAgent(started);
  }

  /** As far as somebody who looks for a sandbox needs it. */
  async #state(): Promise<unknown> {
    const { tasks, frameworks } = this.link.remember();
    const shown = [];
    for (const [frameworkId, agent] of this.#agents) {
      const info = frameworks.find(({ id }) => id?.value === frameworkId);
      const running: unknown[] = [];
      const ended: unknown[] = [];
      for (const run of await this.#runs(frameworkId)) {
        const found = await new Promise<ReturnType<AgentCore["find"]>>((resolve) =>
          agent.then((one) => one.drive((core) => resolve(core.find(frameworkId, run.id))))
        );
        const lives = typeof found !== "string" && found.containerId === run.container && found.contained;
        const own = tasks.filter((task) => task.frameworkId === frameworkId && task.executorId === run.id)
          .map((task) => taskDocument({ id: frameworkId }, MasterTask.remembered(this.id, task)));
        const document = { ...run, name: run.id, source: run.id, type: "CUSTOM", tasks: lives ? own : [] };
        (lives ? running : ended).push({ ...document, queued_tasks: [], completed_tasks: lives ? [] : own });
      }
      shown.push({
        id: frameworkId,
        name: info?.name ?? "",
        user: info?.user ?? "",
        executors: running,
        completed_executors: ended,
      });
    }
    const { hostname, port } = this.description;
    return {
      ...version,
      id: this.id,
      pid: `slave(1)@${ip}:${port}`,
      hostname,
      frameworks: shown,
      completed_frameworks: [],
    };
  }

  async #parents(): Promise<readonly ParentContainer[]> {
    return (await this.executors()).map(({ frameworkId, executorId, containerId, pid, command }) => ({
      frameworkId,
      executorId,
      containerId,
      pid,
      command,
      sandbox: sandboxPath(this.#root, {
        agent: this.id,
        framework: frameworkId,
        executor: executorId,
        container: containerId,
      }),
    }));
  }

  async #latestRun(frameworkId: string, executorId: string): Promise<string | undefined> {
    let latest: { readonly directory: string; readonly begun: number } | undefined;
    for (const { id, directory } of await this.#runs(frameworkId)) {
      if (id !== executorId) continue;
      const begun = (await Deno.stat(directory)).birthtime?.getTime() ?? 0;
      if (latest === undefined || begun >= latest.begun) latest = { directory, begun };
    }
    return latest?.directory;
  }

  /** Executors that were started, by the sandboxes that are there. */
  async #runs(frameworkId: string) {
    const base = `${this.#root}/slaves/${this.id}/frameworks/${frameworkId}/executors`;
    const runs: { readonly id: string; readonly container: string; readonly directory: string }[] = [];
    for (const id of await names(base)) {
      for (const container of await names(`${base}/${id}/runs`)) {
        runs.push({ id, container, directory: `${base}/${id}/runs/${container}` });
      }
    }
    return runs;
  }
}

/** A strict agent that may not have started yet: what it is told waits for that, in order. */
class StartingAgent implements FrameworkAgent {
  readonly #agent: Promise<StrictAgent>;

  constructor(agent: Promise<StrictAgent>) {
    this.#agent = agent;
  }

  launch(executor: ExecutorInfo, tasks: readonly TaskInfo[], group: boolean): void {
    this.#drive((core) => core.launch(executor, tasks, group));
  }

  kill(taskId: string, policy?: KillPolicy): void {
    this.#drive((core) => core.kill(taskId, policy));
  }

  shutdown(executorId: string): void {
    this.#drive((core) => core.shutdown(executorId));
  }

  message(executorId: string, data: Uint8Array): void {
    this.#drive((core) => core.message(executorId, data));
  }

  acknowledge(taskId: string, uuid: Uint8Array): void {
    this.#drive((core) => core.acknowledge(taskId, uuid));
  }

  tearDown(): void {
    this.#drive((core) => core.tearDown());
  }

  resumeUpdates(): void {
    this.#drive((core) => core.resumeUpdates());
  }

  #drive(work: (core: AgentCore) => void): void {
    this.#agent.then((agent) => agent.drive(work));
  }
}

async function names(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) found.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}
