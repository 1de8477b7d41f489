import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";

/** A bound of time was passed: what was asked may still happen. */
export class BoundPassedError extends MesoletError {
  override readonly name: string = "BoundPassedError";
  constructor(what: string, milliseconds: number) {
    // What was left of another bound may be next to nothing.
    const within = milliseconds < 100
      ? "in the time that was left"
      : `within ${Math.round(milliseconds / 100) / 10} s`;
    super(`Cannot ${what}: no answer ${within}`, ExitCode.temporary);
  }
}

/**
 * Runs `work` with a signal that is aborted when the bound is passed or `signal` is aborted, and leaves it behind
 * then, even when it does not notice.
 *
 * @param what in words, fit for "Cannot …"
 * @throws {BoundPassedError} when the bound is passed
 * @throws the signal's reason when it is aborted, and whatever `work` throws
 */
export async function bounded<T>(
  what: string,
  milliseconds: number,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  options.signal.throwIfAborted();
  const over = new AbortController();
  const timer = new AbortController();
  const passed = options.clock.sleep(milliseconds, AbortSignal.any([options.signal, timer.signal])).then(
    () => {
      throw new BoundPassedError(what, milliseconds);
    },
  );
  try {
    return await Promise.race([work(AbortSignal.any([options.signal, over.signal])), passed]);
  } finally {
    timer.abort();
    over.abort();
  }
}
