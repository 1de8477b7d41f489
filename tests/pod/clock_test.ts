import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

Deno.test("a wait that is longer than a timer of the machine can be does not end at once", async () => {
  for (const long of [2 ** 31, 90 * 24 * 3_600_000, Infinity]) {
    const over = new AbortController();
    const waiting = systemClock.sleep(long, over.signal);
    const first = await Promise.race([
      waiting.then(() => "the long wait", () => "its end"),
      systemClock.sleep(20).then(() => "the short wait"),
    ]);
    over.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    assertEquals(first, "the short wait", `${long} ms`);
  }
});

Deno.test("a long wait is made of timers that together are as long", async () => {
  const asked: number[] = [];
  const setTimer = globalThis.setTimeout;
  // A machine on which each timer ends in the next turn.
  globalThis.setTimeout = ((end: () => void, milliseconds: number) => {
    asked.push(milliseconds);
    return setTimer(end, 0);
  }) as typeof setTimeout;
  try {
    await systemClock.sleep(2 ** 32);
  } finally {
    globalThis.setTimeout = setTimer;
  }
  assertEquals(asked.reduce((sum, each) => sum + each, 0), 2 ** 32);
  assertEquals(asked.every((each) => each < 2 ** 31), true, asked.join(", "));
});
