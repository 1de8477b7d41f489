import { directoryOf } from "../compose/paths.ts";
import type { AllowedPath, Choice, PathName } from "./policy.ts";

/** What paths mean where a pod is judged. */
export interface PolicyPlace {
  /** Absolute; a name that means nothing here is left out. */
  readonly names: Readonly<Partial<Record<PathName, string>>>;
  /** Follows the symbolic links of a path; a path that does not exist stays as it is. */
  readonly followLinks: (path: string) => string;
}

/** What may be done at a path. */
export type PathVerdict = "allowed" | "read-only" | "denied";

/**
 * Judges a path by where it really leads: neither `..` nor a symbolic link leaves what is allowed. Where a path does not
 * exist, the links on the way to it count, as it may be made there.
 */
export function judgePath(path: string, choice: Choice<AllowedPath>, place: PolicyPlace): PathVerdict {
  const real = realPath(path, place.followLinks);
  const holds = (allowed: AllowedPath): boolean => {
    const directory = typeof allowed.path === "string" ? allowed.path : place.names[allowed.path.name];
    return directory !== undefined && isBelow(real, realPath(directory, place.followLinks));
  };
  if (choice.deny.some(holds)) return "denied";
  // What holds a denied path holds its files as well.
  const denied = choice.deny.some(({ path }) =>
    typeof path === "string" && isBelow(realPath(path, place.followLinks), real)
  );
  if (denied) return "denied";
  if (choice.allow === "all") return "allowed";
  const allowed = choice.allow.filter(holds);
  if (allowed.length === 0) return "denied";
  return allowed.every(({ readOnly }) => readOnly) ? "read-only" : "allowed";
}

function realPath(path: string, followLinks: (path: string) => string): string {
  const found = followLinks(path);
  if (found !== path || path === "/") return found;
  const above = directoryOf(path);
  const real = realPath(above, followLinks);
  return real === above ? path : `${real === "/" ? "" : real}${path.slice(path.lastIndexOf("/"))}`;
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || directory === "/" || path.startsWith(`${directory}/`);
}
