import { type ComposeFiles, FileProblem } from "../compose/files.ts";
import { judgePath, type PolicyPlace } from "./allowed_paths.ts";
import type { Policy } from "./policy.ts";

/** What reads the files of specs, and whole files beside them. */
interface SpecAccess extends ComposeFiles {
  readBytes(path: string): Uint8Array | undefined;
}

/**
 * The same files, but for those that a policy keeps from specs: a spec that is run by a mightier user than its author
 * would tell that one what they hold.
 */
export function confinedFiles<Files extends SpecAccess>(
  files: Files,
  policy: Policy,
  place: PolicyPlace,
): Files {
  const { allow, deny } = policy.files;
  if (allow === "all" && deny.length === 0) return files;
  const isDenied = (path: string) => judgePath(path, policy.files, place) === "denied";
  return {
    ...files,
    readText(path) {
      if (isDenied(path)) throw new FileProblem(`is not allowed by the rule files of ${policy.name}`);
      return files.readText(path);
    },
    readBytes: (path) => isDenied(path) ? undefined : files.readBytes(path),
    // Not even whether it is there; but directories on the way are no secret.
    kind(path) {
      const kind = files.kind(path);
      return kind === "directory" || !isDenied(path) ? kind : "file";
    },
  };
}
