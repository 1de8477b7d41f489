/** What has to be watched so that a change of any spec is noticed at once. */

import { directoryOf } from "../compose/paths.ts";
import { isLeftover, isProjectName } from "./scan_directory.ts";
import type { FilesLook, SpecFiles } from "./spec_files.ts";
import type { SpecScan } from "./spec_source.ts";
import type { SpecPart } from "./spec_version.ts";

/** What to watch. */
export interface WatchTarget {
  /**
   * Directories, without what is below them: real path to identity. Another identity means that another directory has
   * taken the place, which a watch of the old one does not see.
   */
  readonly directories: ReadonlyMap<string, string>;
  /** Whether a change at a path, real but for its last part, may be one of a spec. */
  concerns(path: string): boolean;
}

/** The kernel allows each user only so many watched directories; what is not watched is found by the next full look. */
const mostDirectories = 4_096;

/** Makes targets, pass by pass. */
export class WatchTargets {
  readonly #real = new Map<string, { readonly identity: string; readonly path: string }>();

  constructor(readonly files: Pick<SpecFiles, "followLinks">) {}

  /** @param parts of all specs */
  target(scans: readonly SpecScan[], parts: Iterable<readonly SpecPart[]>, look: FilesLook): WatchTarget {
    const directories = new Map<string, string>();
    const exact = new Set<string>();
    const roots = new Set<string>();
    const projects = new Set<string>();
    const add = (directory: string): string | undefined => {
      const found = this.#realDirectory(directory, look);
      if (found !== undefined && directories.size < mostDirectories) {
        directories.set(found.path, found.identity);
      }
      return found?.path;
    };
    for (const { directory } of scans) {
      const root = add(directory);
      if (root !== undefined) roots.add(root);
      // The directory above tells when this one is replaced, or appears.
      const above = add(directoryOf(directory));
      if (above !== undefined) exact.add(inside(above, directory));
    }
    for (const { directories: below } of scans) {
      for (const directory of below) {
        const project = add(directory);
        if (project !== undefined) projects.add(project);
      }
    }
    for (const each of parts) {
      for (const { path, target } of each) {
        const above = add(directoryOf(path));
        if (above !== undefined) exact.add(inside(above, path));
        if (target === undefined) continue;
        add(directoryOf(target));
        exact.add(target);
      }
    }
    return {
      directories,
      concerns(path) {
        if (exact.has(path) || directories.has(path)) return true;
        const above = directoryOf(path);
        const name = path.slice(path.lastIndexOf("/") + 1);
        // `..data` and its like carry specs where Kubernetes mounts them.
        if (roots.has(above)) return !isLeftover(name) || name.startsWith("..");
        return projects.has(above) && isProjectName(name);
      },
    };
  }

  #realDirectory(directory: string, look: FilesLook): { identity: string; path: string } | undefined {
    const state = look.stat(directory);
    if (state.kind !== "directory") return undefined;
    const known = this.#real.get(directory);
    if (known?.identity === state.identity) return known;
    const found = { identity: state.identity, path: this.files.followLinks(directory) };
    if (this.#real.size > 2 * mostDirectories) this.#real.clear();
    this.#real.set(directory, found);
    return found;
  }
}

function inside(directory: string, path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
