/**
 * The errors of mesolet. Each is for a person: one line that says what is wrong, where, and what to do.
 * An edge that catches an error of a library wraps it in one of these and keeps it as `cause`.
 */

/** Exit codes of the process: sysexits where one exists (`sysexits.h`), the others are in docs/cli.md. */
export const ExitCode = {
  ok: 0,
  /** The pod, or an operation on it, failed. */
  failed: 1,
  /** EX_USAGE: the command line is wrong. */
  usage: 64,
  /** EX_DATAERR: a spec is wrong. */
  data: 65,
  /** EX_NOINPUT: a spec cannot be read. */
  noInput: 66,
  /** EX_UNAVAILABLE: the engine or the agent does not answer, or one of them or a registry lacks what is asked. */
  unavailable: 69,
  /** EX_SOFTWARE: a defect of mesolet itself. */
  software: 70,
  /** EX_OSERR: the host refused (no cgroup, no process). */
  osError: 71,
  /** EX_CANTCREAT: an output cannot be written. */
  cannotCreate: 73,
  /** EX_IOERR: reading or writing failed half-way. */
  io: 74,
  /** EX_TEMPFAIL: a bound of time was passed, or a registry is not reached; trying again may help. */
  temporary: 75,
  /** EX_NOPERM: permission denied by the host or the engine. */
  permission: 77,
  /** EX_CONFIG: the configuration of mesolet or of Docker's client is wrong. */
  configuration: 78,
  /** Ended by Ctrl-C (128 + SIGINT), as shells report it. */
  interrupted: 130,
} as const;

/** Where in a spec something stands. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong, or noteworthy, in a spec. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** What is wrong and what would be right, in one sentence without a trailing full stop. */
  readonly message: string;
  /** The field's path as a person writes it: `services.web.ports[0]`. Empty for a whole file. */
  readonly path: string;
  readonly position?: SourcePosition;
}

/** Prints a problem as `file:line:column: path: message`, leaving out what is not known. */
export function formatProblem(problem: Problem): string {
  const parts: string[] = [];
  const position = problem.position;
  if (position !== undefined) {
    let where = position.file;
    if (position.line !== undefined) where += `:${position.line}`;
    if (position.line !== undefined && position.column !== undefined) where += `:${position.column}`;
    parts.push(where);
  }
  if (problem.path !== "") parts.push(problem.path);
  parts.push(problem.message);
  return parts.join(": ");
}

/** The base of every error that mesolet throws on purpose: it carries the exit code that it stands for. */
export class MesoletError extends Error {
  override readonly name: string = "MesoletError";
  constructor(message: string, readonly exitCode: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A spec is wrong. Carries every problem that was found, errors and warnings, in file order. */
export class SpecError extends MesoletError {
  override readonly name: string = "SpecError";
  constructor(
    readonly problems: readonly Problem[],
    exitCode: number = ExitCode.data,
    options?: ErrorOptions,
  ) {
    const errors = problems.filter((problem) => problem.severity === "error");
    super(errors.map(formatProblem).join("\n"), exitCode, options);
  }
}

/** The command line is wrong. */
export class UsageError extends MesoletError {
  override readonly name: string = "UsageError";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.usage, options);
  }
}

/** What was thrown, in words: libraries throw what they like. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
