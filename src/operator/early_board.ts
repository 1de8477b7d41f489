import type { Clock } from "../pod/clock.ts";
import type { ClusterBoard } from "./cluster_board.ts";
import {
  type Awaited,
  type PodBoard,
  type PodEntry,
  type PodEvent,
  rememberedEvents,
  type SpecProblem,
} from "./pod_board.ts";

/**
 * The board of an operator that has not begun yet, as it waits for its engine: empty, with the reason. From
 * {@linkcode EarlyBoard.begin} on it is the operator's own board, also for those who listen already, until it stands
 * by. What happened stays to be seen, and numbers of events go on growing.
 */
export class EarlyBoard implements PodBoard {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #board: PodBoard | undefined;
  #unlisten = () => {};
  /** Of boards before this one. */
  #past: readonly PodEvent[] = [];
  #waitsFor: string | undefined;
  #awaits: Awaited = "engine";
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
    const offset = this.#offset;
    const present = this.#board?.events(since === undefined ? undefined : since - offset) ?? [];
    if (offset === 0) return present;
    const moved = present.map((event) => ({ ...event, number: event.number + offset }));
    return [...this.#past.filter(({ number }) => number > (since ?? 0)), ...moved].slice(-rememberedEvents);
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

  get awaits(): Awaited | undefined {
    return this.#board === undefined ? this.#awaits : this.#board.awaits;
  }

  get cluster(): ClusterBoard | undefined {
    return this.#board?.cluster;
  }

  async *logs(...request: Parameters<PodBoard["logs"]>): ReturnType<PodBoard["logs"]> {
    if (this.#board !== undefined) yield* this.#board.logs(...request);
  }

  get readInstance(): PodBoard["readInstance"] {
    return this.#board?.readInstance;
  }

  /** It still waits, and what for where that is known. */
  wait(reason?: string, awaits: Awaited = "engine"): void {
    this.#lastProgress = this.#clock.elapsed();
    if (reason === undefined || (reason === this.#waitsFor && awaits === this.#awaits)) return;
    this.#waitsFor = reason;
    this.#awaits = awaits;
    this.#changed();
  }

  /** The operator has begun: this is its board from now on. */
  begin(board: PodBoard): void {
    this.#unlisten();
    this.#board = board;
    this.#unlisten = board.onChange(() => this.#changed());
    this.#changed();
  }

  /** What had begun is over, and it waits for the lead. */
  standBy(reason: string): void {
    this.#past = this.events();
    this.#board = undefined;
    this.#unlisten();
    this.#lastProgress = this.#clock.elapsed();
    this.#waitsFor = reason;
    this.#awaits = "lead";
    this.#changed();
  }

  /** The number of the last event of boards before this one. */
  get #offset(): number {
    return this.#past.at(-1)?.number ?? 0;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
