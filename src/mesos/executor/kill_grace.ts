/**
 * How long a task has from a kill to its end. Mesos names three places for it, and a repeated kill may only shorten
 * what is left (Mesos docs, "Task kill policy"; the behaviour of its own executors).
 */

import type { DurationInfo } from "../wire/messages_basics.ts";
import type { KillPolicy } from "../wire/messages_task.ts";

/** A kill that is under way. Times in milliseconds of a clock that does not jump. */
export interface KillUnderWay {
  readonly since: number;
  /** When what is left is killed; absent: when the graces of the spec are over. */
  readonly deadline?: number;
}

/**
 * The grace in milliseconds that a kill has: of the event, else of the task. Undefined: neither names one, and the
 * containers have the graces of their spec.
 */
export function graceOfKill(event: KillPolicy | undefined, task: KillPolicy | undefined): number | undefined {
  return millisecondsOf(event?.grace_period) ?? millisecondsOf(task?.grace_period);
}

/**
 * What a kill makes of the one that is under way: the first one begins it, a later one brings the deadline forward,
 * counted from the first, and never puts it off.
 *
 * @param grace milliseconds; undefined: without a deadline of its own, which changes nothing that is under way
 */
export function nextKill(
  before: KillUnderWay | undefined,
  grace: number | undefined,
  now: number,
): KillUnderWay {
  const since = before?.since ?? now;
  if (grace === undefined) return before ?? { since };
  const deadline = since + Math.max(0, grace);
  if (before?.deadline !== undefined && before.deadline <= deadline) return before;
  return { since, deadline };
}

/** The agent destroys the executor after the grace of its environment: so much earlier the pod has to be gone. */
const shutdownMargins = 2_000;

/** The grace in milliseconds that tasks have at SHUTDOWN, of the grace that the agent gives the executor. */
export function graceOfShutdown(executorGrace: number): number {
  return Math.max(0, executorGrace - shutdownMargins);
}

/** Milliseconds of a duration; a negative one counts as none at all, which is: at once. */
export function millisecondsOf(duration: DurationInfo | undefined): number | undefined {
  return duration === undefined ? undefined : Math.max(0, duration.nanoseconds / 1e6);
}
