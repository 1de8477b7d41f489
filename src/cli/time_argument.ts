import { UsageError } from "../pod/errors.ts";

const unitMilliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a point in time as people give it to `--since` and `--until`: an age (`10m`, `1h30m`), a date or time
 * (`2026-01-31`, `2026-01-31T12:00:00Z`; without a zone it is UTC), or seconds since 1970.
 *
 * @returns milliseconds since 1970
 * @throws {UsageError} for anything else
 */
export function parseTimeArgument(flag: string, text: string, now: number): number {
  if (/^\d{9,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const age = parseAge(text);
  if (age !== undefined) return now - age;
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) || text.length <= "2026-01-31".length;
    const parsed = Date.parse(zoned ? text : `${text}Z`);
    if (!Number.isNaN(parsed)) return parsed;
  }
  throw new UsageError(
    `${flag} takes an age (10m, 1h30m), a time (2026-01-31T12:00:00Z) or seconds since 1970, not "${text}"`,
  );
}

function parseAge(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(number) * (unitMilliseconds[unit ?? ""] ?? 0);
  }
  return sum;
}
