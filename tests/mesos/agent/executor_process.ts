import { messageOf } from "../../../src/pod/errors.ts";
import type { CommandInfo } from "../../../src/mesos/wire/messages.ts";

/** How a process ended. */
export interface Exit {
  readonly code: number;
  readonly signal: string | null;
  /** As `wait` gives it: an exit code times 256, or the signal's number. */
  readonly waitStatus: number;
}

/** An executor's process, the leader of its own session and group. */
export interface ExecutorProcess {
  readonly pid: number;
  /** Resolves when the leader has ended and what was left of its group was killed. */
  readonly exited: Promise<Exit>;
  /** Kills the whole group. */
  kill(): void;
}

/** The words of a command. Without a shell the program is looked for in the sandbox. */
export function argvOf(command: CommandInfo, sandbox: string): readonly string[] {
  const value = command.value ?? "";
  if (command.shell !== false) return ["/bin/sh", "-c", value];
  const program = value.startsWith("/") ? value : `${sandbox}/${value}`;
  return [program, ...(command.arguments ?? []).slice(1)];
}

/**
 * Starts an executor in its sandbox, with this environment and nothing else; its output goes to `stdout` and `stderr`.
 * One whose program cannot be run ends with 1 and says so, as the launcher of Mesos does in its place.
 */
export function startExecutor(
  command: CommandInfo,
  sandbox: string,
  environment: Readonly<Record<string, string>>,
): ExecutorProcess {
  const argv = argvOf(command, sandbox);
  const spawn = ([program = "", ...args]: readonly string[]) =>
    new Deno.Command(program, {
      args,
      cwd: sandbox,
      clearEnv: true,
      env: environment,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  let child;
  try {
    child = spawn(argv);
  } catch (error) {
    child = spawn([
      "/bin/sh",
      "-c",
      'echo "$0" >&2; exit 1',
      `Failed to execute '${argv[0]}': ${messageOf(error)}`,
    ]);
  }
  const outputs = [keep(child.stdout, `${sandbox}/stdout`), keep(child.stderr, `${sandbox}/stderr`)];
  let over = false;
  const kill = () => {
    if (over) return;
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch {
      // Nobody is left.
    }
  };
  const exited = child.status.then(async ({ code, signal }) => {
    // The container goes with its first process.
    kill();
    over = true;
    await Promise.all(outputs);
    return { code, signal, waitStatus: signal === null ? code * 256 : code - 128 };
  });
  return { pid: child.pid, exited, kill };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

async function keep(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
  const file = await Deno.open(path, { write: true, create: true, truncate: true });
  // Not piped: a pipe writes a while later than it reads.
  for await (const bytes of stream) {
    try {
      await writeAll(file, bytes);
    } catch {
      // A full disk: the output is lost, and neither the executor nor its agent ends of it.
    }
  }
  file.close();
}

/** The processes of a session other than its leader: process id, words and environment. */
export async function companions(
  leader: number,
): Promise<readonly { readonly pid: number; readonly words: string; readonly environment: string }[]> {
  const found = [];
  for await (const entry of Deno.readDir("/proc")) {
    const pid = Number(entry.name);
    if (!Number.isInteger(pid) || pid === leader) continue;
    try {
      const [, session] =
        /^\d+ \(.*\) \S+ \d+ \d+ (\d+)/s.exec(await Deno.readTextFile(`/proc/${pid}/stat`)) ?? [];
      if (Number(session) !== leader) continue;
      const words = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim();
      found.push({ pid, words, environment: await Deno.readTextFile(`/proc/${pid}/environ`) });
    } catch {
      // It ended in between.
    }
  }
  return found;
}
