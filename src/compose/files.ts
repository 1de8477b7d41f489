/** What the loader may ask of a file system. It asks nothing else of the host. */
export interface ComposeFiles {
  /**
   * Reads a file as UTF-8 text.
   *
   * @throws {FileProblem} where it cannot: absent, a directory, not a regular file, too large, not permitted
   */
  readText(path: string): string;
  /**
   * Reads standard input as text, for the file `-`.
   *
   * @throws {FileProblem} where it cannot
   */
  readStandardInput(): string;
  /** Says what is at a path. */
  kind(path: string): FileKind;
  /** Follows the symbolic links of a path; a path that does not exist stays as it is. */
  followLinks(path: string): string;
}

/** What is at a path: nothing, a regular file, a directory, or a device, FIFO or socket. */
export type FileKind = "absent" | "file" | "directory" | "special";

/** A file cannot be read. The message says why, without the path. */
export class FileProblem extends Error {
  override readonly name = "FileProblem";
}

/** The largest file that is read: 10 MiB. */
export const largestFile = 10 * 1024 * 1024;
