import type { PodPreload } from "../pod/model.ts";
import { joinPath } from "./paths.ts";
import type { ProblemList } from "./problem_list.ts";

/** Reads `x-pod.preload`: a directory, `false`, or a mapping with `directory` and `remove_archives`. */
export function readPreload(value: unknown, path: string, problems: ProblemList): PodPreload | undefined {
  if (value === null || value === true) return undefined;
  if (value === false) return { directory: null, remove: false };
  if (typeof value === "string" && value !== "") return { directory: value, remove: false };
  if (typeof value !== "object" || Array.isArray(value)) {
    problems.error(path, "must be a directory, false, or a mapping with directory and remove_archives");
    return undefined;
  }
  let directory: string | undefined;
  let remove = false;
  for (const [name, field] of Object.entries(value)) {
    if (name === "directory" && typeof field === "string" && field !== "") directory = field;
    else if (name === "remove_archives" && typeof field === "boolean") remove = field;
    else if (name === "directory" || name === "remove_archives") {
      problems.error(`${path}.${name}`, name === "directory" ? "must be a path" : "must be true or false");
    } else {problems.error(
        `${path}.${name}`,
        "is not a field of x-pod.preload: it has directory and remove_archives",
      );}
  }
  return { ...(directory === undefined ? {} : { directory }), remove };
}

/** The same with its directory from the directory of the spec on. */
export function preloadAt(base: string, { directory, remove }: PodPreload): PodPreload {
  if (typeof directory !== "string") return { ...(directory === undefined ? {} : { directory }), remove };
  return { directory: joinPath(base, directory), remove };
}
