import { isObject, listOf, objectOf, textOf } from "../../pod/json.ts";

/** The calls and messages of sessions in containers, in the JSON of Mesos (`agent.proto`, docs/operator-http-api.md). */

/** A container below another one. */
export interface NestedId {
  readonly parent: string;
  readonly value: string;
}

/** Columns and rows of a terminal. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** LAUNCH_NESTED_CONTAINER_SESSION. The command is one of a shell; it begins in the sandbox of the parent. */
export function launchCall(
  id: NestedId,
  script: string,
  size: WindowSize | undefined,
): Record<string, unknown> {
  return {
    type: "LAUNCH_NESTED_CONTAINER_SESSION",
    launch_nested_container_session: {
      container_id: containerId(id),
      command: { shell: true, value: script },
      ...(size === undefined
        ? {}
        : { container: { type: "MESOS", tty_info: { window_size: sizeOf(size) } } }),
    },
  };
}

export function waitCall(id: NestedId): Record<string, unknown> {
  return { type: "WAIT_NESTED_CONTAINER", wait_nested_container: { container_id: containerId(id) } };
}

/** @param signal number of the signal */
export function killCall(id: NestedId, signal: number): Record<string, unknown> {
  return { type: "KILL_NESTED_CONTAINER", kill_nested_container: { container_id: containerId(id), signal } };
}

/** The messages of ATTACH_CONTAINER_INPUT. */
export const input = {
  /** The first one. */
  begin: (id: NestedId) => inputCall({ type: "CONTAINER_ID", container_id: containerId(id) }),
  /** Without bytes it is the end of what is not a terminal. */
  data: (bytes: Uint8Array) => processIo({ type: "DATA", data: { type: "STDIN", data: bytes.toBase64() } }),
  size: (size: WindowSize) =>
    processIo({ type: "CONTROL", control: { type: "TTY_INFO", tty_info: { window_size: sizeOf(size) } } }),
  /** @param interval until the next one, in milliseconds */
  heartbeat: (interval: number) =>
    processIo({
      type: "CONTROL",
      control: { type: "HEARTBEAT", heartbeat: { interval: { nanoseconds: interval * 1e6 } } },
    }),
} as const;

/** What a message of a session's output carries; undefined: nothing to print. */
export function outputOf(
  record: Uint8Array,
): { readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array } | undefined {
  const value: unknown = JSON.parse(new TextDecoder().decode(record));
  const { type, data } = isObject(value) ? objectOf(value["data"]) : {};
  if (typeof data !== "string" || (type !== "STDOUT" && type !== "STDERR")) return undefined;
  return { stream: type === "STDERR" ? "stderr" : "stdout", bytes: Uint8Array.fromBase64(data) };
}

/**
 * The exit code in an answer to WAIT_NESTED_CONTAINER, which has the status of `wait(2)`: of a signal it is 128 and the
 * signal's number. Undefined: the agent does not know.
 */
export function exitCodeIn(answer: unknown): number | undefined {
  const status = isObject(answer) ? objectOf(answer["wait_nested_container"])["exit_status"] : undefined;
  if (typeof status !== "number") return undefined;
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}

/** The container of an executor in an answer to GET_CONTAINERS. */
export function containerIn(
  answer: unknown,
  ids: { readonly frameworkId: string; readonly executorId: string },
): string | undefined {
  const containers = isObject(answer) ? listOf(objectOf(answer["get_containers"])["containers"]) : [];
  const own = containers.map(objectOf).find((entry) =>
    textOf(objectOf(entry["framework_id"])["value"]) === ids.frameworkId &&
    textOf(objectOf(entry["executor_id"])["value"]) === ids.executorId
  );
  return own === undefined ? undefined : textOf(objectOf(own["container_id"])["value"]) || undefined;
}

/** How an agent was told to start an executor. */
export interface ExecutorCommand {
  /** Absolute path on the agent; absent: a shell starts what was fetched. */
  readonly program?: string;
  /** What was fetched into the sandbox. */
  readonly uris: readonly string[];
}

/** The command of an executor in an answer to GET_EXECUTORS. */
export function commandIn(
  answer: unknown,
  ids: { readonly frameworkId: string; readonly executorId: string },
): ExecutorCommand {
  const executors = isObject(answer) ? listOf(objectOf(answer["get_executors"])["executors"]) : [];
  const own = executors.map((entry) => objectOf(objectOf(entry)["executor_info"])).find((info) =>
    textOf(objectOf(info["framework_id"])["value"]) === ids.frameworkId &&
    textOf(objectOf(info["executor_id"])["value"]) === ids.executorId
  );
  const command = objectOf(own?.["command"]);
  const program = textOf(command["value"]);
  return {
    uris: listOf(command["uris"]).map((uri) => textOf(objectOf(uri)["value"])),
    ...(command["shell"] === false && program.startsWith("/") ? { program } : {}),
  };
}

function containerId({ parent, value }: NestedId): Record<string, unknown> {
  return { parent: { value: parent }, value };
}

function sizeOf({ rows, columns }: WindowSize): Record<string, unknown> {
  return { rows, columns };
}

function inputCall(attach_container_input: Record<string, unknown>): Record<string, unknown> {
  return { type: "ATTACH_CONTAINER_INPUT", attach_container_input };
}

function processIo(process_io: Record<string, unknown>): Record<string, unknown> {
  return inputCall({ type: "PROCESS_IO", process_io });
}
