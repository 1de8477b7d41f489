import type { Clock } from "../pod/clock.ts";

/** Why a sleep is ended that nobody waits for any more. One for all: making an error each time is dear. */
const over = new Error("the wait is over");

/**
 * Wakes who waits when something happened: all of them. A ring that comes while nobody waits is kept for the next one,
 * several count as one: what rings it is a hint, the waiter looks for itself.
 */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #isRung = false;

  ring(): void {
    if (this.#waiting.size === 0) this.#isRung = true;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /**
   * Waits for a ring, at most `milliseconds`.
   *
   * @throws the signal's reason when it is aborted first
   */
  async wait(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<"rung" | "timed-out"> {
    const timer = new AbortController();
    const { promise: rung, resolve: wake } = Promise.withResolvers<void>();
    if (this.#isRung) wake();
    else this.#waiting.add(wake);
    this.#isRung = false;
    const timeOut = clock.sleep(milliseconds, AbortSignal.any([signal, timer.signal]));
    // The race may have been won before the sleep is ended.
    timeOut.catch(() => {});
    try {
      return await Promise.race([
        timeOut.then(() => "timed-out" as const),
        rung.then(() => "rung" as const),
      ]);
    } finally {
      this.#waiting.delete(wake);
      timer.abort(over);
    }
  }
}
