import type { Problem, SourcePosition } from "../pod/errors.ts";

/** Collects what is wrong or noteworthy while a project is turned into a pod, each with its place in the files. */
export class ProblemList {
  readonly problems: Problem[] = [];

  constructor(private readonly positionOf: (path: string) => SourcePosition | undefined) {}

  /** The pod cannot run like this. */
  error(path: string, message: string): void {
    this.add("error", path, message);
  }

  /** The pod runs, but not quite as the spec says. */
  warning(path: string, message: string): void {
    this.add("warning", path, message);
  }

  private add(severity: Problem["severity"], path: string, message: string): void {
    const position = this.positionOf(path);
    this.problems.push({ severity, path, message, ...(position === undefined ? {} : { position }) });
  }
}
