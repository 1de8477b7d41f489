import { RegistryBounds } from "./registry_bounds.ts";
import { retryPause } from "../docker/time_bounds.ts";

/** Of a small call of the engine: a registry is farther away. */
const patience = 5;

/**
 * The pause before the next try, in milliseconds: as long as the registry asks for (`Retry-After` in seconds or as a
 * date), bounded, else growing from half a second.
 *
 * @param next the number of that try: 2 for the first repetition
 * @param now milliseconds since 1970
 * @param random a number in [0, 1)
 */
export function pauseBefore(
  next: number,
  retryAfter: string | undefined,
  now: number,
  random: number,
): number {
  const asked = retryAfter === undefined ? undefined : millisecondsAsked(retryAfter.trim(), now);
  if (asked === undefined) return patience * retryPause(next, random);
  return Math.min(RegistryBounds.longestPause, Math.max(0, asked));
}

function millisecondsAsked(text: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date - now;
}
