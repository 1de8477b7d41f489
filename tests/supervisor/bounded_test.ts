import { bounded, BoundPassedError } from "../../src/supervisor/bounded.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

Deno.test("a bound that is passed is told in a time that people read", async () => {
  const clock = new SteppedClock();
  const table: [number, string][] = [
    [20_000, "Cannot ask: no answer within 20 s"],
    [1_234.5, "Cannot ask: no answer within 1.2 s"],
    [0.34, "Cannot ask: no answer in the time that was left"],
  ];
  for (const [milliseconds, message] of table) {
    const { signal } = new AbortController();
    const asking = assertRejects(
      () => bounded("ask", milliseconds, { clock, signal }, () => new Promise(() => {})),
      BoundPassedError,
    );
    await clock.advance(milliseconds);
    assertEquals((await asking).message, message);
  }
});
