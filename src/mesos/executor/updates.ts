import { isTerminal } from "../wire/terminal_states.ts";
import type { ExecutorCallSubscribe, ExecutorCallUpdate, TaskInfo } from "../wire/messages.ts";

/** A report on a task that the agent has not acknowledged. */
export interface PendingUpdate {
  /** Its uuid in hexadecimal digits. */
  readonly uuid: string;
  /** Its place among all that is sent. */
  readonly sequence: number;
  readonly taskId: string;
  /** The very bytes of the uuid included: it is sent again as it is. */
  readonly update: ExecutorCallUpdate;
  /** It was sent or listed once: the agent may know it. */
  readonly offered: boolean;
  /** When the agent took it. Absent: it is to be sent. */
  readonly acceptedAt?: number;
  /** The task's id has been launched again since. */
  readonly earlier: boolean;
}

/** What the agent has not acknowledged. Never changed in place. */
export interface Updates {
  /** By uuid, in the order in which they were made. */
  readonly pending: ReadonlyMap<string, PendingUpdate>;
  /** Tasks without an acknowledged update, by id, in the order in which they were launched. */
  readonly tasks: ReadonlyMap<string, TaskInfo>;
  /** Ids of tasks that were launched and have no terminal update yet, not even one that waits. */
  readonly live: ReadonlySet<string>;
}

/** Nothing launched, nothing to tell. */
export const noUpdates: Updates = { pending: new Map(), tasks: new Map(), live: new Set() };

/** The hexadecimal digits of bytes: what uuids are compared by. */
export function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A task was launched. Its id may be that of a task that has ended; reports on that one do not count for this one. */
export function withTask(updates: Updates, task: TaskInfo): Updates {
  const taskId = task.task_id.value;
  const pending = changed(
    updates.pending,
    (one) => one.taskId === taskId && !one.earlier,
    (one) => ({ ...one, earlier: true }),
  );
  const tasks = new Map(updates.tasks);
  tasks.delete(taskId);
  return { pending, tasks: tasks.set(taskId, task), live: new Set([...updates.live, taskId]) };
}

/**
 * Adds a report. Undefined when its task is not running here or has had its terminal report: the agent would take such
 * a one, pass it on to the framework, and never acknowledge it.
 *
 * One that the agent cannot have seen is replaced by a newer one of the same state: while the agent is away, a task
 * whose health changes again and again leaves one report, not hundreds.
 */
export function withUpdate(
  updates: Updates,
  update: ExecutorCallUpdate,
  uuid: string,
  sequence: number,
): Updates | undefined {
  const { state, task_id: { value: taskId } } = update.status;
  if (!updates.live.has(taskId)) return undefined;
  const pending = new Map(updates.pending);
  const last = [...pending.values()].findLast((one) => one.taskId === taskId);
  if (last !== undefined && !last.offered && !last.earlier && last.update.status.state === state) {
    pending.delete(last.uuid);
  }
  pending.set(uuid, { uuid, sequence, taskId, update, offered: false, earlier: false });
  const live = new Set(updates.live);
  if (isTerminal(state)) live.delete(taskId);
  return { ...updates, pending, live };
}

/** These are about to be sent or listed: from now on the agent may know them. */
export function withOffered(updates: Updates, uuids: Iterable<string>): Updates {
  const offered = new Set(uuids);
  return {
    ...updates,
    pending: changed(updates.pending, (one) => offered.has(one.uuid), (one) => ({ ...one, offered: true })),
  };
}

/** The agent has taken these. That it has them for good it says by an acknowledgement. */
export function withAccepted(updates: Updates, uuids: Iterable<string>, now: number): Updates {
  const accepted = new Set(uuids);
  return {
    ...updates,
    pending: changed(
      updates.pending,
      (one) => accepted.has(one.uuid),
      (one) => ({ ...one, offered: true, acceptedAt: now }),
    ),
  };
}

/** What came of an acknowledgement. */
export interface Acknowledgement {
  readonly updates: Updates;
  /** Absent: nothing with this uuid was waiting. */
  readonly update?: PendingUpdate;
}

/**
 * The agent has a report for good. What was made before it about the same task is settled with it, a terminal report
 * excepted: if its own acknowledgement was lost, sending it again would turn the task's history round.
 */
export function withAcknowledged(updates: Updates, uuid: string): Acknowledgement {
  const update = updates.pending.get(uuid);
  if (update === undefined) return { updates };
  const pending = new Map(
    [...updates.pending].filter(([, one]) => one !== update && !isSettledBy(one, update)),
  );
  const tasks = new Map(updates.tasks);
  if (!update.earlier) tasks.delete(update.taskId);
  return { updates: { ...updates, pending, tasks }, update };
}

function isSettledBy(older: PendingUpdate, newer: PendingUpdate): boolean {
  return older.taskId === newer.taskId && older.sequence < newer.sequence &&
    !isTerminal(older.update.status.state);
}

/** A report that is given up. */
export function withoutUpdate(updates: Updates, uuid: string): Updates {
  const pending = new Map(updates.pending);
  pending.delete(uuid);
  return { ...updates, pending };
}

/** Only the terminal reports: what is still worth telling to an agent that has cast us off. */
export function onlyTerminal(updates: Updates): Updates {
  const kept = [...updates.pending].filter(([, one]) => isTerminal(one.update.status.state));
  return { ...updates, pending: new Map(kept) };
}

/** What a SUBSCRIBE has to list: without it the agent takes tasks that it has no report on for lost. */
export function listing(updates: Updates): Required<ExecutorCallSubscribe> {
  return {
    unacknowledged_tasks: [...updates.tasks.values()],
    unacknowledged_updates: [...updates.pending.values()].map((one) => one.update),
  };
}

/**
 * The report to send next: the first that the agent has not taken, or took `resend` milliseconds ago without
 * acknowledging it.
 */
export function nextUpdate(updates: Updates, now: number, resend: number): PendingUpdate | undefined {
  for (const one of updates.pending.values()) {
    if ((dueAt(updates, one, resend) ?? Infinity) <= now) return one;
  }
  return undefined;
}

/** When a report has to be sent, unless it is acknowledged before. Infinity: none has. */
export function nextUpdateAt(updates: Updates, resend: number): number {
  let next = Infinity;
  for (const one of updates.pending.values()) {
    next = Math.min(next, dueAt(updates, one, resend) ?? Infinity);
  }
  return next;
}

/** Undefined: it is not to be sent again. */
function dueAt(updates: Updates, one: PendingUpdate, resend: number): number | undefined {
  // A newer one was taken: this one would come after it.
  for (const other of updates.pending.values()) {
    if (other.acceptedAt !== undefined && isSettledBy(one, other)) return undefined;
  }
  return one.acceptedAt === undefined ? -Infinity : one.acceptedAt + resend;
}

function changed(
  pending: ReadonlyMap<string, PendingUpdate>,
  which: (one: PendingUpdate) => boolean,
  change: (one: PendingUpdate) => PendingUpdate,
): ReadonlyMap<string, PendingUpdate> {
  return new Map([...pending].map(([uuid, one]) => [uuid, which(one) ? change(one) : one]));
}
