import type { Clock } from "../pod/clock.ts";
import { ExitCode } from "../pod/errors.ts";
import { EngineError } from "./engine_error.ts";

/** What is watched. */
export interface SilenceBound {
  /** The call in words, fit for "Cannot …". */
  readonly call: string;
  /** Milliseconds without any progress. */
  readonly bound: number;
  /** What to do when it is passed: a sentence without a full stop. */
  readonly advice: string;
}

/** Aborts when nothing has come for a while: for calls that may take long as long as they get on. */
export class Silence {
  readonly #clock: Clock;
  readonly #bound: SilenceBound;
  readonly #late = new AbortController();
  #timer = new AbortController();

  constructor(clock: Clock, bound: SilenceBound) {
    this.#clock = clock;
    this.#bound = bound;
  }

  /** Aborted with an {@linkcode EngineError} when the bound is passed, and by {@linkcode end}. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** The same pieces; each of them, and the beginning, starts the bound anew. */
  async *watch<Piece>(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece, void, undefined> {
    this.restart();
    for await (const piece of pieces) {
      this.restart();
      yield piece;
    }
  }

  /** There was progress. */
  restart(): void {
    this.#timer.abort();
    if (this.#late.signal.aborted) return;
    this.#timer = new AbortController();
    const { call, bound, advice } = this.#bound;
    const late = () =>
      this.#late.abort(
        new EngineError(`Cannot ${call}: no progress for ${bound / 1_000} s. ${advice}`, ExitCode.temporary, {
          reason: "timed-out",
          call,
        }),
      );
    this.#clock.sleep(bound, this.#timer.signal).then(late, () => {});
  }

  /** Watches no more. */
  end(): void {
    this.#timer.abort();
    // Whoever leaves early leaves no stream behind.
    this.#late.abort();
  }
}
