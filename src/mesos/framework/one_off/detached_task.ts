/** What a master tells of a framework that was left behind with its one task. */

import { isTerminal, terminalStates } from "../../wire/terminal_states.ts";
import { listOf, objectOf, textOf } from "../../../pod/json.ts";
import type { TaskState, TaskStatus } from "../../wire/messages.ts";
import type { TaskRecord } from "../cluster/records.ts";
import { groupReport } from "../cluster/task_group.ts";
import { readMemberId, readTaskId } from "../cluster/task_id.ts";

/** A framework with one task, as the master knows it. */
export interface DetachedTask {
  readonly name: string;
  readonly roles: readonly string[];
  readonly user: string;
  /** In seconds. */
  readonly failoverTimeout: number;
  readonly task: TaskRecord;
  /** Present: the task is over. */
  readonly end?: TaskStatus;
}

/** Why there is nothing to be attached to. */
export type NoTask = "no-framework" | "over" | "no-task";

/**
 * Looks for a framework in the answers to GET_FRAMEWORKS and GET_TASKS of a master's API v1.
 *
 * @param now milliseconds since 1970
 */
export function detachedTask(
  id: string,
  answers: { readonly frameworks: unknown; readonly tasks: unknown },
  now: number,
): DetachedTask | NoTask {
  const infoIn = (member: string) =>
    listOf(objectOf(answers.frameworks)[member])
      .map((entry) => objectOf(objectOf(entry)["framework_info"]))
      .find((info) => idIn(info["id"]) === id);
  const info = infoIn("frameworks");
  if (info === undefined) return infoIn("completed_frameworks") === undefined ? "no-framework" : "over";
  const tasksIn = (...members: readonly string[]) =>
    members.flatMap((member) => listOf(objectOf(answers.tasks)[member]).map(objectOf))
      .filter((task) => idIn(task["framework_id"]) === id);
  // One that never arrived may be among those that are over.
  const running = tasksIn("tasks", "unreachable_tasks", "pending_tasks").at(-1);
  const entry = running ?? tasksIn("completed_tasks").at(-1);
  if (entry === undefined) return "no-task";
  const role = textOf(info["role"]);
  const roles = role === "" ? listOf(info["roles"]).map(textOf) : [role];
  const { record, status } = asWhole(
    entry,
    tasksIn("tasks", "unreachable_tasks", "pending_tasks", "completed_tasks"),
    now,
  );
  return {
    name: textOf(info["name"]),
    roles: roles.length === 0 ? ["*"] : roles,
    user: textOf(info["user"]),
    failoverTimeout: Number(info["failover_timeout"] ?? 0),
    task: record,
    ...(status === undefined ? {} : { end: status }),
  };
}

interface Whole {
  readonly record: TaskRecord;
  /** Its last one, when it is over. */
  readonly status: TaskStatus | undefined;
}

/** A task, or the group that it is one of. */
function asWhole(
  entry: Readonly<Record<string, unknown>>,
  all: readonly Readonly<Record<string, unknown>>[],
  now: number,
): Whole {
  const own = recordOf(entry, now);
  const instance = readMemberId(own.id)?.instance;
  if (instance === undefined) return { record: own, status: endIn(entry, own) };
  const first: TaskRecord = {
    ...own,
    ...readTaskId(instance),
    id: instance,
    executorId: instance,
    members: [],
  };
  let whole: Whole = { record: first, status: undefined };
  for (const one of all) {
    const record = recordOf(one, now);
    if (readMemberId(record.id)?.instance !== instance) continue;
    const status = endIn(one, record) ?? { task_id: { value: record.id }, state: record.state };
    const report = groupReport(whole.record, status);
    const { state } = report.whole;
    whole = { record: { ...report.task, state }, status: isTerminal(state) ? report.whole : undefined };
  }
  return whole;
}

function recordOf(entry: Readonly<Record<string, unknown>>, now: number): TaskRecord {
  const id = idIn(entry["task_id"]);
  const identity = readTaskId(id);
  const agent = idIn(entry["agent_id"]);
  const executor = idIn(entry["executor_id"]);
  return {
    id,
    pod: identity?.pod ?? textOf(entry["name"]),
    slot: identity?.slot ?? 0,
    version: identity?.version ?? "0",
    role: "*",
    executorId: executor === "" ? id : executor,
    agent: { id: agent, hostname: agent, attributes: [] },
    ports: [],
    phase: "launched",
    intendedAt: now,
    state: stateIn(entry["state"]),
  };
}

function endIn(entry: Readonly<Record<string, unknown>>, { id, state }: TaskRecord): TaskStatus | undefined {
  if (!isTerminal(state)) return undefined;
  const last = listOf(entry["statuses"]).map(objectOf).findLast((status) => status["state"] === state) ?? {};
  const labels = listOf(objectOf(last["labels"])["labels"]).map(objectOf).map((label) => ({
    key: textOf(label["key"]),
    value: textOf(label["value"]),
  }));
  const message = textOf(last["message"]);
  return {
    task_id: { value: id },
    state,
    ...(message === "" ? {} : { message }),
    ...(labels.length === 0 ? {} : { labels: { labels } }),
  };
}

function stateIn(value: unknown): TaskState {
  const text = textOf(value);
  return isState(text) ? text : "TASK_UNKNOWN";
}

function isState(text: string): text is TaskState {
  return terminalStates.has(text) || [
    "TASK_STAGING",
    "TASK_STARTING",
    "TASK_RUNNING",
    "TASK_KILLING",
    "TASK_UNREACHABLE",
    "TASK_UNKNOWN",
  ].includes(text);
}

function idIn(value: unknown): string {
  return textOf(objectOf(value)["value"]);
}
