import { Bell } from "../../src/supervisor/bell.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

const never = new AbortController().signal;

Deno.test("a bell wakes who waits, and keeps one ring for who comes later", async () => {
  const clock = new SteppedClock();
  const bell = new Bell();
  const waiting = bell.wait(clock, 1_000, never);
  bell.ring();
  assertEquals(await waiting, "rung");
  bell.ring();
  bell.ring();
  assertEquals(await bell.wait(clock, 1_000, never), "rung");
  const again = bell.wait(clock, 1_000, never);
  await clock.advance(1_000);
  assertEquals(await again, "timed-out");
  assertEquals(clock.sleeping, 0);
});

Deno.test("a ring that comes after a wait has timed out, while nobody waits, is kept", async () => {
  const clock = new SteppedClock();
  const bell = new Bell();
  const first = bell.wait(clock, 1_000, never);
  await clock.advance(1_000);
  assertEquals(await first, "timed-out");
  bell.ring();
  await clock.settle();
  assertEquals(await bell.wait(clock, 1_000, never), "rung");
});

Deno.test("a wait ends with its signal's reason", async () => {
  const clock = new SteppedClock();
  const over = new AbortController();
  const waiting = new Bell().wait(clock, 1_000, over.signal);
  over.abort(new Error("over"));
  await assertRejects(() => waiting, Error, "over");
  assertEquals(clock.sleeping, 0);
});

Deno.test("a ring wakes all who wait", async () => {
  const clock = new SteppedClock();
  const bell = new Bell();
  const waiting = [bell.wait(clock, 1_000, never), bell.wait(clock, 1_000, never)];
  bell.ring();
  assertEquals(await Promise.all(waiting), ["rung", "rung"]);
  assertEquals(clock.sleeping, 0);
});
