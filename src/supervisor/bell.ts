import type { Clock } from "../pod/clock.ts";

/**
 * Wakes one waiter when something happened. A ring that comes while nobody waits is kept, several count as one: what
 * rings it is a hint, the waiter looks for itself.
 */
export class Bell {
  #isRung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /**
   * Waits for a ring, at most `milliseconds`.
   *
   * @throws the signal's reason when it is aborted first
   */
  async wait(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<"rung" | "timed-out"> {
    const timer = new AbortController();
    const rung = new Promise<void>((resolve) => this.#wake = resolve);
    if (this.#isRung) this.#wake();
    const timeOut = clock.sleep(milliseconds, AbortSignal.any([signal, timer.signal]));
    try {
      const why = await Promise.race([
        timeOut.then(() => "timed-out" as const),
        rung.then(() => "rung" as const),
      ]);
      if (why === "rung") this.#isRung = false;
      return why;
    } finally {
      this.#wake = () => {};
      timer.abort();
      // The race may have been won before the sleep was ended.
      timeOut.catch(() => {});
    }
  }
}
