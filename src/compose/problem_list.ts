import type { Problem } from "../pod/errors.ts";

/**
 * Collects what is wrong or noteworthy while a project is turned into a pod, by the field's path. The caller adds the
 * places in the files (`ComposeResult.locate`), which only costs something when there is something to say.
 */
export class ProblemList {
  readonly problems: Problem[] = [];

  /** The pod cannot run like this. */
  error(path: string, message: string): void {
    this.problems.push({ severity: "error", path, message });
  }

  /** The pod runs, but not quite as the spec says. */
  warning(path: string, message: string): void {
    this.problems.push({ severity: "warning", path, message });
  }
}
