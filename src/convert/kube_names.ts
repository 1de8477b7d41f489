/** A name as Kubernetes takes it (RFC 1123): lower-case letters, digits and `-`, at most 63, a letter or digit at both ends. */
export function kubeName(text: string): string {
  const name = text.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-").slice(0, 63).replace(/^-+|-+$/g, "");
  return name === "" ? "pod" : name;
}

/** The key of a file in a ConfigMap or Secret. */
export function fileKey(text: string): string {
  return text.replaceAll(/[^\w.-]/g, "-").slice(0, 253);
}

/**
 * In these texts Kubernetes puts a variable's value in place of `$(NAME)`, and `$` in place of `$$`. What is in brackets
 * and no name of a variable it leaves alone, as `$(find /x)`.
 */
export function literalText(text: string): string {
  return text.replaceAll(/\$(?=\$|\([\w.-]+\))/g, "$$$$");
}
