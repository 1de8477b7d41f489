import { messageOf } from "../pod/errors.ts";

/** Why a file of a cgroup could not be touched. */
export type CgroupFileReason = "missing" | "exists" | "denied" | "busy" | "invalid" | "other";

/** A file or directory of a cgroup tree could not be touched. */
export class CgroupFileError extends Error {
  override readonly name = "CgroupFileError";
  constructor(readonly reason: CgroupFileReason, readonly path: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
  }
}

/** The operations on a cgroup tree. Injected: a test has a tree in memory that behaves like the kernel's. */
export interface CgroupFiles {
  /** Names of the directories in a directory; links are left out. */
  directories(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** Whether we may make something in a directory. One that is not there, or only can be read, is none. */
  mayWrite(path: string): Promise<boolean>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Makes one directory, not its parents. */
  makeDirectory(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  /** Removes an ordinary file (a unit of systemd). */
  removeFile(path: string): Promise<void>;
}

/**
 * The files of this host. Deno lets a program touch /sys only with `--allow-all`; with less, each operation is run by
 * `sh` (`--allow-run=sh`).
 */
export function cgroupFilesOfHost(): CgroupFiles {
  let useShell = false;
  const first = async <T>(direct: () => Promise<T>, shell: () => Promise<T>): Promise<T> => {
    if (!useShell) {
      try {
        return await direct();
      } catch (error) {
        if (!(error instanceof Deno.errors.NotCapable)) throw error;
        useShell = true;
      }
    }
    return await shell();
  };
  return {
    directories: (path) => first(() => direct.directories(path), () => shell.directories(path)),
    exists: (path) => first(() => direct.exists(path), () => shell.exists(path)),
    mayWrite: (path) => first(() => direct.mayWrite(path), () => shell.mayWrite(path)),
    read: (path) => first(() => direct.read(path), () => shell.read(path)),
    write: (path, text) => first(() => direct.write(path, text), () => shell.write(path, text)),
    makeDirectory: (path) => first(() => direct.makeDirectory(path), () => shell.makeDirectory(path)),
    removeDirectory: (path) => first(() => direct.removeDirectory(path), () => shell.removeDirectory(path)),
    removeFile: (path) => first(() => direct.removeFile(path), () => shell.removeFile(path)),
  };
}

async function translated<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new CgroupFileError(reasonOf(messageOf(error)), path, { cause: error });
  }
}

/** The reason in the words of the C library, which both Deno and the shell repeat. */
function reasonOf(message: string): CgroupFileReason {
  if (/No such file|not found|nonexistent/i.test(message)) return "missing";
  if (/File exists/i.test(message)) return "exists";
  if (/Permission denied|Operation not permitted|Read-only file system/i.test(message)) return "denied";
  if (/busy|not empty/i.test(message)) return "busy";
  if (/Invalid argument/i.test(message)) return "invalid";
  return "other";
}

const direct: CgroupFiles = {
  directories: (path) =>
    translated(path, async () => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) {
        if (entry.isDirectory) names.push(entry.name);
      }
      return names.sort();
    }),
  exists: (path) =>
    translated(path, async () => {
      try {
        await Deno.lstat(path);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    }),
  mayWrite: (path) =>
    translated(path, async () => {
      try {
        const { isDirectory, uid, mode } = await Deno.stat(path);
        const user = Deno.uid();
        if (!isDirectory) return false;
        // Of groups nothing is known here: whoever needs one is told that the total is not enforced.
        if (user === uid && ((mode ?? 0) & 0o200) !== 0) return true;
        // The roots of cgroup trees of version 1 have no mode to write: root in a container may lack the capability.
        return user === 0 && overridesModes(await Deno.readTextFile("/proc/self/status"));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    }),
  read: (path) => translated(path, () => Deno.readTextFile(path)),
  // The kernel takes one write; a file must not be made where there is none.
  write: (path, text) =>
    translated(path, async () => {
      const create = !path.startsWith("/sys/");
      await Deno.writeTextFile(path, text, { create });
    }),
  makeDirectory: (path) => translated(path, () => Deno.mkdir(path)),
  removeDirectory: (path) => translated(path, () => Deno.remove(path)),
  removeFile: (path) => translated(path, () => Deno.remove(path)),
};

const shell: CgroupFiles = {
  directories: async (path) => {
    const script = 'cd "$1" && for d in */; do [ -d "$d" ] && [ ! -L "${d%/}" ] && echo "${d%/}"; done; :';
    return (await runShell(script, path)).split("\n").filter((name) => name !== "").sort();
  },
  exists: async (path) => await runShell('if [ -e "$1" ]; then echo yes; fi', path) !== "",
  mayWrite: async (path) => await runShell('if [ -d "$1" ] && [ -w "$1" ]; then echo yes; fi', path) !== "",
  read: (path) => runShell('cat -- "$1"', path),
  write: async (path, text) => void await runShell('printf %s "$2" > "$1"', path, text),
  makeDirectory: async (path) => void await runShell('mkdir -- "$1"', path),
  removeDirectory: async (path) => void await runShell('rmdir -- "$1"', path),
  removeFile: async (path) => void await runShell('rm -- "$1"', path),
};

async function runShell(script: string, path: string, value = ""): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", path, value],
    env: { LC_ALL: "C" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const said = decoder.decode(stderr);
  throw new CgroupFileError(reasonOf(said), path, { cause: new Error(said.trim()) });
}

/** Whether a process may write where modes say that nobody may (CAP_DAC_OVERRIDE), by its `/proc/PID/status`. */
export function overridesModes(status: string): boolean {
  const [, digits] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return digits === undefined || (BigInt(`0x${digits}`) & 2n) !== 0n;
}
