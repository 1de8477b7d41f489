import type { Clock } from "../pod/clock.ts";

/**
 * Wakes one waiter when something happened. A ring that comes while nobody waits is kept, several count as one: what
 * rings it is a hint, the waiter looks for itself.
 */
export class Bell {
  #ring = Promise.withResolvers<void>();

  ring(): void {
    this.#ring.resolve();
  }

  /**
   * Waits for a ring, at most `milliseconds`.
   *
   * @throws the signal's reason when it is aborted first
   */
  async wait(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<"rung" | "timed-out"> {
    const timer = new AbortController();
    const timeOut = clock.sleep(milliseconds, AbortSignal.any([signal, timer.signal]));
    try {
      return await Promise.race([
        timeOut.then(() => "timed-out" as const),
        this.#ring.promise.then(() => {
          this.#ring = Promise.withResolvers();
          return "rung" as const;
        }),
      ]);
    } finally {
      timer.abort();
    }
  }
}
