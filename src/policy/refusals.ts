import type { Problem } from "../pod/errors.ts";
import type { Policy } from "./policy.ts";

/** Collects refusals: each names the field, and the rule that it breaks. */
export class Refusals {
  readonly problems: Problem[] = [];

  constructor(readonly policy: Policy) {}

  add(path: string, what: string, rule: string): void {
    const message = `${what} is not allowed by the rule ${rule} of ${this.policy.name}`;
    if (this.problems.some((other) => other.path === path && other.message === message)) return;
    this.problems.push({ severity: "error", path, message });
  }
}

/** The path of a field of a container in its spec. */
export type FieldPath = (field: string) => string;
