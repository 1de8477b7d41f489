import type { PullProgress } from "../docker/engine.ts";
import type { Clock } from "../pod/clock.ts";
import type { Plan, Step } from "../plan/step.ts";
import { subjectOf, wordsFor } from "./step_words.ts";

/** One thing that a plan is about, and how far it is. */
export interface ProgressRow {
  readonly subject: string;
  readonly state: "planned" | "working" | "done" | "failed" | "interrupted";
  /** What is being done to it, or was done last. */
  readonly word: string;
  /** By the clock's {@linkcode Clock.elapsed}. */
  readonly since: number;
  /** Milliseconds of all its steps that are done. */
  readonly spent: number;
  readonly pull?: PullProgress;
}

/** How far a plan is, by what its steps are done to. */
export class ProgressRows {
  readonly #rows = new Map<string, ProgressRow>();
  readonly #left = new Map<string, number>();
  readonly #known = new Set<string>();
  #done = 0;

  constructor(plan: Plan, private readonly clock: Clock) {
    this.add(plan);
  }

  /** Adds the steps of a further plan. */
  add(plan: Plan): void {
    for (const step of plan.steps) this.#addStep(step);
  }

  get rows(): readonly ProgressRow[] {
    return [...this.#rows.values()];
  }

  get done(): number {
    return this.#done;
  }

  get total(): number {
    return this.#known.size;
  }

  started(step: Step): void {
    this.#addStep(step);
    this.#change(step, (row) => ({
      subject: row.subject,
      state: "working",
      word: wordsFor(step).doing,
      since: this.clock.elapsed(),
      spent: row.spent,
    }));
  }

  progress(step: Step, pull: PullProgress): void {
    this.#change(step, (row) => ({ ...row, pull }));
  }

  succeeded(step: Step, milliseconds: number): void {
    this.#done++;
    const subject = subjectOf(step);
    const left = (this.#left.get(subject) ?? 1) - 1;
    this.#left.set(subject, left);
    this.#change(step, (row) => ({
      subject: row.subject,
      state: left === 0 ? "done" : "planned",
      word: wordsFor(step).done,
      since: row.since,
      spent: row.spent + milliseconds,
    }));
  }

  failed(step: Step): void {
    this.#change(step, (row) => ({ ...row, state: "failed", word: "failed" }));
  }

  interrupted(step: Step): void {
    this.#change(
      step,
      (row) => row.state === "working" ? { ...row, state: "interrupted", word: "interrupted" } : row,
    );
  }

  #addStep(step: Step): void {
    if (this.#known.has(step.id)) return;
    this.#known.add(step.id);
    const subject = subjectOf(step);
    this.#left.set(subject, (this.#left.get(subject) ?? 0) + 1);
    if (!this.#rows.has(subject)) {
      this.#rows.set(subject, { subject, state: "planned", word: "planned", since: 0, spent: 0 });
    }
  }

  #change(step: Step, change: (row: ProgressRow) => ProgressRow): void {
    const subject = subjectOf(step);
    const row = this.#rows.get(subject);
    if (row !== undefined) this.#rows.set(subject, change(row));
  }
}
