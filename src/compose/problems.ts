/** Collects what is wrong while a project is loaded, so that a person sees all of it at once. */

import { ExitCode } from "../pod/errors.ts";
import { formatPath, type PathSegments } from "./tree.ts";

/** A problem that is not placed yet: `source` says which text to search for `segments`. */
export interface FoundProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly segments: PathSegments;
  /** The file that was being read, where one was. */
  readonly file?: string;
  /** A line that is known already. */
  readonly line?: number;
  /** An offset in the file that is known already. */
  readonly offset?: number;
}

/** The loader gives up; the problems get their positions before anyone sees them. */
export class LoadingStopped extends Error {
  override readonly name = "LoadingStopped";
  constructor(readonly found: readonly FoundProblem[], readonly exitCode: number = ExitCode.data) {
    super(found.map((problem) => problem.message).join("\n"));
  }
}

/** More would help nobody. */
const mostProblems = 100;

/** Takes problems, and stops the loader when asked whether it may go on. */
export class ProblemCollector {
  readonly found: FoundProblem[] = [];
  readonly #unset = new Set<string>();
  readonly #warned = new Set<string>();
  /** Parts of the project that were taken out since they are wrong: what follows from that is no news. */
  readonly #out = new Set<string>();
  #taken = 0;
  #errors = 0;
  #exitCode: number | undefined;
  #lacksParts = false;
  /** The file that is being read. */
  file: string | undefined;

  /** Notes an error at a path. */
  error(
    segments: PathSegments,
    message: string,
    place: { line?: number; offset?: number; file?: string } = {},
  ): void {
    if (partsOf(segments).some((part) => this.#out.has(part))) return;
    this.#errors++;
    if (this.#errors <= mostProblems) this.#add("error", segments, message, place);
  }

  /** Notes a warning at a path; the same one twice is one. */
  warning(segments: PathSegments, message: string, place: { line?: number; file?: string } = {}): void {
    const key = `${formatPath(segments)}\n${message}`;
    if (this.#warned.has(key) || this.#warned.size > mostProblems) return;
    this.#warned.add(key);
    this.#add("warning", segments, message, place);
  }

  /** Warns of a variable without a value, once for each name. */
  unsetVariable(name: string, segments: PathSegments): void {
    if (this.#unset.has(name)) return;
    this.#unset.add(name);
    this.warning(segments, `the variable ${name} is not set and becomes empty`);
  }

  /**
   * The errors since the last call. What they are about is taken out by the caller: later errors of the same parts are
   * not noted any more.
   */
  takeErrors(): readonly FoundProblem[] {
    const errors = this.found.slice(this.#taken).filter(({ severity }) => severity === "error");
    this.#taken = this.found.length;
    for (const { segments } of errors) this.leaveOut(segments);
    return errors;
  }

  /** Whether something was found that stops a project from being used. */
  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** Whether a part of the project could not be read at all: who names something of it is not wrong for that. */
  get lacksParts(): boolean {
    return this.#lacksParts;
  }

  /** Says that a part of the project is not there, for which an error was noted. */
  lackPart(): void {
    this.#lacksParts = true;
  }

  /** Says that the caller leaves out a part: later errors of it are not noted any more. */
  leaveOut(segments: PathSegments): void {
    const part = partsOf(segments).at(-1);
    if (part !== undefined) this.#out.add(part);
  }

  /**
   * Does a part of the work. Where that has to stop, the rest goes on without it, so that its problems are told as
   * well; the caller must {@linkcode check} before the project is used.
   */
  attempt<Result>(work: () => Result): Result | undefined {
    const { file } = this;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof LoadingStopped)) throw error;
      this.#exitCode ??= error.exitCode;
      this.#lacksParts = true;
      this.file = file;
      return undefined;
    }
  }

  /**
   * Stops here where errors were found.
   *
   * @throws {LoadingStopped} with all problems so far
   */
  check(exitCode: number = ExitCode.data): void {
    if (this.#errors > 0) throw new LoadingStopped([...this.found], this.#exitCode ?? exitCode);
  }

  /** What is to be thrown where an error that is noted already leaves nothing to go on with. */
  stopped(): LoadingStopped {
    return new LoadingStopped([...this.found], this.#exitCode);
  }

  /**
   * Notes an error that nothing can follow, and gives what is to be thrown.
   */
  stop(
    segments: PathSegments,
    message: string,
    place: { line?: number; offset?: number; file?: string; exitCode?: number } = {},
  ): LoadingStopped {
    this.error(segments, message, place);
    return new LoadingStopped([...this.found], place.exitCode);
  }

  #add(
    severity: FoundProblem["severity"],
    segments: PathSegments,
    message: string,
    place: { line?: number; offset?: number; file?: string },
  ): void {
    const file = place.file ?? this.file;
    this.found.push({
      severity,
      message,
      // The caller goes on changing its path.
      segments: [...segments],
      ...(file === undefined ? {} : { file }),
      ...(place.line === undefined ? {} : { line: place.line }),
      ...(place.offset === undefined ? {} : { offset: place.offset }),
    });
  }
}

/** The parts of a project that a path leads through, down to the field of a service or the entry of another section. */
function partsOf(segments: PathSegments): string[] {
  const depth = Math.min(segments.length, segments[0] === "services" ? 3 : 2);
  return Array.from({ length: depth }, (_, index) => segments.slice(0, index + 1).join("\0"));
}
