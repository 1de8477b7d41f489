import { messageOf } from "../pod/errors.ts";
import { denoFiles, readSmallFile } from "../compose/deno_files.ts";
import type { ComposeFiles } from "../compose/files.ts";

/** What this room may ask of the file system. */
export interface SpecFiles extends ComposeFiles {
  /**
   * The names in a directory.
   *
   * @throws {DirectoryProblem} where it cannot be read
   */
  list(directory: string): readonly string[];
  /** What is at a path, symbolic links followed. */
  stat(path: string): FileState;
  /** The bytes of a file; undefined when it is missing, no regular file, unreadable, or larger than 1 MiB. */
  readBytes(path: string): Uint8Array | undefined;
}

/** What stat says. */
export type FileState =
  | { readonly kind: "absent" }
  /** Something is there, or may be, but nobody may look. */
  | { readonly kind: "unreadable"; readonly reason: string }
  | {
    readonly kind: "file" | "directory" | "special";
    /** Another text means that it is another file, or has other contents. */
    readonly signature: string;
    /** Another text means that it is another one. */
    readonly identity: string;
    /** The number of the file system that it is on. */
    readonly device: number;
    /** Bytes. */
    readonly size: number;
    /** Milliseconds since 1970. */
    readonly changed: number;
  };

/** A directory cannot be read. The message says why, without the path. */
export class DirectoryProblem extends Error {
  override readonly name = "DirectoryProblem";
}

/** The file system of this host. */
export const hostSpecFiles: SpecFiles = {
  ...denoFiles,
  list(directory) {
    try {
      return Array.from(Deno.readDirSync(directory), ({ name }) => name);
    } catch (cause) {
      throw new DirectoryProblem(reasonOf(cause), { cause });
    }
  },
  stat(path) {
    let found: Deno.FileInfo;
    try {
      found = Deno.statSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return { kind: "absent" };
      }
      return { kind: "unreadable", reason: reasonOf(error) };
    }
    // The number of an inode is given anew as soon as it is free.
    const identity = `${found.dev}:${found.ino}:${found.birthtime?.getTime()}`;
    const changed = found.mtime?.getTime() ?? 0;
    return {
      kind: found.isFile ? "file" : found.isDirectory ? "directory" : "special",
      // The change time sees what keeps size and modification time, the mode sees what makes a file readable.
      signature: `${identity}:${found.size}:${changed}:${found.ctime?.getTime()}:${found.mode}:${found.uid}`,
      identity,
      device: found.dev,
      size: found.size,
      changed,
    };
  },
  readBytes: readSmallFile,
};

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such directory";
  if (error instanceof Deno.errors.NotADirectory) return "is no directory";
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read";
  return messageOf(error);
}

const absent: FileState = { kind: "absent" };

/** One look at the file system: each path is looked at once, however many specs ask. */
export class FilesLook {
  readonly #states = new Map<string, FileState>();
  readonly #names = new Map<string, ReadonlySet<string> | DirectoryProblem>();

  constructor(readonly files: Pick<SpecFiles, "list" | "stat">) {}

  /** What is at a path. */
  stat(path: string): FileState {
    let state = this.#states.get(path);
    if (state === undefined) {
      // To ask for what is not there is dear: it makes an error each time.
      state = this.isKnownAbsent(path) ? absent : this.files.stat(path);
      this.#states.set(path, state);
    }
    return state;
  }

  /**
   * The names in a directory.
   *
   * @throws {DirectoryProblem} where it cannot be read
   */
  names(directory: string): ReadonlySet<string> {
    let names = this.#names.get(directory);
    if (names === undefined) {
      try {
        names = new Set(this.files.list(directory));
      } catch (error) {
        if (!(error instanceof DirectoryProblem)) throw error;
        names = error;
      }
      this.#names.set(directory, names);
    }
    if (names instanceof DirectoryProblem) throw names;
    return names;
  }

  /** All paths that were looked at. */
  states(): Iterable<readonly [path: string, state: FileState]> {
    return this.#states;
  }

  /** All directories that were listed. */
  listings(): Iterable<readonly [directory: string, names: ReadonlySet<string> | DirectoryProblem]> {
    return this.#names;
  }

  /**
   * Forgets what was seen. Readings of specs hold on to their look as long as they live, and it knows the files of all
   * specs. Whoever asks after that is told what is there now.
   */
  forget(): void {
    this.#states.clear();
    this.#names.clear();
  }

  /** Whether a directory that was listed already has no such entry. */
  isKnownAbsent(path: string): boolean {
    const slash = path.lastIndexOf("/");
    const names = this.#names.get(slash === 0 ? "/" : path.slice(0, slash));
    return names instanceof Set && !names.has(path.slice(slash + 1));
  }
}
