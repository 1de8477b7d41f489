/** A task as people have it in a file: the JSON of Mesos, with or without what it is sent in. */

import { splitShellWords } from "../../compose/shell_words.ts";
import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import { decodeExecutorEvent } from "../wire/codec.ts";
import type { ExecutorInfo, TaskInfo } from "../wire/messages.ts";
import { WireError } from "../wire/wire_error.ts";

/** What a file says of a task. */
export interface TaskDocument {
  readonly task: TaskInfo;
  readonly executor?: ExecutorInfo;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a TaskInfo; the LAUNCH or LAUNCH_GROUP event or operation that has it; or a whole ACCEPT call. `name` and
 * `agent_id`, which a hand-written task has no use for, may be missing.
 *
 * @throws {MesoletError} where there is no task in it, or more than one
 */
export function readTaskDocument(text: string): TaskDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused(`it is not JSON: ${messageOf(cause)}`, cause);
  }
  const tasks = tasksIn(fieldsOf(value), undefined);
  const [found, ...others] = tasks;
  if (found === undefined) throw refused("there is no TaskInfo in it, which has a task_id");
  if (others.length > 0) {
    const ids = tasks.map(({ task }) => String(fieldsOf(task["task_id"])["value"])).join(", ");
    throw refused(`there are ${tasks.length} tasks in it (${ids}): plan each by itself`);
  }
  const task = decoded(found.task);
  const executor = task.executor ??
    (found.executor === undefined
      ? undefined
      : decoded({ ...found.task, executor: found.executor }).executor);
  return { task, ...(executor === undefined ? {} : { executor }) };
}

interface Found {
  readonly task: Fields;
  /** That of the group which it is in. */
  readonly executor?: unknown;
}

/** A call with a task in it has five levels; without a bound a hostile file would take the stack. */
const mostLevels = 20;

function tasksIn(value: Fields, executor: unknown, level = 0): Found[] {
  if (level > mostLevels) return [];
  if (value["task_id"] !== undefined) {
    return [{ task: value, ...(executor === undefined ? {} : { executor }) }];
  }
  const inside = value["executor"] ?? executor;
  return [
    ...["accept", "launch", "launch_group", "task_group", "task"].flatMap((name) =>
      value[name] === undefined ? [] : tasksIn(fieldsOf(value[name]), inside, level + 1)
    ),
    ...["operations", "task_infos", "tasks"].flatMap((name) => {
      const list = value[name];
      return Array.isArray(list) ? list.flatMap((item) => tasksIn(fieldsOf(item), inside, level + 1)) : [];
    }),
  ];
}

function decoded(task: Fields): TaskInfo {
  const id = fieldsOf(task["task_id"])["value"];
  const complete = { name: String(id ?? ""), agent_id: { value: "" }, ...task };
  const event = { type: "LAUNCH", launch: { task: complete } };
  try {
    const launch = decodeExecutorEvent(new TextEncoder().encode(JSON.stringify(event)), "application/json");
    if (launch.type === "LAUNCH") return launch.launch.task;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw refused(
      cause.message.replace(/^The agent's event is/, "it is").replaceAll("launch.task.", ""),
      cause,
    );
  }
  throw refused("there is no TaskInfo in it");
}

function refused(why: string, cause?: unknown): MesoletError {
  return new MesoletError(`Cannot read the task: ${why}`, ExitCode.data, { cause });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/**
 * The words that an executor would get on its command line for the task: Marathon puts an app's `cmd` behind the
 * executor's path.
 */
export function wordsForExecutor(executor: ExecutorInfo | undefined): string[] {
  const { value = "", shell = true, arguments: given = [] } = executor?.command ?? {};
  if (!shell) return taskWords(given.slice(1));
  // `chmod ug+rx './mesolet' && exec './mesolet' redis:7`
  const last = value.split(/&&|;/).at(-1) ?? "";
  try {
    const words = splitShellWords(last);
    return taskWords(words.slice(words[0] === "exec" ? 2 : 1));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [];
  }
}

/** Flags in front are the executor's own. */
function taskWords(words: readonly string[]): string[] {
  const own = words[0] === "executor" ? words.slice(1) : words;
  const first = own.findIndex((word) => !word.startsWith("-"));
  return first < 0 ? [] : own.slice(first);
}
