import type { ExecutorInfo, Unavailability } from "../../../src/mesos/wire/messages.ts";
import { Amounts } from "./amounts.ts";
import type { AgentDescription, AgentLink } from "./master_settings.ts";
import type { MasterTask } from "./master_task.ts";

/** What is to become of an agent that is drained. */
export interface Draining {
  readonly markGone: boolean;
  state: "DRAINING" | "DRAINED";
}

/** A registered agent as the master keeps it. */
export class MasterAgent {
  readonly id: string;
  description: AgentDescription;
  link: AgentLink;
  /** Whether the line to it stands. */
  connected = true;
  /** Made so by an operator: no offers. */
  deactivated = false;
  draining: Draining | undefined;
  unavailability: Unavailability | undefined;
  total: Amounts;
  /** Neither used nor offered; without allocation. */
  available: Amounts;
  /** Used, by role. */
  used = Amounts.none;
  registered: number;
  reregistered: number | undefined;
  readonly offers = new Set<string>();
  readonly inverseOffers = new Set<string>();
  readonly tasks = new Map<string, MasterTask>();
  /** Killed while the agent was away: told again when it is back. By key of the task. */
  readonly killed = new Map<string, { readonly frameworkId: string; readonly taskId: string }>();
  readonly #executors = new Map<string, Map<string, ExecutorInfo>>();

  constructor(id: string, description: AgentDescription, link: AgentLink, now: number) {
    this.id = id;
    this.description = description;
    this.link = link;
    this.registered = now;
    this.total = Amounts.of(description.resources);
    this.available = this.total;
  }

  /** Whether its resources may be offered. */
  get active(): boolean {
    return this.connected && !this.deactivated && this.draining === undefined;
  }

  executorsOf(frameworkId: string): ReadonlyMap<string, ExecutorInfo> {
    return this.#executors.get(frameworkId) ?? new Map();
  }

  /** All executors with their frameworks. */
  executors(): readonly { readonly frameworkId: string; readonly info: ExecutorInfo }[] {
    return [...this.#executors].flatMap(([frameworkId, infos]) =>
      [...infos.values()].map((info) => ({ frameworkId, info }))
    );
  }

  addExecutor(frameworkId: string, info: ExecutorInfo): void {
    const infos = this.#executors.get(frameworkId) ?? new Map<string, ExecutorInfo>();
    this.#executors.set(frameworkId, infos);
    infos.set(info.executor_id.value, info);
  }

  removeExecutor(frameworkId: string, executorId: string): ExecutorInfo | undefined {
    const infos = this.#executors.get(frameworkId);
    const info = infos?.get(executorId);
    infos?.delete(executorId);
    if (infos?.size === 0) this.#executors.delete(frameworkId);
    return info;
  }
}

/** A task's place in an agent's map. */
export function taskKey(frameworkId: string, taskId: string): string {
  return `${frameworkId}\0${taskId}`;
}
