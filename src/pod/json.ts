/**
 * Reads fields of JSON that others wrote: a field may be left out, or be null for an empty list, so every read has a
 * fallback and nothing is trusted to have a type.
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
