import type { ExecutorInfo, FrameworkInfo, TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { isTerminal } from "../agent/task_states.ts";
import { taskKey } from "./master_agent.ts";
import type { AgentLaunch, AgentMemory, RememberedTask } from "./master_settings.ts";

interface LedgerTask {
  readonly frameworkId: string;
  readonly info: TaskInfo;
  readonly executorId: string | undefined;
  readonly statuses: TaskStatus[];
}

/** What an agent remembers of tasks and executors, so that it can tell a master that has forgotten. */
export class AgentLedger {
  readonly #frameworks = new Map<string, FrameworkInfo>();
  readonly #executors = new Map<string, { readonly frameworkId: string; readonly info: ExecutorInfo }>();
  readonly #tasks = new Map<string, LedgerTask>();

  launched({ framework, executor, tasks }: AgentLaunch): void {
    const frameworkId = framework.id?.value ?? "";
    const executorId = executor?.executor_id.value;
    this.#frameworks.set(frameworkId, framework);
    if (executor !== undefined) {
      this.#executors.set(taskKey(frameworkId, executor.executor_id.value), { frameworkId, info: executor });
    }
    for (const info of tasks) {
      this.#tasks.set(taskKey(frameworkId, info.task_id.value), {
        frameworkId,
        info,
        executorId,
        statuses: [],
      });
    }
  }

  reported(frameworkId: string, status: TaskStatus): void {
    const statuses = this.#tasks.get(taskKey(frameworkId, status.task_id.value))?.statuses;
    if (statuses === undefined) return;
    if (statuses.at(-1)?.state === status.state) statuses.pop();
    statuses.push(status);
  }

  /** The scheduler has an update: a task is forgotten when it has the last one. */
  acknowledged(frameworkId: string, taskId: string, uuid: Uint8Array): void {
    const key = taskKey(frameworkId, taskId);
    const last = this.#tasks.get(key)?.statuses.at(-1);
    if (last !== undefined && isTerminal(last.state) && last.uuid?.toHex() === uuid.toHex()) {
      this.#tasks.delete(key);
    }
  }

  exited(frameworkId: string, executorId: string): void {
    this.#executors.delete(taskKey(frameworkId, executorId));
  }

  /** Forgets a framework. */
  tornDown(frameworkId: string): void {
    this.#frameworks.delete(frameworkId);
    for (const entries of [this.#tasks, this.#executors]) {
      for (const [key, entry] of entries) if (entry.frameworkId === frameworkId) entries.delete(key);
    }
  }

  /** Forgets what does not survive the agent: everything of frameworks without checkpoint. */
  died(): void {
    for (const [id, framework] of [...this.#frameworks]) {
      if (framework.checkpoint !== true) this.tornDown(id);
    }
  }

  memory(): AgentMemory {
    return {
      frameworks: [...this.#frameworks.values()],
      executors: [...this.#executors.values()],
      tasks: [...this.#tasks.values()].map((task): RememberedTask => ({
        ...task,
        state: task.statuses.at(-1)?.state ?? "TASK_STAGING",
      })),
    };
  }
}
