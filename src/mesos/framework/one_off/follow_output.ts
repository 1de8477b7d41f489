import type { Clock } from "../../../pod/clock.ts";
import { MesoletError } from "../../../pod/errors.ts";
import { listOf, objectOf } from "../../../pod/json.ts";
import type { AgentDoor } from "../../agent_files/agent_door.ts";
import { RotatedReader } from "../../agent_files/rotated_reader.ts";
import type { Sandbox, SandboxFile } from "../../agent_files/sandbox.ts";

/** A piece of what a container wrote, as it wrote it. */
export interface OutputPiece {
  /** `app-1` */
  readonly container: string;
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

/** What following needs. */
export interface FollowOptions {
  readonly clock: Clock;
  /** The sandbox of the executor; asked for until it is found. */
  readonly open: (signal: AbortSignal) => Promise<Sandbox>;
  /** Takes a piece; the next one is read when it is fulfilled. */
  readonly onPiece: (piece: OutputPiece) => Promise<void>;
  /** What keeps the output away, each time that it is something else. */
  readonly onTrouble: (reason: string) => void;
  /** Aborted when nothing more will be written: what is there by then is read. */
  readonly over: AbortSignal;
}

/** Between two looks, in milliseconds: the longer, the longer nothing was written. */
const pauses = { first: 200, growth: 1.5, last: 1_000 } as const;
/** An agent that does not answer is asked for the last lines for so long, in milliseconds. */
const lastWordsBound = 15_000;

/** Where the executor writes the output of containers (docs/executor-files.md). */
const directory = "logs";
const fileName = /^([A-Za-z0-9_.-]+-\d+)\.(stdout|stderr)$/;

/**
 * Reads what the containers of an instance write, from the first byte on, until it is over: each stream in its order and
 * whole, as far as the executor keeps it. One piece is in memory at a time.
 *
 * @throws the signal's reason when it is aborted
 */
export async function followOutput(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { clock, over, onTrouble } = options;
  const readers = new Map<string, RotatedReader>();
  let sandbox: Sandbox | undefined;
  let pause: number = pauses.first;
  let told = "";
  let failingSince: number | undefined;
  for (;;) {
    const isLast = over.aborted;
    let quiet = true;
    try {
      sandbox ??= await options.open(signal);
      const files = await sandbox.list(directory, signal);
      if (files === undefined && readers.size === 0 && await sandbox.list("", signal) === undefined) {
        // The agent may not have made it yet, and show it at another place than was guessed.
        sandbox = undefined;
        if (isLast) onTrouble("its sandbox is not on the agent (any more)");
      } else quiet = !await takeAll({ sandbox, readers, files: files ?? [], options }, signal);
      failingSince = undefined;
      // A file that was moved aside while it was read is read on by the next look.
      if (isLast && quiet) return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MesoletError)) throw error;
      failingSince ??= clock.elapsed();
      if (error.message !== told) onTrouble(error.message);
      told = error.message;
      if (isLast && clock.elapsed() - failingSince > lastWordsBound) return;
    }
    pause = quiet ? Math.min(pauses.last, pause * pauses.growth) : pauses.first;
    const wake = over.aborted ? signal : AbortSignal.any([signal, over]);
    await clock.sleep(pause, wake).catch(() => {});
    signal.throwIfAborted();
  }
}

/** @returns whether there was anything */
async function takeAll(
  { sandbox, readers, files, options }: {
    readonly sandbox: Sandbox;
    readonly readers: Map<string, RotatedReader>;
    readonly files: readonly SandboxFile[];
    readonly options: FollowOptions;
  },
  signal: AbortSignal,
): Promise<boolean> {
  let some = false;
  for (const name of namesIn(files)) {
    const [, container = "", stream = ""] = fileName.exec(name) ?? [];
    let reader = readers.get(name);
    if (reader === undefined) readers.set(name, reader = new RotatedReader(sandbox, directory, name));
    for await (const bytes of reader.read(files, signal)) {
      some = true;
      await options.onPiece({ container, stream: stream === "stderr" ? "stderr" : "stdout", bytes });
    }
  }
  return some;
}

/** The files of containers; those that were moved aside belong to one of them. */
function namesIn(files: readonly SandboxFile[]): string[] {
  const names = files.map(({ name }) => name.replace(/\.[1-9]\d{0,4}$/, ""));
  return [...new Set(names)].filter((name) => fileName.test(name)).sort();
}

/** Whether an agent tells that an executor has ended, or does not know it. */
export async function hasExecutorEnded(
  door: AgentDoor,
  { frameworkId, executorId }: { readonly frameworkId: string; readonly executorId: string },
  signal: AbortSignal,
): Promise<boolean> {
  const frameworks = listOf(objectOf(await door.get("/state", signal))["frameworks"]).map(objectOf);
  const own = frameworks.find(({ id }) => id === frameworkId);
  return !listOf(own?.["executors"]).map(objectOf).some(({ id }) => id === executorId);
}
