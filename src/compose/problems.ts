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
  #errors = 0;
  /** The file that is being read. */
  file: string | undefined;

  /** Notes an error at a path. */
  error(
    segments: PathSegments,
    message: string,
    place: { line?: number; offset?: number; file?: string } = {},
  ): void {
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
   * Stops here where errors were found.
   *
   * @throws {LoadingStopped} with all problems so far
   */
  check(exitCode: number = ExitCode.data): void {
    if (this.#errors > 0) throw new LoadingStopped([...this.found], exitCode);
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
