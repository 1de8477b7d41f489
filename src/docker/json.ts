/**
 * Reads fields of the engine's JSON answers. An engine may leave out any field, or send null for an empty list, so
 * every read has a fallback and nothing is trusted to have a type.
 */

import { objectOf, textOf } from "../pod/json.ts";

export { isObject, type JsonObject, listOf, objectOf, textOf } from "../pod/json.ts";

export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** The value as a map from text to text; what is no text is left out. */
export function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, entry] of Object.entries(objectOf(value))) {
    if (typeof entry === "string") texts[key] = entry;
  }
  return texts;
}

/**
 * A time of the engine (RFC 3339) in milliseconds since 1970; absent for Go's zero time, which stands for "never".
 */
export function timeOf(value: unknown): number | undefined {
  const text = textOf(value);
  if (text === "" || text.startsWith("0001-")) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
