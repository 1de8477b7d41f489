/** What it means for an instance of a pod that its task is over. */

import { backOff } from "../../../supervisor/restart_policy.ts";
import type { TaskState } from "../../wire/messages.ts";
import type { SlotRecord, TaskRecord } from "./records.ts";

/** The pauses before another task takes the place of one that ended, in milliseconds. */
export interface RestartBounds {
  readonly backOffFirst: number;
  readonly backOffLast: number;
  /** An instance that was ready for so long begins anew. */
  readonly backOffReset: number;
}

/** Those of containers, for the whole pod. */
export const restartBounds: RestartBounds = {
  backOffFirst: 10_000,
  backOffLast: 300_000,
  backOffReset: 600_000,
};

/** How a task ended. */
export type TaskEnd =
  /** All that it was to do is done. */
  | "finished"
  /** It was told to end. */
  | "killed"
  /** It did not do what it was to do. */
  | "failed"
  /** It was lost with its agent, never arrived there, or was killed by somebody else. */
  | "lost";

const ends: Partial<Record<TaskState, TaskEnd>> = {
  TASK_FINISHED: "finished",
  TASK_FAILED: "failed",
  TASK_ERROR: "failed",
  TASK_KILLED: "lost",
  TASK_LOST: "lost",
  TASK_DROPPED: "lost",
  TASK_GONE: "lost",
  TASK_GONE_BY_OPERATOR: "lost",
};

/**
 * How a task ended by its state; undefined: it is not over.
 *
 * Unknown is none that runs on an agent that the master knows, whatever the master has lost: tasks are asked for with
 * their agents, and such a one would be gone. So it is no end but of one that nobody waits for: its agent is yet to come
 * back to a master that does not remember it.
 */
export function endOf(task: Pick<TaskRecord, "phase">, state: TaskState): TaskEnd | undefined {
  if (state === "TASK_UNKNOWN" && task.phase === "given-up") return "killed";
  const end = ends[state];
  if (end === undefined) return undefined;
  return task.phase === "killing" || task.phase === "given-up" ? "killed" : end;
}

/**
 * What is remembered of the slot from now on. After a failure there is a pause that grows; what was lost is replaced at
 * once, unless it is lost again and again.
 *
 * @param now milliseconds since 1970
 */
export function afterEnd(
  before: SlotRecord | undefined,
  task: TaskRecord,
  end: Exclude<TaskEnd, "killed">,
  why: string,
  now: number,
  bounds: RestartBounds = restartBounds,
): SlotRecord {
  const { slot, version, readySince } = task;
  const last = { task: task.id, agent: { id: task.agent.id, hostname: task.agent.hostname } };
  if (end === "finished") return { slot, version, failures: 0, notBefore: 0, finished: true, why, last };
  const wasGood = readySince !== undefined && now - readySince >= bounds.backOffReset;
  const failures = (wasGood || before?.version !== version ? 0 : before.failures) + 1;
  const pause = end === "failed"
    ? backOff(failures, bounds)
    : failures === 1
    ? 0
    : backOff(failures - 1, bounds);
  return { slot, version, failures, notBefore: now + pause, why, last };
}
