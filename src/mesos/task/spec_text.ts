/** What a text that came with a task is. */

export type SpecText =
  /** A Compose file, so far as its first level shows; whether it is a right one the loader says. */
  | { readonly kind: "compose" }
  /** A Kubernetes manifest. */
  | { readonly kind: "kubernetes" }
  /** A JSON object that is neither. */
  | { readonly kind: "object"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "other" };

/** Looks at the first level of a text: YAML or JSON with `services`, or with `apiVersion` and `kind`. */
export function recogniseSpec(text: string): SpecText {
  const value = parseObject(text);
  if (value !== undefined) {
    const services = value["services"];
    if (typeof services === "object" && services !== null && !Array.isArray(services)) {
      return { kind: "compose" };
    }
    return "apiVersion" in value && "kind" in value ? { kind: "kubernetes" } : { kind: "object", value };
  }
  if (hasKey(text, "services")) return { kind: "compose" };
  return hasKey(text, "apiVersion") && hasKey(text, "kind") ? { kind: "kubernetes" } : { kind: "other" };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    // It may be YAML in flow style.
    return undefined;
  }
}

/** Whether a key stands at the first level of a YAML text, in block style or first in flow style. */
function hasKey(text: string, key: string): boolean {
  return new RegExp(`^\\ufeff?(?:\\{\\s*)?(["']?)${key}\\1\\s*:(?:\\s|$)`, "m").test(text);
}
