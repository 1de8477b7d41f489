import type { Plan, Step } from "./step.ts";

/**
 * Gathers steps and puts them into an order that is the same for the same input: every step behind those it needs,
 * and otherwise as added.
 */
export class StepList {
  private readonly steps = new Map<string, Step>();
  private readonly warnings: string[] = [];

  add(step: Step): void {
    if (!this.steps.has(step.id)) this.steps.set(step.id, step);
  }

  warn(message: string): void {
    if (!this.warnings.includes(message)) this.warnings.push(message);
  }

  has(id: string): boolean {
    return this.steps.has(id);
  }

  /** Ids of all steps of the given kinds so far. */
  idsOf(...kinds: readonly Step["kind"][]): string[] {
    return [...this.steps.values()].filter((step) => kinds.includes(step.kind)).map(({ id }) => id);
  }

  /**
   * The finished plan. Dependencies on steps that are not part of it are dropped: what they would have made is there.
   *
   * @throws {RangeError} when steps wait for each other, which would be a defect of the planner.
   */
  finish(pod: string): Plan {
    const ordered: Step[] = [];
    const state = new Map<string, "open" | "done">();
    const visit = (step: Step): void => {
      const seen = state.get(step.id);
      if (seen === "done") return;
      if (seen === "open") throw new RangeError(`the steps of ${pod} wait for each other at "${step.id}"`);
      state.set(step.id, "open");
      const after = [...new Set(step.after)].filter((id) => this.steps.has(id) && id !== step.id);
      for (const id of after) {
        const before = this.steps.get(id);
        if (before !== undefined) visit(before);
      }
      state.set(step.id, "done");
      ordered.push({ ...step, after });
    };
    for (const step of this.steps.values()) visit(step);
    return { pod, steps: withoutDetours(ordered), warnings: this.warnings };
  }
}

/** Leaves out dependencies that others imply, so that a plan reads as it runs. */
function withoutDetours(ordered: readonly Step[]): Step[] {
  const ancestors = new Map<string, ReadonlySet<string>>();
  return ordered.map((step) => {
    const all = new Set<string>();
    const implied = new Set<string>();
    for (const id of step.after) {
      all.add(id);
      for (const ancestor of ancestors.get(id) ?? []) {
        all.add(ancestor);
        implied.add(ancestor);
      }
    }
    ancestors.set(step.id, all);
    return { ...step, after: step.after.filter((id) => !implied.has(id)) };
  });
}
