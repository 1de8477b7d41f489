import type { TaskState } from "../../../src/mesos/wire/messages.ts";

const terminalStates: ReadonlySet<TaskState> = new Set([
  "TASK_FINISHED",
  "TASK_FAILED",
  "TASK_KILLED",
  "TASK_ERROR",
  "TASK_LOST",
  "TASK_DROPPED",
  "TASK_GONE",
  "TASK_GONE_BY_OPERATOR",
]);

/** Whether a task in this state is over. */
export function isTerminal(state: TaskState): boolean {
  return terminalStates.has(state);
}
