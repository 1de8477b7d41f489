import { defaultNames } from "../compose/project_setup.ts";

/**
 * Other directories whose operator keeps a pod of these too: a project is a pod of its own directory, and of the one
 * that it lies in.
 *
 * @param directories absolute paths. One that cannot be read has no others
 */
export function directoriesWithSamePods(directories: readonly string[]): readonly string[] {
  const found = directories.flatMap((directory) => {
    const parent = directory.replace(/\/+[^/]+\/*$/, "") || "/";
    const inside = entriesOf(directory).filter((entry) => !entry.isFile)
      .map(({ name }) => `${directory.replace(/\/+$/, "")}/${name}`).filter(isProject);
    return isProject(directory) ? [parent, ...inside] : inside;
  });
  return [...new Set(found)].filter((directory) => !directories.includes(directory));
}

function isProject(directory: string): boolean {
  return entriesOf(directory).some(({ name }) => defaultNames.includes(name));
}

function entriesOf(directory: string): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)];
  } catch {
    return [];
  }
}
