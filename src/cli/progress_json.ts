import type { PullProgress } from "../docker/engine.ts";
import type { Plan, Step } from "../plan/step.ts";
import type { StepError } from "../supervisor/step_error.ts";
import type { CommandContext } from "./context.ts";
import type { ProgressDisplay } from "./progress.ts";
import { subjectOf } from "./step_words.ts";

/** An object a line for programs: what happens to which step, when. */
export class JsonProgress implements ProgressDisplay {
  constructor(private readonly context: Pick<CommandContext, "error" | "clock">) {}

  begin(title: string, plan: Plan): void {
    this.#say({ state: "begin", pod: plan.pod, title, steps: plan.steps.length });
  }

  extend(plan: Plan): void {
    this.#say({ state: "plan", pod: plan.pod, steps: plan.steps.length });
  }

  idle(text: string): void {
    this.#say({ state: "idle", message: text });
  }

  started(step: Step): void {
    this.#step("started", step);
  }

  progress(step: Step, pull: PullProgress): void {
    const { layersDone, layersTotal, bytesDone, bytesTotal, text } = pull;
    this.#step("progress", step, { layersDone, layersTotal, bytesDone, bytesTotal, text });
  }

  warning(step: Step, message: string): void {
    this.#step("warning", step, { message });
  }

  succeeded(step: Step, milliseconds: number): void {
    this.#step("succeeded", step, { milliseconds: Math.round(milliseconds) });
  }

  failed(step: Step, error: StepError): void {
    this.#step("failed", step, { message: error.message, reason: error.reasonCode });
  }

  interrupted(step: Step): void {
    this.#step("interrupted", step);
  }

  skipped(step: Step): void {
    this.#step("skipped", step);
  }

  yieldToLines(): Promise<void> {
    return this.context.error.flush();
  }

  end(): Promise<void> {
    return this.context.error.flush();
  }

  #step(state: string, step: Step, more: Readonly<Record<string, string | number>> = {}): void {
    this.#say({
      state,
      step: step.id,
      kind: step.kind,
      subject: subjectOf(step),
      cause: step.cause,
      ...more,
    });
  }

  #say(facts: Readonly<Record<string, string | number>>): void {
    const time = new Date(this.context.clock.now()).toISOString();
    this.context.error.write(`${JSON.stringify({ time, ...facts })}\n`);
  }
}
