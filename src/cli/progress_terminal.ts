import type { PullProgress } from "../docker/engine.ts";
import type { Plan, Step } from "../plan/step.ts";
import type { StepError } from "../supervisor/step_error.ts";
import type { CommandContext } from "./context.ts";
import { warningLine } from "./error_report.ts";
import type { ProgressDisplay } from "./progress.ts";
import { progressFrame } from "./progress_frame.ts";
import { PlainProgress } from "./progress_plain.ts";
import { ProgressRows } from "./progress_rows.ts";
import { subjectOf } from "./step_words.ts";

/** How often the frame is drawn while nothing but time changes. */
const frameInterval = 100;

/** Draws a frame and draws over it as things change. */
export class TerminalProgress implements ProgressDisplay {
  readonly #plain: PlainProgress;
  #title = "";
  #rows: ProgressRows | undefined;
  #began = 0;
  #drawnLines = 0;
  #onlyLines = false;
  #drawing: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(private readonly context: CommandContext) {
    this.#plain = new PlainProgress(context);
  }

  begin(title: string, plan: Plan): void {
    if (this.#onlyLines) return this.#plain.begin(title, plan);
    this.#title = title;
    this.#rows = new ProgressRows(plan, this.context.clock);
    this.#began = this.context.clock.elapsed();
    const stop = new AbortController();
    this.#drawing = { stop, ended: this.#drawUntil(stop.signal) };
  }

  extend(plan: Plan): void {
    this.#rows?.add(plan);
  }

  idle(text: string): void {
    this.#plain.idle(text);
  }

  started(step: Step): void {
    if (this.#rows === undefined) this.#plain.started(step);
    else this.#rows.started(step);
  }

  progress(step: Step, pull: PullProgress): void {
    if (this.#rows === undefined) this.#plain.progress(step, pull);
    else this.#rows.progress(step, pull);
  }

  warning(step: Step, message: string): void {
    if (this.#rows === undefined) return this.#plain.warning(step, message);
    this.#erase();
    this.context.error.write(`${warningLine(`${subjectOf(step)}: ${message}`, this.context.errorStyle)}\n`);
    this.#draw();
  }

  succeeded(step: Step, milliseconds: number): void {
    if (this.#rows === undefined) this.#plain.succeeded(step, milliseconds);
    else this.#rows.succeeded(step, milliseconds);
  }

  failed(step: Step, _error: StepError): void {
    if (this.#rows === undefined) this.#plain.failed(step);
    else this.#rows.failed(step);
  }

  interrupted(step: Step): void {
    if (this.#rows === undefined) this.#plain.interrupted(step);
    else this.#rows.interrupted(step);
  }

  skipped(): void {}

  /** What is done stays; what is under way would stand still, and is told by a line when it is done. */
  async yieldToLines(): Promise<void> {
    this.#onlyLines = true;
    await this.#finish("only-done");
  }

  async end(): Promise<void> {
    await this.#finish("all");
  }

  async #finish(kept: "all" | "only-done"): Promise<void> {
    const drawing = this.#drawing;
    if (drawing !== undefined) {
      this.#drawing = undefined;
      drawing.stop.abort();
      await drawing.ended;
      this.#draw(kept);
      this.#drawnLines = 0;
      this.#rows = undefined;
    }
    await this.context.error.flush();
  }

  async #drawUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#draw();
      // The signal's abortion is the end of this loop and no error.
      await this.context.clock.sleep(frameInterval, signal).catch(() => {});
    }
  }

  #draw(kept: "all" | "only-done" = "all"): void {
    if (this.#rows === undefined || this.#rows.total === 0) return;
    const rows = this.#rows.rows.filter(({ state }) => kept === "all" || state === "done");
    if (rows.length === 0) return this.#erase();
    const { columns, rows: height } = this.context.terminal.size();
    const lines = progressFrame({
      title: this.#title,
      rows,
      ...(kept === "all" ? { done: this.#rows.done } : {}),
      total: this.#rows.total,
      now: this.context.clock.elapsed(),
      began: this.#began,
      columns,
      lines: height - 1,
      style: this.context.errorStyle,
    });
    const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A` : "";
    // Each line is cleared before it is written; what an earlier, longer frame left below is cleared after.
    this.context.error.write(`${up}\r${lines.map((line) => `\x1b[2K${line}\n`).join("")}\x1b[0J`);
    this.#drawnLines = lines.length;
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.context.error.write(`\x1b[${this.#drawnLines}A\r\x1b[0J`);
    this.#drawnLines = 0;
  }
}
