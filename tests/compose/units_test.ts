import {
  formatDuration,
  formatFileMode,
  parseBytes,
  parseDurationNanoseconds,
  parseFileMode,
  parseFloatingPoint,
  parseInteger,
} from "../../src/compose/units.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

Deno.test("durations are read, and printed as Go prints them", () => {
  const cases: [text: string, nanoseconds: number, printed: string][] = [
    ["0", 0, "0s"],
    ["0s", 0, "0s"],
    ["1s", 1e9, "1s"],
    ["90s", 90e9, "1m30s"],
    ["1h", 3600e9, "1h0m0s"],
    ["1h30m", 5400e9, "1h30m0s"],
    ["1.5h", 5400e9, "1h30m0s"],
    ["250ms", 250e6, "250ms"],
    ["1.5s", 1.5e9, "1.5s"],
    ["10us", 10e3, "10µs"],
    ["10µs", 10e3, "10µs"],
    ["7ns", 7, "7ns"],
    ["1d", 86_400e9, "24h0m0s"],
    ["1w2d", 9 * 86_400e9, "216h0m0s"],
    [".5s", 0.5e9, "500ms"],
    ["-5s", -5e9, "-5s"],
    ["1m0.5s", 60.5e9, "1m0.5s"],
  ];
  for (const [text, nanoseconds, printed] of cases) {
    assertEquals(parseDurationNanoseconds(text), nanoseconds, text);
    assertEquals(formatDuration(nanoseconds), printed, text);
  }
});

Deno.test("what is no duration is refused", () => {
  for (const text of ["", "5", "5 s", "s", "5x", "1h-5m", "1..5s", "300000w", "abc", "5S"]) {
    assertThrows(() => parseDurationNanoseconds(text), RangeError);
  }
});

Deno.test("sizes are read", () => {
  const cases: [text: string, bytes: number][] = [
    ["0", 0],
    ["1024", 1024],
    ["1b", 1],
    ["1k", 1024],
    ["1kb", 1024],
    ["1KiB", 1024],
    ["512m", 512 * 1024 ** 2],
    ["1.5g", 1.5 * 1024 ** 3],
    ["64 kb", 65_536],
    ["2T", 2 * 1024 ** 4],
    ["1p", 1024 ** 5],
    [".5k", 512],
    ["0.3", 0],
  ];
  for (const [text, bytes] of cases) assertEquals(parseBytes(text), bytes, text);
});

Deno.test("what is no size is refused", () => {
  for (const text of ["", "x", "-1", "-5m", "1x", "1ib", "1kbb", "1  k", "k", "1,5g"]) {
    assertThrows(() => parseBytes(text), RangeError);
  }
});

Deno.test("numbers and modes are read strictly", () => {
  assertEquals(parseInteger("-1"), -1);
  assertEquals(parseInteger("+007"), 7);
  assertEquals(parseFloatingPoint("1e-3"), 0.001);
  assertEquals(parseFileMode("0440"), 0o440);
  assertEquals(parseFileMode("440"), 0o440);
  assertEquals(formatFileMode(0o440), "0440");
  for (const text of ["", "1.5", "0x10", "1_000", "99999999999999999999"]) {
    assertThrows(() => parseInteger(text), RangeError);
  }
  for (const text of ["", "1.5.", "x", "1e"]) assertThrows(() => parseFloatingPoint(text), RangeError);
  for (const text of ["", "0o440", "abc", "8"]) assertThrows(() => parseFileMode(text), RangeError);
});
