/**
 * Reads fields of the engine's JSON answers. An engine may leave out any field, or send null for an empty list, so
 * every read has a fallback and nothing is trusted to have a type.
 */

export type JsonObject = { readonly [key: string]: unknown };

/** The value as an object; an empty one when it is none. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a list; an empty one when it is none (Go writes an empty list as null). */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

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
