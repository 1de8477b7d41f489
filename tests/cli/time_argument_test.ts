import { parseTimeArgument } from "../../src/cli/time_argument.ts";
import { UsageError } from "../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const now = Date.UTC(2026, 0, 31, 12);

const accepted: [string, number][] = [
  ["10m", now - 600_000],
  ["1h30m", now - 5_400_000],
  ["1.5s", now - 1500],
  ["250ms", now - 250],
  ["2d", now - 172_800_000],
  ["2026-01-30", Date.UTC(2026, 0, 30)],
  ["2026-01-30T10:00:00Z", Date.UTC(2026, 0, 30, 10)],
  ["2026-01-30T10:00:00.5+02:00", Date.UTC(2026, 0, 30, 8, 0, 0, 500)],
  ["2026-01-30T10:00:00", Date.UTC(2026, 0, 30, 10)],
  ["1769774400", 1_769_774_400_000],
  ["1769774400.25", 1_769_774_400_250],
];

for (const [text, expected] of accepted) {
  Deno.test(`--since ${text}`, () => assertEquals(parseTimeArgument("--since", text, now), expected));
}

for (const text of ["", "yesterday", "10", "10x", "-5m", "2026-13-45", "m10"]) {
  Deno.test(`--since "${text}" is refused`, () => {
    const error = assertThrows(() => parseTimeArgument("--since", text, now), UsageError);
    assertEquals(error.message.startsWith("--since takes an age (10m"), true);
  });
}
