import type {
  ExecutorInfo,
  TaskInfo,
  TaskResourceLimitation,
  TaskState,
  TaskStatus,
  TaskStatusReason,
} from "../../../src/mesos/wire/messages.ts";
import { isTerminal } from "./task_states.ts";

/** Why an executor's container ended, where the agent knows more than its exit status. */
export interface Termination {
  readonly state?: TaskState;
  readonly reason: TaskStatusReason;
  readonly message: string;
  readonly limitation?: TaskResourceLimitation;
}

/** A task that was handed to its executor. */
interface LaunchedTask {
  readonly info: TaskInfo;
  state: TaskState;
  /** Whether the executor itself ever reported on it. */
  reported: boolean;
}

/** One run of an executor as the agent keeps it: its state, its stream, its container and its tasks. */
export class ExecutorRun {
  state: "REGISTERING" | "RUNNING" | "TERMINATING" | "TERMINATED" = "REGISTERING";
  /** The stream of events: the last one that was opened, whether the connection still stands or not. */
  stream: number | undefined;
  /** Process id, once there is a process. */
  pid: number | undefined;
  /** Whether the container exists: then the agent knows its status. */
  contained = true;
  pendingTermination: Termination | undefined;
  registerBy: number | undefined;
  shutdownBy: number | undefined;
  heartbeatAt: number | undefined;
  readonly queued = new Map<string, TaskInfo>();
  readonly queuedGroups: (readonly TaskInfo[])[] = [];
  readonly launched = new Map<string, LaunchedTask>();
  readonly terminated = new Map<string, LaunchedTask>();
  #everReported = false;

  constructor(readonly info: ExecutorInfo, readonly containerId: string) {}

  get id(): string {
    return this.info.executor_id.value;
  }

  has(taskId: string): boolean {
    return this.queued.has(taskId) || this.launched.has(taskId) || this.terminated.has(taskId);
  }

  /** Whether a task is queued, running or has a terminal update that the scheduler has not acknowledged. */
  get incomplete(): boolean {
    return this.queued.size + this.launched.size + this.terminated.size > 0;
  }

  get everSentTask(): boolean {
    return this.launched.size > 0 || this.#everReported ||
      [...this.terminated.values()].some((task) => task.reported);
  }

  /** The queued tasks that go when this one is killed, which is its whole group, and the words for it. */
  killQueued(taskId: string): { readonly taskIds: readonly string[]; readonly message: string } {
    const group = this.queuedGroups.find((group) => group.some((task) => task.task_id.value === taskId));
    return {
      taskIds: group?.map((task) => task.task_id.value) ?? [taskId],
      message: group !== undefined && this.state === "REGISTERING"
        ? "A task within the task group was killed before delivery to the executor"
        : "Killed before delivery to the executor",
    };
  }

  /** Keeps tasks until the executor can have them; those of a group only together. */
  queue(tasks: readonly TaskInfo[], group: boolean): void {
    for (const task of tasks) this.queued.set(task.task_id.value, task);
    if (group) this.queuedGroups.push(tasks);
  }

  /** Hands a queued task over. */
  deliver(task: TaskInfo): void {
    this.queued.delete(task.task_id.value);
    this.launched.set(task.task_id.value, { info: task, state: "TASK_STAGING", reported: false });
  }

  /** Moves a task to the state of an update. False when Mesos refuses it: the update then goes no further. */
  apply(status: TaskStatus): boolean {
    const id = status.task_id.value;
    const queued = this.queued.get(id);
    const task = queued === undefined
      ? this.launched.get(id)
      : { info: queued, state: status.state, reported: false };
    if (task === undefined) return false;
    if (queued !== undefined) {
      if (!isTerminal(status.state)) return false;
      this.queued.delete(id);
    }
    task.state = status.state;
    if (status.source === "SOURCE_EXECUTOR") task.reported = true;
    if (isTerminal(status.state)) {
      this.launched.delete(id);
      this.terminated.set(id, task);
    }
    return true;
  }

  /** The scheduler has the terminal update of a task. */
  complete(taskId: string): void {
    if (this.terminated.get(taskId)?.reported) this.#everReported = true;
    this.terminated.delete(taskId);
  }
}

/** What is reported of the tasks that an executor left behind. */
export function lastWords(
  run: ExecutorRun,
  termination: Termination | undefined,
): Required<Omit<Termination, "limitation">> & {
  readonly limitation?: TaskResourceLimitation;
} {
  const why = termination ?? run.pendingTermination;
  const messages = [run.pendingTermination?.message, termination?.message].filter((one) => one !== undefined);
  return {
    state: why?.state ?? "TASK_FAILED",
    reason: why?.reason ?? "REASON_EXECUTOR_TERMINATED",
    message: messages.length === 0 ? "Executor terminated" : messages.join("; "),
    ...(why?.limitation === undefined ? {} : { limitation: why.limitation }),
  };
}
