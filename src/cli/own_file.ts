/** The process as the built file starts it, and the host's own environment behind that. */

/** How the program is built: compiled, in a file that unpacks itself, or not in one file at all. */
export type BuildKind = "compiled" | "self-extracting" | "source";

/** What a process finds out about the file that it was started from. */
export interface OwnFile {
  readonly build: BuildKind;
  /** The one file that is the program; undefined when it runs from source, or from a bundle. */
  readonly path: string | undefined;
}

/** Where the self-extracting file says what its path is. */
const fileVariable = "MESOLET_FILE";
/** Before the names of variables that it kept from its runtime (`scripts/build/stub.sh`). */
const hiddenPrefix = "MESOLET_HOST_";
/** What it sets for its runtime. */
const ownVariables = [fileVariable, "HOME", "DENO_DIR", "DENO_NO_UPDATE_CHECK", "DENO_NO_PACKAGE_JSON"];

/**
 * The environment as it was before the built file added to it, and the file. Variables of the host that mean something
 * to the runtime come to the program under other names, and are given back here.
 *
 * @param executable path of this process's executable
 * @param standalone whether that is the program itself, as `deno compile` makes it
 */
export function ownProcess(
  variables: Readonly<Record<string, string>>,
  { executable, standalone }: { readonly executable: string; readonly standalone: boolean },
): { readonly variables: Record<string, string>; readonly file: OwnFile } {
  const path = variables[fileVariable];
  if (standalone) return { variables: { ...variables }, file: { build: "compiled", path: executable } };
  if (path === undefined) return { variables: { ...variables }, file: { build: "source", path: undefined } };
  const host: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith(hiddenPrefix)) host[name.slice(hiddenPrefix.length)] = value;
    else if (!ownVariables.includes(name)) host[name] = value;
  }
  return { variables: host, file: { build: "self-extracting", path } };
}
