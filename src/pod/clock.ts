/**
 * Time as a dependency: every wait and every timestamp of mesolet comes from a {@linkcode Clock}, so that tests step
 * through hours in no time and a bound can be proven.
 */

/** A source of time. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`: for timestamps that people read. */
  now(): number;
  /** Milliseconds of a clock that never jumps: for measuring how long something took. */
  elapsed(): number;
  /** Resolves after `milliseconds`, however many. Rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A timer of this machine can run for some 24 days, and ends at once when it is to run longer. */
const longestTimer = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const wait = (left: number): ReturnType<typeof setTimeout> =>
        setTimeout(() => {
          if (left > longestTimer) {
            timer = wait(left - longestTimer);
            return;
          }
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, Math.min(left, longestTimer));
      let timer = wait(milliseconds);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};
