/** The longest name of a file, in bytes: ids become names of directories. */
const longestName = 255;

/** What speaks against the id of a task, an executor or a framework, in the words of the master. */
export function idProblem(id: string): string | undefined {
  if (id === "") return "ID must not be empty";
  if (new TextEncoder().encode(id).length > longestName) {
    return `ID must not be greater than ${longestName} characters`;
  }
  if (id === "." || id === "..") return `'${id}' is disallowed`;
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return /[\x00-\x1f\x7f/\\]/.test(id) ? `'${id}' contains invalid characters` : undefined;
}
