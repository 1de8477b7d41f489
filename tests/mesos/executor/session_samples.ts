import type {
  ExecutorCallUpdate,
  ExecutorEvent,
  ExecutorEventSubscribed,
  TaskInfo,
  TaskState,
} from "../../../src/mesos/wire/messages.ts";

/** A task with this id. */
export function task(id: string): TaskInfo {
  return { name: id, task_id: { value: id }, agent_id: { value: "S0" } };
}

/** A report of this task. */
export function report(taskId: string, state: TaskState, byte = 0): ExecutorCallUpdate {
  return {
    status: {
      task_id: { value: taskId },
      state,
      source: "SOURCE_EXECUTOR",
      executor_id: { value: "e1" },
      uuid: uuidOf(byte),
    },
  };
}

/** A uuid of sixteen equal bytes. */
export function uuidOf(byte: number): Uint8Array {
  return new Uint8Array(16).fill(byte);
}

/** What an agent sends first. */
export const subscribedPayload: ExecutorEventSubscribed = {
  executor_info: { executor_id: { value: "e1" }, framework_id: { value: "f" } },
  framework_info: { user: "root", name: "frame", id: { value: "f" } },
  agent_info: { hostname: "agent.local", id: { value: "S0" } },
  container_id: { value: "c1" },
};

/** SUBSCRIBED. */
export const subscribedEvent: ExecutorEvent = { type: "SUBSCRIBED", subscribed: subscribedPayload };

/** LAUNCH of a task with this id. */
export function launchEvent(id: string): ExecutorEvent {
  return { type: "LAUNCH", launch: { task: task(id) } };
}

/** ACKNOWLEDGED of a report. */
export function acknowledgedEvent(taskId: string, uuid: Uint8Array): ExecutorEvent {
  return { type: "ACKNOWLEDGED", acknowledged: { task_id: { value: taskId }, uuid } };
}
