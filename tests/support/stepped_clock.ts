import type { Clock } from "../../src/pod/clock.ts";

/**
 * A clock that stands still until it is stepped: hours pass in no time, and what happens at which moment is exact.
 */
export class SteppedClock implements Clock {
  #now: number;
  readonly #start: number;
  /** How far the date was put forward. */
  #jumped = 0;
  readonly #sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();

  /** @param now milliseconds since 1970 */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
    this.#start = now;
  }

  now(): number {
    return this.#now + this.#jumped;
  }

  /** Puts the date forward, or back, as an administrator does, or a host that wakes up: no time passes. */
  jump(milliseconds: number): void {
    this.#jumped += milliseconds;
  }

  elapsed(): number {
    return this.#now - this.#start;
  }

  /** How many sleeps are under way: none may be left when a test ends. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Milliseconds until the first sleep ends; Infinity when there is none. */
  get untilNext(): number {
    return Math.min(Infinity, ...[...this.#sleepers].map(({ due }) => due - this.#now));
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = {
        due: this.#now + Math.max(0, milliseconds),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Lets everything run that can run without time passing. */
  async settle(): Promise<void> {
    // All in-memory work is microtasks; a macrotask runs only when none is left.
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        port2.close();
        resolve();
      };
      port2.postMessage(null);
    });
  }

  /** Steps the time on: every sleep that is due on the way ends at its moment, in order. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.#now + milliseconds;
    await this.settle();
    for (;;) {
      let next: { readonly due: number; readonly wake: () => void } | undefined;
      for (const sleeper of this.#sleepers) {
        if (sleeper.due <= target && (next === undefined || sleeper.due < next.due)) next = sleeper;
      }
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await this.settle();
    }
    this.#now = target;
    await this.settle();
  }
}
