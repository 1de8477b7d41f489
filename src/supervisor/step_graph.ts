import type { Step } from "../plan/step.ts";
import { PlanDefectError } from "./step_error.ts";

/**
 * Which steps of a plan may be started now: a step is ready when all those it stands after are done. Steps become
 * ready in the plan's order.
 */
export class StepGraph {
  readonly #missing = new Map<string, number>();
  readonly #followers = new Map<string, Step[]>();
  #ready: Step[] = [];

  /** @throws {PlanDefectError} when an id is there twice, a step stands after an unknown one, or in a circle */
  constructor(steps: readonly Step[]) {
    const ids = new Set<string>();
    for (const step of steps) {
      if (ids.has(step.id)) {
        throw new PlanDefectError(`Cannot walk the plan: two steps are called '${step.id}'`);
      }
      ids.add(step.id);
      this.#followers.set(step.id, []);
    }
    for (const step of steps) {
      const after = new Set(step.after);
      this.#missing.set(step.id, after.size);
      if (after.size === 0) this.#ready.push(step);
      for (const id of after) {
        const followers = this.#followers.get(id);
        if (followers === undefined) {
          throw new PlanDefectError(
            `Cannot walk the plan: '${step.id}' stands after '${id}', which is not in it`,
          );
        }
        followers.push(step);
      }
    }
    this.#refuseCircles(steps);
  }

  /** Takes the steps that have become ready since the last call. */
  takeReady(): Step[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Notes that a step is done, which may make others ready. */
  finish(step: Step): void {
    for (const follower of this.#followers.get(step.id) ?? []) {
      const missing = (this.#missing.get(follower.id) ?? 0) - 1;
      this.#missing.set(follower.id, missing);
      if (missing === 0) this.#ready.push(follower);
    }
  }

  #refuseCircles(steps: readonly Step[]): void {
    const missing = new Map(this.#missing);
    const open = steps.filter((step) => missing.get(step.id) === 0);
    let reached = 0;
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      reached++;
      for (const follower of this.#followers.get(step.id) ?? []) {
        const left = (missing.get(follower.id) ?? 0) - 1;
        missing.set(follower.id, left);
        if (left === 0) open.push(follower);
      }
    }
    if (reached === steps.length) return;
    const stuck = steps.filter((step) => (missing.get(step.id) ?? 0) > 0).map((step) => `'${step.id}'`);
    throw new PlanDefectError(
      `Cannot walk the plan: these steps stand in or behind a circle: ${stuck.join(", ")}`,
    );
  }
}
