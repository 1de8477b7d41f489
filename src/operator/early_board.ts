import type { Clock } from "../pod/clock.ts";
import type { ClusterBoard } from "./cluster_board.ts";
import type { PodBoard, PodEntry, PodEvent, SpecProblem } from "./pod_board.ts";

/**
 * The board of an operator that has not begun yet, as it waits for its engine: empty, with the reason. From
 * {@linkcode EarlyBoard.begin} on it is the operator's own board, also for those who listen already.
 */
export class EarlyBoard implements PodBoard {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #board: PodBoard | undefined;
  #waitsFor: string | undefined;
  #lastProgress: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastProgress = clock.elapsed();
  }

  pods(): readonly PodEntry[] {
    return this.#board?.pods() ?? [];
  }

  problems(): readonly SpecProblem[] {
    return this.#board?.problems() ?? [];
  }

  events(since?: number): readonly PodEvent[] {
    return this.#board?.events(since) ?? [];
  }

  onChange(listener: () => void): () => void {
    // Each registration is its own, also of the same function.
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  get lastProgress(): number {
    return this.#board?.lastProgress ?? this.#lastProgress;
  }

  get ready(): boolean {
    return this.#board?.ready ?? false;
  }

  get waitsFor(): string | undefined {
    return this.#board === undefined ? this.#waitsFor : this.#board.waitsFor;
  }

  get cluster(): ClusterBoard | undefined {
    return this.#board?.cluster;
  }

  async *logs(...request: Parameters<PodBoard["logs"]>): ReturnType<PodBoard["logs"]> {
    if (this.#board !== undefined) yield* this.#board.logs(...request);
  }

  /** It still waits, and what for where that is known. */
  wait(reason?: string): void {
    this.#lastProgress = this.#clock.elapsed();
    if (reason === undefined || reason === this.#waitsFor) return;
    this.#waitsFor = reason;
    this.#changed();
  }

  /** The operator has begun: this is its board from now on. */
  begin(board: PodBoard): void {
    this.#board = board;
    board.onChange(() => this.#changed());
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
