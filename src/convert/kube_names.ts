/** A name as Kubernetes takes it (RFC 1123): lower-case letters, digits and `-`, at most 63, a letter or digit at both ends. */
export function kubeName(text: string): string {
  const name = text.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-").slice(0, 63).replace(/^-+|-+$/g, "");
  return name === "" ? "pod" : name;
}

/** The key of a file in a ConfigMap or Secret. */
export function fileKey(text: string): string {
  return text.replaceAll(/[^\w.-]/g, "-").slice(0, 253);
}

/** Kubernetes puts values of variables in place of `$(NAME)` in these texts; `$$(NAME)` stands for itself. */
export function literalText(text: string): string {
  return text.replaceAll("$(", "$$$$(");
}
