/** Which entries of a directory are specs. */

import { defaultNames, overrideNames } from "../compose/project_setup.ts";
import type { Problem } from "../pod/errors.ts";
import { DirectoryProblem, type FilesLook } from "./spec_files.ts";
import type { SpecScan, SpecVersion } from "./spec_source.ts";
import { type SpecPart, versionOf } from "./spec_version.ts";

const extensions = [".yaml", ".yml", ".json"] as const;

/** Ends of names that editors, package managers and people give to what is not to be used. */
const leftoverEnds = [
  "~",
  ".bak",
  ".backup",
  ".old",
  ".orig",
  ".save",
  ".swp",
  ".swo",
  ".swx",
  ".tmp",
  ".temp",
  ".part",
  ".partial",
  ".rej",
  ".rpmsave",
  ".rpmnew",
  ".rpmorig",
  ".dpkg-old",
  ".dpkg-new",
  ".dpkg-dist",
  ".dpkg-tmp",
  ".ucf-old",
  ".ucf-new",
  ".ucf-dist",
  ".pacnew",
  ".pacsave",
  ".disabled",
];

/**
 * Whether a name is nobody's spec, file or directory: dotfiles, backups and leftovers of editors (`~ .bak .swp .tmp
 * .rpmsave .dpkg-old #x#` and their like; docs/operator.md has all of them).
 */
export function isLeftover(name: string): boolean {
  return name.startsWith(".") || name.startsWith("#") ||
    leftoverEnds.some((end) => name.length > end.length && name.endsWith(end));
}

/** Whether a file of this name is a spec. */
export function isSpecName(name: string): boolean {
  return !isLeftover(name) && extensions.some((end) => name.length > end.length && name.endsWith(end));
}

/** Whether a file of this name can make a directory a project, or change which files are its. */
export function isProjectName(name: string): boolean {
  return name === ".env" || defaultNames.includes(name) || overrideNames.includes(name);
}

/** The name of a pod whose file does not name one: the file's, without its extension. */
export function podNameOfFile(name: string): string {
  const end = extensions.find((extension) => name.endsWith(extension)) ?? "";
  return name.slice(0, name.length - end.length);
}

/**
 * Looks at a directory by stat alone.
 *
 * @param partsOf what a spec is known to be made of; undefined for one that was never read
 */
export function scanDirectory(
  directory: string,
  look: FilesLook,
  partsOf: (key: string) => readonly SpecPart[] | undefined,
): SpecScan {
  let names: ReadonlySet<string>;
  try {
    names = look.names(directory);
  } catch (error) {
    if (!(error instanceof DirectoryProblem)) throw error;
    const problems = [unreadable(directory, error)];
    return { directory, specs: [], directories: [], unclear: [], problems, readable: false };
  }
  const specs: SpecVersion[] = [];
  const directories: string[] = [];
  const unclear: { key: string; problem: Problem }[] = [];
  const own = defaultNames.find((name) => names.has(name));
  const found = (key: string, first: string) =>
    specs.push({ key, version: versionOf(partsOf(key) ?? [{ path: first, counts: "content" }], look) });
  for (const name of [...names].sort()) {
    if (isLeftover(name)) continue;
    const key = directory === "/" ? `/${name}` : `${directory}/${name}`;
    const isSpec = isSpecName(name);
    // A project of the directory itself is one spec, whatever else it consists of.
    if (isSpec && own !== undefined && name !== own && isProjectName(name)) continue;
    const { kind } = look.stat(key);
    if (kind === "directory") {
      directories.push(key);
      const first = projectFileIn(key, look);
      if (first instanceof DirectoryProblem) unclear.push({ key, problem: unreadable(key, first) });
      else if (first !== undefined) found(key, first);
      else if (isSpec) found(key, key);
    } else if (isSpec) found(key, key);
  }
  const state = look.stat(directory);
  const whose = "device" in state ? { device: String(state.device), identity: state.identity } : {};
  return { directory, specs, directories, unclear, problems: [], readable: true, ...whose };
}

/** The path of the Compose file that makes a directory a project. */
function projectFileIn(directory: string, look: FilesLook): string | undefined | DirectoryProblem {
  try {
    const names = look.names(directory);
    const name = defaultNames.find((candidate) => names.has(candidate));
    return name === undefined ? undefined : `${directory}/${name}`;
  } catch (error) {
    if (error instanceof DirectoryProblem) return error;
    throw error;
  }
}

function unreadable(directory: string, { message }: DirectoryProblem): Problem {
  return {
    severity: "error",
    path: "",
    message: `cannot be read: ${message}; what runs of it is left alone`,
    position: { file: directory },
  };
}
