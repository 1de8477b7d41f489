import type { FilesLook, FileState } from "./spec_files.ts";

/** How a spec was made of a path. */
export interface SpecPart {
  /** Absolute. */
  readonly path: string;
  /** Its content went into the spec, or merely whether it is there. */
  readonly counts: "content" | "presence";
  /** Where the path leads by symbolic links, if it does, for content. */
  readonly target?: string;
}

/** What stat says of one part, as text: another text means that the spec may be another one. */
export function partVersion(state: FileState, counts: SpecPart["counts"]): string {
  switch (state.kind) {
    case "absent":
      return "-";
    case "unreadable":
      return "!";
    case "file":
      return counts === "content" ? state.signature : "file";
    case "directory":
    case "special":
      return state.kind;
  }
}

/** The version of a spec that is made of these parts, by one look at the file system. */
export function versionOf(parts: readonly SpecPart[], look: FilesLook): string {
  let version = "";
  for (const { path, counts } of parts) version += `${partVersion(look.stat(path), counts)}\n`;
  return version;
}

/**
 * A version that never comes again. Time stamps of files are coarse: a file that has just been written may be written
 * once more and look the same, so it has to be looked at again.
 */
export function passingVersion(version: string): string {
  return `${version}again\n`;
}

/** Milliseconds. The kernel's time stamps advance every 10 ms at the slowest, and are read in whole milliseconds. */
export const timeStampGrain = 15;
