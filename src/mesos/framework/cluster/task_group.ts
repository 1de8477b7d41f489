/** An instance that is a group of tasks: what each of them says, and what that makes of the whole. */

import { present } from "../../../pod/present.ts";
import type { TaskState, TaskStatus } from "../../wire/messages.ts";
import type { TaskGroup } from "./messages.ts";
import type { MemberRecord, TaskRecord } from "./records.ts";
import { endOf } from "./task_end.ts";
import { readMemberId } from "./task_id.ts";

/** The tasks of a group that is launched now. */
export function membersOf({ tasks }: TaskGroup): MemberRecord[] {
  return tasks.map(({ task_id: { value: id }, health_check }) => ({
    id,
    name: nameOf(id),
    hasHealth: health_check !== undefined,
    state: "TASK_STAGING",
  }));
}

/** The ids that the master knows an instance by: those of its tasks that are not over. */
export function openTasksOf({ id, members }: Pick<TaskRecord, "id" | "members">): readonly string[] {
  return members === undefined ? [id] : members.filter((member) => !isOver(member)).map(({ id }) => id);
}

/** Whether a group has a task that did not end well, so that the others end as well. */
export function isFailing({ members = [] }: Pick<TaskRecord, "members">): boolean {
  return members.some((member) => rankOf(member) < rankKilled);
}

/**
 * Takes what is told of one task of a group.
 *
 * @returns the group, the same object where that is nothing new, and what is told as a report of the whole: it runs when
 *   all run that are not over, and it ends with the last one, as the one that did worst
 */
export function groupReport(
  group: TaskRecord,
  status: TaskStatus,
): { readonly task: TaskRecord; readonly whole: TaskStatus } {
  const before = group.members ?? [];
  const members = withReport(before, status);
  const task = members === before ? group : { ...group, members };
  const { task_id: _id, state: _state, message: _message, healthy: _healthy, reason, ...rest } = status;
  const told = {
    task_id: { value: group.id },
    ...rest,
    // That of one task may be none of the whole; that somebody only answered is.
    ...(reason === "REASON_RECONCILIATION" ? { reason } : {}),
  };
  const open = members.filter((member) => !isOver(member));
  const [worst] = members.filter(isOver).sort((one, other) => rankOf(one) - rankOf(other));
  if (open.length === 0 && worst !== undefined) {
    return { task, whole: { ...told, ...present({ state: endState(worst), message: wordsOf(worst) }) } };
  }
  const failing = isFailing({ members }) ? worst : undefined;
  const own = members.find(({ id }) => id === status.task_id.value);
  return {
    task,
    whole: {
      ...told,
      ...present({
        state: stateOf(open, members),
        message: wordsOf(failing ?? own),
        healthy: failing === undefined ? healthOf(open) : false,
      }),
    },
  };
}

function withReport(members: readonly MemberRecord[], status: TaskStatus): readonly MemberRecord[] {
  const id = status.task_id.value;
  const before = members.find((member) => member.id === id);
  // Nothing comes after an end.
  if (before !== undefined && isOver(before)) return members;
  const { state, healthy, message, reason } = status;
  // The master's own answers say less than the executor's reports.
  const isAnswer = reason === "REASON_RECONCILIATION";
  const next: MemberRecord = {
    id,
    name: nameOf(id),
    hasHealth: before?.hasHealth ?? healthy !== undefined,
    state,
    ...present({
      healthy: healthy ?? (isAnswer ? before?.healthy : undefined),
      message: isAnswer ? before?.message ?? message : message,
    }),
  };
  if (before === undefined) return [...members, next];
  const isSame = before.state === next.state && before.healthy === next.healthy &&
    before.message === next.message;
  return isSame ? members : members.map((member) => member === before ? next : member);
}

function stateOf(open: readonly MemberRecord[], members: readonly MemberRecord[]): TaskState {
  const some = (state: TaskState) => open.some((member) => member.state === state);
  if (some("TASK_UNREACHABLE")) return "TASK_UNREACHABLE";
  // They are on one agent: one that is known again says that of all.
  if (open.every(({ state }) => state === "TASK_UNKNOWN")) return "TASK_UNKNOWN";
  // It is not on its way out for somebody's sake: it is waited for, and its failure counts.
  if (isFailing({ members })) return "TASK_RUNNING";
  if (some("TASK_KILLING") || members.some(({ state }) => state === "TASK_KILLED")) return "TASK_KILLING";
  if (open.every(({ state }) => state === "TASK_RUNNING")) return "TASK_RUNNING";
  return some("TASK_STARTING") || some("TASK_RUNNING") ? "TASK_STARTING" : "TASK_STAGING";
}

/** Whether all checks say that all is well; undefined: there is none, or one has said nothing so far. */
function healthOf(open: readonly MemberRecord[]): boolean | undefined {
  if (open.some(({ healthy }) => healthy === false)) return false;
  const checked = open.filter(({ hasHealth, healthy }) => hasHealth || healthy !== undefined);
  return checked.length > 0 && checked.every(({ healthy }) => healthy === true) ? true : undefined;
}

const rankKilled = 2;

/** The lower, the worse it ended; what has not ended is no end at all. */
function rankOf({ state, healthy }: MemberRecord): number {
  // A task that its check finds unwell is killed by the executor.
  if (state === "TASK_KILLED") return healthy === false ? 0 : rankKilled;
  const end = endOf({ phase: "launched" }, state);
  return end === undefined ? 4 : end === "failed" ? 0 : end === "lost" ? 1 : 3;
}

function endState(worst: MemberRecord): TaskState {
  return worst.state === "TASK_KILLED" && rankOf(worst) === 0 ? "TASK_FAILED" : worst.state;
}

function isOver({ state }: MemberRecord): boolean {
  return endOf({ phase: "launched" }, state) !== undefined;
}

function wordsOf(member: MemberRecord | undefined): string | undefined {
  if (member === undefined) return undefined;
  const { name, message, state, healthy } = member;
  if (message !== undefined && message !== "") return `${name}: ${message}`;
  if (!isOver(member) || state === "TASK_FINISHED") return undefined;
  if (state === "TASK_KILLED") {
    return healthy === false ? `${name} is unhealthy, and was killed` : undefined;
  }
  return `${name} ended: ${state.slice("TASK_".length).toLowerCase().replaceAll("_", " ")}`;
}

function nameOf(id: string): string {
  return readMemberId(id)?.member ?? id;
}
