import type { Problem } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";

/** Collects what is wrong with placing a pod on a host, by container and field. */
export class PlacementProblems {
  readonly problems: Problem[] = [];

  constructor(private readonly source: Pod["source"]["kind"]) {}

  /** The pod cannot run like this. `field` is a field of the container's spec, such as `ports[0]`. */
  error(container: string, field: string, message: string): void {
    this.add("error", container, field, message);
  }

  /** The pod runs, but not quite as the spec says. */
  warning(container: string, field: string, message: string): void {
    this.add("warning", container, field, message);
  }

  /** As {@linkcode warning}, for the pod as a whole. */
  podWarning(path: string, message: string): void {
    this.push("warning", path, message);
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === "error");
  }

  private add(severity: Problem["severity"], container: string, field: string, message: string): void {
    const parent = this.source === "compose" ? "services" : "containers";
    this.push(severity, `${parent}.${container}${field === "" ? "" : `.${field}`}`, message);
  }

  private push(severity: Problem["severity"], path: string, message: string): void {
    this.problems.push({ severity, path, message });
  }
}
