import { counted, formatAge, formatBytes, formatDuration } from "../../src/cli/human.ts";
import { assertEquals } from "../support/assert.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

Deno.test("a duration is told in two units at most", () => {
  const cases: [number, string][] = [
    [-5, "0.0s"],
    [0, "0.0s"],
    [349, "0.3s"],
    [12_300, "12.3s"],
    [59_940, "59.9s"],
    [59_960, "1m"],
    [125 * second, "2m5s"],
    [3 * hour + 12 * minute + 9 * second, "3h12m"],
    [4 * day + 2 * hour, "4d2h"],
    [2 * day, "2d"],
  ];
  for (const [milliseconds, text] of cases) assertEquals(formatDuration(milliseconds), text);
});

Deno.test("an age is told in one unit", () => {
  const cases: [number, string][] = [
    [0, "now"],
    [999, "now"],
    [12 * second, "12s"],
    [90 * second, "90s"],
    [5 * minute, "5m"],
    [90 * minute, "90m"],
    [3 * hour, "3h"],
    [36 * hour, "36h"],
    [9 * day, "9d"],
  ];
  for (const [milliseconds, text] of cases) assertEquals(formatAge(milliseconds), text);
});

Deno.test("a size has three digits at most", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [950, "950 B"],
    [999, "999 B"],
    [3200, "3.2 kB"],
    [9960, "10 kB"],
    [999_600, "1.0 MB"],
    [120_000_000, "120 MB"],
    [4_100_000_000, "4.1 GB"],
    [5e15, "5000 TB"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatBytes(bytes), text);
});

Deno.test("a count agrees with its noun", () => {
  assertEquals(counted(1, "container"), "1 container");
  assertEquals(counted(0, "container"), "0 containers");
});
