import type { ComposeFiles } from "../../compose/files.ts";

/** What this room may ask of the file system. */
export interface SandboxFiles extends ComposeFiles {
  /** Names in a directory, sorted; none where it cannot be read. */
  list(directory: string): readonly string[];
  /** The bytes of a file; undefined when it is missing, no regular file, unreadable, or larger than 1 MiB. */
  readBytes(path: string): Uint8Array | undefined;
}

/** Whether a path is a directory or something in it; both are absolute and clean. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
