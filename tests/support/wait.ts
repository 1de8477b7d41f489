import { systemClock } from "../../src/pod/clock.ts";
import { AssertionError } from "./assert.ts";

/**
 * Waits until a condition holds. Tests wait for what they need, never for a time; the deadline only says when to give
 * up.
 *
 * @param what the condition in words, for the failure: `the container is running`
 * @param condition may throw an {@linkcode AssertionError} to say what it saw
 * @param deadline milliseconds
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadline = 20_000,
): Promise<void> {
  const started = systemClock.elapsed();
  let seen = "";
  while (true) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      seen = `: ${error.message}`;
    }
    if (systemClock.elapsed() - started > deadline) {
      throw new AssertionError(`Not within ${deadline / 1_000} s: ${what}${seen}`);
    }
    await systemClock.sleep(10);
  }
}
