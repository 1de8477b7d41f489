import type { MasterInfo, SchedulerEvent, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { Alarms } from "./alarms.ts";
import { Allocator } from "./allocator.ts";
import { Amounts } from "./amounts.ts";
import { type MasterAgent, taskKey } from "./master_agent.ts";
import type { MasterFramework } from "./master_framework.ts";
import type { AgentDescription, MasterSettings } from "./master_settings.ts";
import type { MasterTask } from "./master_task.ts";

/** Everything that a master knows, and the few things that everybody does to it. */
export class MasterState {
  readonly settings: MasterSettings;
  readonly frameworks = new Map<string, MasterFramework>();
  /** Frameworks that are gone for good. */
  readonly removedFrameworks = new Map<string, MasterFramework>();
  readonly agents = new Map<string, MasterAgent>();
  /** Agents of the registry that have not registered again since the master was started. */
  readonly recovered: Map<string, AgentDescription>;
  readonly unreachable: Map<string, number>;
  readonly gone: Set<string>;
  /** Agents that unregistered. */
  readonly removedAgents = new Set<string>();
  readonly alarms = new Alarms();
  readonly allocator: Allocator;
  /** Milliseconds since 1970. */
  readonly started: number;
  #frameworkCount: number;
  #agentCount: number;
  #offerCount: number;

  constructor(settings: MasterSettings) {
    this.settings = settings;
    this.started = settings.now();
    this.recovered = new Map(settings.registry?.agents);
    this.unreachable = new Map(settings.registry?.unreachable);
    this.gone = new Set(settings.registry?.gone);
    this.#frameworkCount = settings.first?.framework ?? 0;
    this.#agentCount = settings.first?.agent ?? 0;
    this.#offerCount = settings.first?.offer ?? 0;
    this.allocator = new Allocator({
      now: settings.now,
      agents: this.agents,
      frameworks: this.frameworks,
      newOfferId: () => `${settings.id}-O${this.#offerCount++}`,
      tell: (framework, event) => this.tell(framework, event),
      quotas: settings.quotas ?? {},
      domain: settings.domain,
    });
  }

  newFrameworkId(): string {
    return `${this.settings.id}-${String(this.#frameworkCount++).padStart(4, "0")}`;
  }

  newAgentId(): string {
    return `${this.settings.id}-S${this.#agentCount++}`;
  }

  get masterInfo(): MasterInfo {
    const { id, ip, port, hostname, domain } = this.settings;
    // The address as a number has its bytes in the order of the network.
    const number = ip.split(".").reduceRight((sum, part) => sum * 256 + Number(part), 0);
    return {
      id,
      ip: number,
      port,
      pid: `master@${ip}:${port}`,
      hostname,
      version: "1.12.0",
      address: { hostname, ip, port },
      ...(domain === undefined ? {} : { domain }),
      capabilities: [{ type: "AGENT_UPDATE" }, { type: "AGENT_DRAINING" }, { type: "QUOTA_V2" }],
    };
  }

  /** Sends an event to a framework whose scheduler is there. */
  tell(framework: MasterFramework, event: SchedulerEvent): void {
    if (framework.stream === undefined) return;
    this.settings.act({ kind: "event", stream: framework.stream.number, event });
  }

  tellStatus(framework: MasterFramework, status: TaskStatus): void {
    this.tell(framework, { type: "UPDATE", update: { status } });
  }

  /** Takes an update into a task; what it held is free when it ended by it. */
  applyUpdate(task: MasterTask, status: TaskStatus, latest = status.state): void {
    if (!task.apply(status, latest)) return;
    this.#release(task.frameworkId, task.agentId, task.resources);
  }

  /** A task is over and done with. */
  completeTask(task: MasterTask): void {
    this.agents.get(task.agentId)?.tasks.delete(taskKey(task.frameworkId, task.id));
    this.agents.get(task.agentId)?.killed.delete(taskKey(task.frameworkId, task.id));
    this.frameworks.get(task.frameworkId)?.complete(task);
  }

  removeExecutor(agent: MasterAgent, frameworkId: string, executorId: string): void {
    const info = agent.removeExecutor(frameworkId, executorId);
    if (info !== undefined) this.#release(frameworkId, agent.id, Amounts.of(info.resources));
  }

  /** Something of a framework begins to use resources of an agent that were offered to it. */
  use(agent: MasterAgent, resources: Amounts): void {
    agent.used = agent.used.plus(resources);
  }

  #release(frameworkId: string, agentId: string, resources: Amounts): void {
    const agent = this.agents.get(agentId);
    if (agent !== undefined) agent.used = agent.used.minus(resources);
    this.allocator.free(frameworkId, agentId, resources);
  }
}
