import type { PullProgress } from "../docker/engine.ts";
import type { Step } from "../plan/step.ts";
import type { StepError } from "./step_error.ts";

/**
 * Is told what a walk does, as it happens: a terminal renders it, a log records it. Calls come in order for one step;
 * steps overlap. A method that throws ends the walk with its error.
 */
export interface WalkObserver {
  started?(step: Step): void;
  /** Of a pull. */
  progress?(step: Step, progress: PullProgress): void;
  /** Something a person should know; the step goes on, or failed where that is no failure of the walk. */
  warning?(step: Step, message: string): void;
  succeeded?(step: Step, milliseconds: number): void;
  failed?(step: Step, error: StepError): void;
  /** It was under way when the walk was stopped, by an abort or another step's failure. */
  interrupted?(step: Step): void;
  /** It was not started, for the same reasons. */
  skipped?(step: Step): void;
}
