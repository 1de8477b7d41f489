import type { ExecutorInfo, FrameworkInfo, KillPolicy, TaskInfo } from "../../../src/mesos/wire/messages.ts";
import type { SchedulerNews } from "../agent/agent_settings.ts";
import { AgentLedger } from "./agent_ledger.ts";
import type { AgentDesk, AgentLaunch, AgentLink, AgentMemory } from "./master_settings.ts";

/** An agent as one framework sees it: the strict agent knows one framework each. */
export interface FrameworkAgent {
  launch(executor: ExecutorInfo, tasks: readonly TaskInfo[], group: boolean): void;
  kill(taskId: string, policy?: KillPolicy): void;
  shutdown(executorId: string): void;
  message(executorId: string, data: Uint8Array): void;
  acknowledge(taskId: string, uuid: Uint8Array): void;
  tearDown(): void;
  /** Sends once more what is not acknowledged. */
  resumeUpdates(): void;
}

/** Makes the part of an agent that serves one framework. @param tell what it says to the scheduler */
export type NewFrameworkAgent = (
  framework: FrameworkInfo,
  tell: (news: SchedulerNews) => void,
) => FrameworkAgent;

/** An agent with several frameworks, each served by a {@linkcode FrameworkAgent} of its own. */
export class FrameworkAgents implements AgentLink {
  /** Given by the master. */
  id = "";
  /** While the agent is down or not registered, what it says goes nowhere. */
  connected = true;
  readonly #desk: AgentDesk;
  readonly #make: NewFrameworkAgent;
  readonly #agents = new Map<string, FrameworkAgent>();
  readonly #ledger = new AgentLedger();

  constructor(desk: AgentDesk, make: NewFrameworkAgent) {
    this.#desk = desk;
    this.#make = make;
  }

  /** The part that serves a framework. */
  of(frameworkId: string): FrameworkAgent | undefined {
    return this.#agents.get(frameworkId);
  }

  launch(launch: AgentLaunch): void {
    const { framework, executor, tasks, group } = launch;
    const frameworkId = framework.id?.value ?? "";
    this.#ledger.launched(launch);
    const known = this.#agents.get(frameworkId);
    const agent = known ?? this.#make(framework, (news) => this.#tell(frameworkId, news));
    this.#agents.set(frameworkId, agent);
    // A task with a command of its own would be for the executor that comes with Mesos: there is none.
    if (executor !== undefined) agent.launch(executor, tasks, group);
  }

  kill(frameworkId: string, taskId: string, policy?: KillPolicy): void {
    this.#agents.get(frameworkId)?.kill(taskId, policy);
  }

  shutdown(frameworkId: string, executorId: string): void {
    this.#agents.get(frameworkId)?.shutdown(executorId);
  }

  message(frameworkId: string, executorId: string, data: Uint8Array): void {
    this.#agents.get(frameworkId)?.message(executorId, data);
  }

  acknowledge(frameworkId: string, taskId: string, uuid: Uint8Array): void {
    this.#ledger.acknowledged(frameworkId, taskId, uuid);
    this.#agents.get(frameworkId)?.acknowledge(taskId, uuid);
  }

  tearDown(frameworkId: string): void {
    this.#ledger.tornDown(frameworkId);
    this.#agents.get(frameworkId)?.tearDown();
  }

  frameworkUpdated(framework: FrameworkInfo): void {
    this.#agents.get(framework.id?.value ?? "")?.resumeUpdates();
  }

  registered(): void {
    this.connected = true;
    // Once when the agent registers and once when the master confirms it: pending updates come twice.
    for (const _ of [1, 2]) {
      for (const agent of this.#agents.values()) agent.resumeUpdates();
    }
  }

  dismiss(): void {
    for (const frameworkId of this.#agents.keys()) this.tearDown(frameworkId);
  }

  /** The agent's process died: what does not survive that is forgotten. */
  died(): void {
    this.#ledger.died();
  }

  remember(): AgentMemory {
    return this.#ledger.memory();
  }

  #tell(frameworkId: string, news: SchedulerNews): void {
    if (news.type === "UPDATE") {
      const { status } = news.update;
      // The strict agent also plays the master to its executors; this master speaks for itself.
      if (status.source === "SOURCE_MASTER") return;
      this.#ledger.reported(frameworkId, status);
      if (this.connected) this.#desk.update(this.id, frameworkId, status);
    } else if (news.type === "FAILURE") {
      const { executor_id, status = 0 } = news.failure;
      const executorId = executor_id?.value ?? "";
      this.#ledger.exited(frameworkId, executorId);
      if (this.connected) this.#desk.exited(this.id, frameworkId, executorId, status);
    } else if (this.connected) {
      this.#desk.message(this.id, frameworkId, news.message.executor_id.value, news.message.data);
    }
  }
}
