import type { Termination } from "./messages.ts";

/** How a container ended, as far as the engine knows. */
export interface ContainerEnd {
  /** Absent where the container was gone before anybody could ask. */
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  /** The engine's own words where it could not run it. */
  readonly error?: string;
  /** Its limit when it ended; absent: none. */
  readonly memoryLimit?: number;
  /** It is not there any more: somebody destroyed it. */
  readonly gone: boolean;
}

/** Signals up to 64; an exit code beyond 128 stands for one, as in shells. */
const signals: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  15: "SIGTERM",
};

/**
 * What an agent is told of the end. `killed` is for limits alone: a container that was destroyed, or killed by
 * somebody, was not limited.
 */
export function terminationOf(end: ContainerEnd): Termination {
  const { exitCode, outOfMemory } = end;
  const status = exitCode === undefined ? {} : { status: statusOf(exitCode) };
  if (outOfMemory && exitCode !== 0) {
    const limit = end.memoryLimit === undefined
      ? ""
      : `: it may use ${Math.round(end.memoryLimit / 2 ** 20)} MiB`;
    return {
      killed: true,
      message: `The container was out of memory${limit}`,
      ...status,
      state: "TASK_FAILED",
      reasons: ["REASON_CONTAINER_LIMITATION_MEMORY"],
    };
  }
  return { killed: false, message: messageFor(end), ...status };
}

function messageFor({ exitCode, error, gone }: ContainerEnd): string {
  const why = error === undefined || error === "" ? "" : `: ${error}`;
  if (exitCode === undefined) return "The container was destroyed";
  const how = signalOf(exitCode) === undefined
    ? `The container ended with exit code ${exitCode}`
    : `The container was ended by ${
      signals[exitCode - 128] ?? `signal ${exitCode - 128}`
    } (exit code ${exitCode})`;
  return `${how}${gone ? ", and was destroyed" : ""}${why}`;
}

/** In the form of `waitpid(2)`: the exit code in the second byte, or the signal in the first. */
function statusOf(exitCode: number): number {
  return signalOf(exitCode) ?? (exitCode & 0xff) << 8;
}

function signalOf(exitCode: number): number | undefined {
  return exitCode > 128 && exitCode <= 128 + 64 ? exitCode - 128 : undefined;
}
