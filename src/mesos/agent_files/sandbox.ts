import { isObject, listOf, objectOf, textOf } from "../../pod/json.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import { withTaskOutput } from "./task_output.ts";
import { type AgentDoor, DoorRefusal } from "./agent_door.ts";

/** A file or a directory of a sandbox. */
export interface SandboxFile {
  /** Without its directory. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Nanoseconds since 1970, as far as the agent tells. */
  readonly modified: number;
}

/** The sandbox of an executor, as its agent shows it. Paths are relative to it. Methods throw as {@linkcode AgentDoor}. */
export interface Sandbox {
  /** What is in a directory; undefined where there is none. */
  list(path: string, signal: AbortSignal): Promise<readonly SandboxFile[] | undefined>;
  /**
   * A part of a file: agents give 64 KiB at most at a time. Undefined where there is none.
   *
   * @returns the bytes, and the size of the whole file
   */
  read(path: string, offset: number, length: number, signal: AbortSignal): Promise<FilePart | undefined>;
  /** Its absolute path on the agent; undefined where the agent does not know it any more. */
  directory(signal: AbortSignal): Promise<string | undefined>;
}

export interface FilePart {
  readonly size: number;
  readonly data: Uint8Array;
}

/**
 * The last run of an executor. Agents show it under `/frameworks/ID/executors/ID/runs/latest` of its framework (Mesos,
 * `slave/paths.cpp`), also when it has ended, until it is garbage. One that does not know that path, before Mesos 1.5,
 * says in `/state` where the sandbox is.
 */
export function openSandbox(
  door: AgentDoor,
  ids: { readonly frameworkId: string; readonly executorId: string },
): Sandbox {
  const virtual = `/frameworks/${ids.frameworkId}/executors/${ids.executorId}/runs/latest`;
  let base: Promise<string> | undefined;
  const directory = async (signal: AbortSignal) => directoryIn(await door.get("/state", signal), ids);
  const findBase = async (signal: AbortSignal): Promise<string> => {
    if (await listAt(door, virtual, signal) !== undefined) return virtual;
    return await directory(signal) ?? virtual;
  };
  const at = async (path: string, signal: AbortSignal) => {
    const found = base ??= findBase(signal);
    try {
      return path === "" ? await found : `${await found}/${path}`;
    } catch (error) {
      base = undefined;
      throw error;
    }
  };
  const sandbox: Sandbox = {
    directory,
    list: async (path, signal) => await listAt(door, await at(path, signal), signal),
    async read(path, offset, length, signal) {
      const read_file = { path: await at(path, signal), offset, length };
      const answer = await orMissing(door.call({ type: "READ_FILE", read_file }, signal));
      if (answer === undefined) return undefined;
      const part = isObject(answer) ? objectOf(answer["read_file"]) : {};
      return { size: Number(part["size"] ?? 0), data: bytesOf(part["data"]) };
    },
  };
  return withTaskOutput(sandbox, ids.executorId);
}

/** A whole file, when it is not greater than `most` bytes; undefined where there is none. */
export async function readWhole(
  sandbox: Sandbox,
  path: string,
  most: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const part = await sandbox.read(path, offset, most - offset, signal);
    if (part === undefined) return undefined;
    if (part.size > most) {
      throw new MesoletError(`${path} of the sandbox is greater than ${most} bytes`, ExitCode.data);
    }
    pieces.push(part.data);
    offset += part.data.length;
    if (part.data.length === 0 || offset >= part.size) break;
  }
  const whole = new Uint8Array(offset);
  let filled = 0;
  for (const piece of pieces) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}

async function listAt(
  door: AgentDoor,
  path: string,
  signal: AbortSignal,
): Promise<readonly SandboxFile[] | undefined> {
  const answer = await orMissing(door.call({ type: "LIST_FILES", list_files: { path } }, signal));
  if (!isObject(answer)) return undefined;
  return listOf(objectOf(answer["list_files"])["file_infos"]).map(objectOf).map((entry) => ({
    name: textOf(entry["path"]).split("/").at(-1) ?? "",
    size: Number(entry["size"] ?? 0),
    modified: Number(objectOf(entry["mtime"])["nanoseconds"] ?? 0),
  }));
}

async function orMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DoorRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** Where `/state` of an agent says that the sandbox of an executor is. */
export function directoryIn(
  state: unknown,
  { frameworkId, executorId }: { readonly frameworkId: string; readonly executorId: string },
): string | undefined {
  const of = (owner: unknown, ...members: readonly string[]) =>
    members.flatMap((member) => listOf(objectOf(owner)[member]).map(objectOf));
  for (const framework of of(state, "frameworks", "completed_frameworks")) {
    if (framework["id"] !== frameworkId) continue;
    for (const executor of of(framework, "executors", "completed_executors")) {
      const directory = textOf(executor["directory"]);
      if (executor["id"] === executorId && directory !== "") return directory;
    }
  }
  return undefined;
}

function bytesOf(data: unknown): Uint8Array {
  return typeof data === "string" ? Uint8Array.fromBase64(data) : new Uint8Array();
}
