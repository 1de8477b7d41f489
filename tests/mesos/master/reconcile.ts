import type { SchedulerCallReconcileTask, TaskState, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import type { MasterFramework } from "./master_framework.ts";
import type { MasterState } from "./master_state.ts";
import { masterStatus } from "./master_task.ts";

/** Answers what a framework asks of its tasks; asked of none, tells of all that are reachable. */
export function reconcile(
  state: MasterState,
  framework: MasterFramework,
  asked: readonly SchedulerCallReconcileTask[],
): void {
  if (asked.length === 0) {
    const now = state.settings.now();
    for (const task of framework.tasks.values()) state.tellStatus(framework, task.latestStatus(now));
    return;
  }
  for (const one of asked) {
    const status = answer(state, framework, one.task_id.value, one.agent_id?.value);
    if (status !== undefined) state.tellStatus(framework, status);
  }
}

/** No answer while the agent, or where none is named any agent, has not come back to a restarted master. */
function answer(
  state: MasterState,
  framework: MasterFramework,
  taskId: string,
  agentId: string | undefined,
): TaskStatus | undefined {
  const now = state.settings.now();
  const task = framework.tasks.get(taskId);
  if (task !== undefined) return task.latestStatus(now);
  if (agentId === undefined ? state.recovered.size > 0 : state.recovered.has(agentId)) return undefined;
  const say = (taskState: TaskState, words: string): TaskStatus => ({
    ...masterStatus(taskId, framework.orLost(taskState), now),
    message: `Reconciliation: Task is ${words}`,
    reason: "REASON_RECONCILIATION",
    ...(agentId === undefined ? {} : { agent_id: { value: agentId } }),
  });
  if (agentId !== undefined) {
    if (state.agents.has(agentId)) return say("TASK_GONE", "unknown to the agent");
    const since = state.unreachable.get(agentId);
    if (since !== undefined) {
      return {
        ...say("TASK_UNREACHABLE", "unreachable"),
        unreachable_time: { nanoseconds: since * 1e6 },
      };
    }
    if (state.gone.has(agentId)) return say("TASK_GONE_BY_OPERATOR", "gone");
  }
  return say("TASK_UNKNOWN", "unknown");
}
