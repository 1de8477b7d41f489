import { type ComposeFiles, FileProblem } from "../compose/files.ts";
import { judgePath, type PolicyPlace } from "./allowed_paths.ts";
import type { Policy } from "./policy.ts";

/** What reads the files of specs, and whole files beside them. */
export interface SpecAccess extends ComposeFiles {
  /** The bytes of a file; undefined when it cannot be read. */
  readBytes(path: string): Uint8Array | undefined;
}

/**
 * The same files, but for those that a policy keeps from specs: a spec that is run by a mightier user than its author
 * would tell that one what they hold.
 */
export function confinedFiles(files: SpecAccess, policy: Policy, place: PolicyPlace): SpecAccess {
  const { allow, deny } = policy.files;
  if (allow === "all" && deny.length === 0) return files;
  const isDenied = (path: string) => judgePath(path, policy.files, place) === "denied";
  return {
    readText(path) {
      if (isDenied(path)) throw new FileProblem(`is not allowed by the rule files of ${policy.name}`);
      return files.readText(path);
    },
    readBytes: (path) => isDenied(path) ? undefined : files.readBytes(path),
    readStandardInput: () => files.readStandardInput(),
    followLinks: (path) => files.followLinks(path),
    // Not even whether it is there; but directories on the way are no secret.
    kind(path) {
      const kind = files.kind(path);
      return kind === "directory" || !isDenied(path) ? kind : "file";
    },
  };
}
