import type { TaskState } from "./messages_task.ts";

/** States of tasks that nothing comes after. */
export const terminalStates: ReadonlySet<string> = new Set<TaskState>([
  "TASK_FINISHED",
  "TASK_FAILED",
  "TASK_KILLED",
  "TASK_ERROR",
  "TASK_LOST",
  "TASK_DROPPED",
  "TASK_GONE",
  "TASK_GONE_BY_OPERATOR",
]);

/** Whether nothing comes after this state. */
export function isTerminal(state: TaskState): boolean {
  return terminalStates.has(state);
}
