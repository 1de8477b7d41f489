/** Relative paths of a tree become absolute. */

import { type PathRules, pathRules, ruleBelow } from "./path_rules.ts";
import { isMapping, type Mapping, type Tree } from "./tree.ts";
import { cleanPath } from "./volume_syntax.ts";

/** What relative paths start from. */
export interface PathBase {
  /** Absolute. */
  readonly directory: string;
  /** What `~` stands for; undefined where the environment has no HOME. */
  readonly home: string | undefined;
  /** Follows symbolic links, where the path exists. */
  readonly followLinks: (path: string) => string;
}

type Resolver = (value: Tree, base: PathBase) => Tree;

/** Puts a path on a directory; both may be relative, the result is the shortest equal path. */
export function joinPath(directory: string, path: string): string {
  if (path.startsWith("/")) return path;
  return cleanPath(`${directory}/${path}`);
}

/** Gives the directory of a file's path. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

/** Makes a path absolute: `~` is the home directory (`~name` too, as Docker Compose has it), the rest is relative. */
export function absolutePath(path: string, base: PathBase): string {
  const expanded = expandHome(path, base);
  if (expanded.startsWith("/") || expanded === "") return expanded;
  return joinPath(base.directory, expanded);
}

function expandHome(path: string, base: PathBase): string {
  if (!path.startsWith("~") || base.home === undefined) return path;
  return joinPath(base.home, path.slice(1).replace(/^\/+/, ""));
}

const windowsPath = /^(?:[a-zA-Z]:[\\/]|\\\\)/;

const file: Resolver = (value, base) => typeof value === "string" ? absolutePath(value, base) : value;

const hostPath: Resolver = (value, base) => {
  if (typeof value !== "string") return value;
  if (windowsPath.test(value)) return value;
  const expanded = expandHome(value, base);
  return expanded.startsWith("/") ? expanded : joinPath(base.directory, expanded);
};

const buildContext: Resolver = (value, base) => {
  if (typeof value !== "string") return value;
  if (value.includes("://") || /^(?:service:|https?:|git:|ssh:|github\.com\/|git@)/.test(value)) return value;
  return absolutePath(value, base);
};

const watchedPath: Resolver = (value, base) => {
  const path = file(value, base);
  return typeof path === "string" && path !== "" ? base.followLinks(path) : path;
};

const mount: Resolver = (value, base) => {
  if (isMapping(value) && value.type === "bind") value.source = hostPath(value.source ?? null, base);
  return value;
};

const boundVolume: Resolver = (value, base) => {
  if (!isMapping(value) || value.driver !== "local" || !isMapping(value.driver_opts)) return value;
  const options = value.driver_opts;
  if (options.o === "bind" && options.device !== undefined) options.device = hostPath(options.device, base);
  return value;
};

const serviceResolvers: Readonly<Record<string, Resolver>> = {
  "build.additional_contexts.*": buildContext,
  "build.context": buildContext,
  "build.ssh.*": hostPath,
  "develop.watch.*.path": watchedPath,
  "env_file.*.path": file,
  "extends.file": file,
  "label_file.*": file,
  "volumes.*": mount,
};

const resolvers: PathRules<Resolver> = pathRules<Resolver>({
  ...Object.fromEntries(
    Object.entries(serviceResolvers).map(([field, resolver]) => [`services.*.${field}`, resolver]),
  ),
  "configs.*.file": hostPath,
  "secrets.*.file": hostPath,
  "volumes.*": boundVolume,
});

/** Makes the relative paths of a canonical tree absolute, in place. */
export function resolvePaths(tree: Mapping, base: PathBase): void {
  visit(tree, resolvers, base);
}

function visit(value: Tree, place: PathRules<Resolver>, base: PathBase): Tree {
  if (place.rule !== undefined) return place.rule(value, base);
  if (isMapping(value)) {
    for (const key in value) {
      const below = ruleBelow(place, key);
      if (below !== undefined) value[key] = visit(value[key] as Tree, below, base);
    }
  } else if (Array.isArray(value)) {
    const below = ruleBelow(place);
    if (below !== undefined) {
      for (let index = 0; index < value.length; index++) {
        value[index] = visit(value[index] as Tree, below, base);
      }
    }
  }
  return value;
}
