import type { PullProgress } from "../docker/engine.ts";
import { bringsImage, type Plan, type Step } from "../plan/step.ts";
import type { StepError } from "./step_error.ts";
import type { WalkObserver } from "./walk_observer.ts";

/** Counts the pulls that a walk has still before it, and passes on what it is told. */
export class PullCounter implements WalkObserver {
  #left: number;

  constructor(
    plan: Plan,
    readonly inner: WalkObserver | undefined,
    readonly onChange: (pullsLeft: number) => void,
  ) {
    this.#left = plan.steps.filter(bringsImage).length;
  }

  started(step: Step): void {
    this.inner?.started?.(step);
  }

  progress(step: Step, progress: PullProgress): void {
    this.inner?.progress?.(step, progress);
  }

  warning(step: Step, message: string): void {
    this.inner?.warning?.(step, message);
  }

  succeeded(step: Step, milliseconds: number): void {
    if (bringsImage(step)) this.onChange(--this.#left);
    this.inner?.succeeded?.(step, milliseconds);
  }

  failed(step: Step, error: StepError): void {
    this.inner?.failed?.(step, error);
  }

  interrupted(step: Step): void {
    this.inner?.interrupted?.(step);
  }

  skipped(step: Step): void {
    this.inner?.skipped?.(step);
  }
}
