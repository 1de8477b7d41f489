import type { Clock } from "../pod/clock.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Asks again until something that the engine said is under way has come about. There is no event for it: what is
 * waited for is another caller's removal, of which the engine only says that it is in progress.
 *
 * @param attempt true when it has come about
 * @param late the error when it has not within the bound
 * @param bound milliseconds
 */
export async function settle(
  clock: Clock,
  signal: AbortSignal,
  attempt: () => Promise<boolean>,
  late: () => Error,
  bound: number = TimeBounds.settle,
): Promise<void> {
  const started = clock.elapsed();
  for (let pause = 20;; pause = Math.min(pause * 2, 1_000)) {
    if (await attempt()) return;
    if (clock.elapsed() - started >= bound) throw late();
    await clock.sleep(pause, signal);
  }
}
