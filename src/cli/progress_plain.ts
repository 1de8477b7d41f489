import type { PullProgress } from "../docker/engine.ts";
import type { Plan, Step } from "../plan/step.ts";
import type { CommandContext } from "./context.ts";
import { warningLine } from "./error_report.ts";
import { formatDuration } from "./human.ts";
import type { ProgressDisplay } from "./progress.ts";
import { pullText } from "./progress_frame.ts";
import { subjectOf, wordsFor } from "./step_words.ts";

/** How often a pull that goes on says how far it is. */
const pullInterval = 10_000;

/** A line for each step that is done, and for each that may take long when it begins: for logs of machines. */
export class PlainProgress implements ProgressDisplay {
  readonly #pulls = new Map<string, number>();
  #title: string | undefined;

  constructor(private readonly context: Pick<CommandContext, "error" | "errorStyle" | "clock">) {}

  /** The title is printed with the first step: where nothing is done there is nothing to read. */
  begin(title: string, _plan: Plan): void {
    this.#title = title;
  }

  extend(): void {}

  idle(text: string): void {
    this.context.error.write(`${text}\n`);
  }

  started(step: Step): void {
    if (wordsFor(step).long) this.#line(`${subjectOf(step)}: ${wordsFor(step).doing}`);
    this.#pulls.set(step.id, this.context.clock.elapsed());
  }

  progress(step: Step, pull: PullProgress): void {
    const now = this.context.clock.elapsed();
    if (now - (this.#pulls.get(step.id) ?? now) < pullInterval) return;
    this.#pulls.set(step.id, now);
    this.#line(`${subjectOf(step)}: ${wordsFor(step).doing}, ${pullText(pull)}`);
  }

  warning(step: Step, message: string): void {
    this.context.error.write(`${warningLine(`${subjectOf(step)}: ${message}`, this.context.errorStyle)}\n`);
  }

  succeeded(step: Step, milliseconds: number): void {
    this.#line(`${subjectOf(step)}: ${wordsFor(step).done} (${formatDuration(milliseconds)})`);
  }

  failed(step: Step): void {
    this.#line(`${subjectOf(step)}: failed`);
  }

  interrupted(step: Step): void {
    this.#line(`${subjectOf(step)}: interrupted`);
  }

  skipped(): void {}

  yieldToLines(): Promise<void> {
    return this.context.error.flush();
  }

  end(): Promise<void> {
    return this.context.error.flush();
  }

  #line(text: string): void {
    if (this.#title !== undefined) this.context.error.write(`${this.#title}\n`);
    this.#title = undefined;
    this.context.error.write(`${text}\n`);
  }
}
