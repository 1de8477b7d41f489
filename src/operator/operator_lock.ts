import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { sha256 } from "../pod/sha256.ts";
import { directoriesWithSamePods } from "./nested_directories.ts";

/** A lock that is held until it is released, or the process ends, however it does. */
export interface OperatorLock {
  /** Lets others find where the operator tells what it does. */
  announce(address: string): void;
  release(): void;
}

/** The lock of a directory on an engine. Its lines are the holder's process id, the directory, and an address. */
export function lockPathOf(place: string, engine: string, directory: string): string {
  return `${place}/${sha256(`${engine}\n${directory}`).slice(0, 32)}.lock`;
}

/** Whose lock it is. */
export interface LockRequest {
  /** Where locks are kept; made when it is missing. */
  readonly place: string;
  /** What tells this engine from others. */
  readonly engine: string;
  /** Absolute paths of the watched directories. */
  readonly directories: readonly string[];
}

/**
 * Where the locks of a user's operators are: the same for all that could get in each other's way.
 *
 * @param variables of the environment
 * @param user the numeric id; null where the system has none
 */
export function lockPlace(variables: Readonly<Record<string, string>>, user: number | null): string {
  if (user === 0) return "/run/mesolet";
  const runtime = variables["XDG_RUNTIME_DIR"];
  return runtime === undefined || runtime === "" ? `/tmp/mesolet-${user ?? "user"}` : `${runtime}/mesolet`;
}

/**
 * Sees to it that one operator alone keeps the pods of a directory on an engine. The lock is the kernel's (`flock`): it
 * goes with the process, so that a `kill -9` leaves nothing that somebody has to clear away, and no process is ever
 * taken for a dead one. The file only says who has the lock.
 *
 * Users have files of their own, so there is a name for all of them as well: a socket of Linux's abstract namespace that
 * nobody answers at. It goes with the process too. An operator in another network namespace does not see it. By
 * these names it is also seen when a directory and a project in it would have an operator each.
 *
 * @throws {MesoletError} 75 with the holder's process id when another operator runs, 73 where no lock can be made
 */
export function lockOperator({ place, engine, directories }: LockRequest): OperatorLock {
  const held: { readonly path: string; readonly file: Deno.FsFile }[] = [];
  const names: Deno.UnixListener[] = [];
  const release = () => {
    for (const name of names.splice(0)) name.close();
    for (const { path, file } of held.splice(0)) {
      // While it is still locked: whoever opened it meanwhile notices that it is gone.
      removeQuietly(path);
      file.close();
    }
  };
  try {
    for (const directory of withTargets(directories)) {
      const path = lockPathOf(place, engine, directory);
      held.push({ path, file: lockOne(place, path, directory) });
      names.push(...nameOne(engine, directory));
    }
    // Others do the same in this order, so that of two that begin at once one at least sees the other.
    refuseSamePods(engine, directories);
  } catch (error) {
    release();
    throw error;
  }
  return {
    announce(address) {
      for (const { file } of held) note(file, `${address}\n`);
    },
    release,
  };
}

function lockOne(place: string, path: string, directory: string): Deno.FsFile {
  for (;;) {
    const file = open(place, path);
    if (!file.tryLockSync(true)) {
      const holder = holderIn(file);
      file.close();
      throw taken(directory, holder);
    }
    if (file.statSync().ino !== inodeAt(path)) {
      // Its holder removed it, between our opening and our locking.
      file.close();
      continue;
    }
    note(file, `${Deno.pid}\n${directory}\n`, "anew");
    return file;
  }
}

/** The lock is held without it: a full disk keeps no operator from its pods. */
function note(file: Deno.FsFile, text: string, how: "anew" | "more" = "more"): void {
  try {
    if (how === "anew") file.truncateSync(0);
    file.writeSync(new TextEncoder().encode(text));
  } catch {
    // Others are told that there is an operator, and not which.
  }
}

function taken(directory: string, holder: number | undefined): MesoletError {
  return new MesoletError(
    `Another operator keeps the pods of ${directory} on this engine${
      holder === undefined ? "" : `: process ${holder}`
    }. Stop it first, or watch another directory`,
    ExitCode.temporary,
  );
}

function refuseSamePods(engine: string, directories: readonly string[]): void {
  const own = withTargets(directories);
  const sockets = socketsOfHost();
  for (const directory of own) {
    const others = withTargets(directoriesWithSamePods([directory])).filter((other) => !own.includes(other));
    for (const other of others) {
      const holder = holderOf(nameOf(engine, other), sockets);
      if (holder === undefined) continue;
      throw new MesoletError(
        `Another operator has ${other}, and with it a pod of ${directory}, on this engine: process ${holder}. ` +
          "Stop it first, or watch another directory",
        ExitCode.temporary,
      );
    }
  }
}

/** The paths, and where they lead: a directory has one operator, whatever it is called. */
function withTargets(directories: readonly string[]): readonly string[] {
  const targets = directories.map((directory) => {
    try {
      return Deno.realPathSync(directory);
    } catch {
      // It is not there yet.
      return directory;
    }
  });
  return [...new Set([...directories, ...targets])].sort();
}

/** Takes the name that a directory has on an engine for all users, and one that tells the process. */
function nameOne(engine: string, directory: string): readonly Deno.UnixListener[] {
  const name = nameOf(engine, directory);
  const names: Deno.UnixListener[] = [];
  try {
    for (const path of [name, `${name}/${Deno.pid}`]) {
      names.push(Deno.listen({ transport: "unix", path: `\0${path}` }));
    }
  } catch (error) {
    // Systems without such names have the lock of the user alone.
    if (error instanceof Deno.errors.AddrInUse && names.length === 0) {
      throw taken(directory, holderOf(name));
    }
  }
  return names;
}

function nameOf(engine: string, directory: string): string {
  return `mesolet-operator/${sha256(`${engine}\n${directory}`).slice(0, 32)}`;
}

function holderOf(name: string, sockets = socketsOfHost()): number | undefined {
  const pid = sockets.split(`@${name}/`)[1]?.split("\n")[0];
  return pid === undefined ? undefined : Number(pid);
}

/** Source: `proc_net(5)`, `/proc/net/unix`. */
function socketsOfHost(): string {
  try {
    return Deno.readTextFileSync("/proc/net/unix");
  } catch {
    return "";
  }
}

function open(place: string, path: string): Deno.FsFile {
  try {
    Deno.mkdirSync(place, { recursive: true, mode: 0o700 });
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw new MesoletError(
      `Cannot make the lock ${path}: ${messageOf(error)}`,
      ExitCode.cannotCreate,
      { cause: error },
    );
  }
}

function inodeAt(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return undefined;
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody cleared the place: the lock was held all the same.
  }
}

function holderIn(file: Deno.FsFile): number | undefined {
  const bytes = new Uint8Array(64);
  const read = file.readSync(bytes) ?? 0;
  const pid = Number(new TextDecoder().decode(bytes.subarray(0, read)).split("\n")[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}
