import { assertEquals } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import type { LogLine } from "../../src/docker/engine.ts";
import { newestWithin, readLastLog } from "../../src/supervisor/last_log.ts";
import { supervisionBounds } from "../../src/supervisor/supervision_bounds.ts";

Deno.test("last log: the newest lines that fit are kept", () => {
  assertEquals(newestWithin(["one", "two", "three"], 10), ["two", "three"]);
  assertEquals(newestWithin(["one", "two", "three"], 100), ["one", "two", "three"]);
  assertEquals(newestWithin([], 100), []);
});

Deno.test("last log: a line that is too long is cut, not inside a character", () => {
  assertEquals(newestWithin(["short", "ääää"], 6), ["ää"]);
});

Deno.test("last log: both streams are put in the order of their times", async () => {
  const clock = new SteppedClock();
  const lines: LogLine[] = [
    { stream: "stdout", time: "2026-01-01T00:00:00.2Z", text: "second" },
    { stream: "stderr", time: "2026-01-01T00:00:00.1Z", text: "first" },
  ];
  const engine = { logs: () => ReadableStream.from(lines) };
  const signal = new AbortController().signal;
  const read = await readLastLog("id", {
    engine,
    clock,
    bounds: supervisionBounds,
    signal,
    since: undefined,
  });
  assertEquals(read, ["first", "second"]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("last log: an engine that hangs or fails costs its bound at most, and what came is kept", async () => {
  const clock = new SteppedClock();
  async function* hanging(): AsyncGenerator<LogLine> {
    yield { stream: "stdout", time: "1", text: "came" };
    await new Promise(() => {});
  }
  let read: readonly string[] | undefined;
  const signal = new AbortController().signal;
  const options = { clock, bounds: supervisionBounds, signal, since: undefined };
  readLastLog("id", { ...options, engine: { logs: hanging } }).then((lines) => read = lines);
  await clock.advance(2_999);
  assertEquals(read, undefined);
  await clock.advance(1);
  assertEquals(read, ["came"]);
  async function* failing(): AsyncGenerator<LogLine> {
    yield { stream: "stdout", time: "1", text: "came" };
    await Promise.reject(new Error("lost"));
  }
  assertEquals(await readLastLog("id", { ...options, engine: { logs: failing } }), ["came"]);
});
