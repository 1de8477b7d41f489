import type { TaskInfo, TaskState, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { isTerminal } from "../agent/task_states.ts";
import { Amounts } from "./amounts.ts";
import type { RememberedTask } from "./master_settings.ts";

/** A task as the master keeps it. */
export class MasterTask {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly info: TaskInfo;
  readonly executorId: string | undefined;
  readonly resources: Amounts;
  readonly statuses: TaskStatus[] = [];
  /** The newest state that the agent knows: it decides who has the resources. */
  state: TaskState = "TASK_STAGING";
  /** The state of the newest update that went to the scheduler: it is what reconciliation tells. */
  updateState: TaskState | undefined;
  updateUuid: Uint8Array | undefined;
  /** Since when its agent is unreachable; milliseconds since 1970. */
  unreachableSince: number | undefined;

  constructor(frameworkId: string, agentId: string, info: TaskInfo, executorId: string | undefined) {
    this.frameworkId = frameworkId;
    this.agentId = agentId;
    this.info = info;
    this.executorId = executorId;
    this.resources = Amounts.of(info.resources);
  }

  /** What an agent tells of a task that this master does not know. */
  static remembered(agentId: string, task: RememberedTask): MasterTask {
    const made = new MasterTask(task.frameworkId, agentId, task.info, task.executorId);
    made.state = task.state;
    made.statuses.push(...task.statuses);
    const last = task.statuses.at(-1);
    if (last !== undefined) {
      made.updateState = last.state;
      made.updateUuid = last.uuid;
    }
    return made;
  }

  get id(): string {
    return this.info.task_id.value;
  }

  /** Whether its resources are free. */
  get ended(): boolean {
    return isTerminal(this.state);
  }

  /** Takes an update in. @returns whether the task ended by it */
  apply(status: TaskStatus, latest: TaskState): boolean {
    const before = this.ended;
    if (!before) this.state = latest;
    const { data: _, ...kept } = status;
    if (this.statuses.at(-1)?.state === status.state) this.statuses.pop();
    this.statuses.push(kept);
    return !before && this.ended;
  }

  /** What reconciliation says of it; `now` in milliseconds. */
  latestStatus(now: number): TaskStatus {
    const last = this.statuses.at(-1);
    return {
      ...masterStatus(this.id, this.updateState ?? this.state, now),
      message: "Reconciliation: Latest task state",
      reason: "REASON_RECONCILIATION",
      agent_id: { value: this.agentId },
      ...(this.executorId === undefined ? {} : { executor_id: { value: this.executorId } }),
      ...(last?.healthy === undefined ? {} : { healthy: last.healthy }),
      ...(last?.check_status === undefined ? {} : { check_status: last.check_status }),
      ...(last?.container_status === undefined ? {} : { container_status: last.container_status }),
    };
  }
}

/** An update that the master makes itself; it has no uuid and is not to be acknowledged. */
export function masterStatus(taskId: string, state: TaskState, now: number): TaskStatus {
  return { task_id: { value: taskId }, state, source: "SOURCE_MASTER", timestamp: now / 1_000 };
}
