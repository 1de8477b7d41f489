/** The file system of this host, for the loader. */

import { messageOf } from "../pod/errors.ts";
import { type ComposeFiles, type FileKind, FileProblem, largestFile } from "./files.ts";

/** Reads files by Deno; a FIFO, a device or a file larger than {@linkcode largestFile} is refused unread. */
export const denoFiles: ComposeFiles = {
  readText(path) {
    const found = guarded(() => lookAt(path));
    const kind = kindOf(found);
    if (kind === "absent") throw new FileProblem("there is no such file");
    if (kind === "directory") throw new FileProblem("is a directory, not a file");
    if (kind === "special") throw new FileProblem("is not a regular file");
    return guarded(() => {
      const file = Deno.openSync(path);
      try {
        return decode(readBounded((buffer) => file.readSync(buffer), found?.size));
      } finally {
        file.close();
      }
    });
  },
  readStandardInput() {
    return guarded(() => decode(readBounded((buffer) => Deno.stdin.readSync(buffer))));
  },
  kind(path) {
    try {
      return kindOf(lookAt(path));
    } catch {
      // What may not be looked at is reported when it is read.
      return "absent";
    }
  },
  followLinks(path) {
    try {
      return Deno.realPathSync(path);
    } catch {
      return path;
    }
  },
};

/** Contents of secrets and configs go into hashes; what is larger is no such thing. */
const largestReadFile = 1024 * 1024;

/** The bytes of a file; undefined when it is missing, no regular file, unreadable, or larger than 1 MiB. */
export function readSmallFile(path: string): Uint8Array | undefined {
  try {
    const information = Deno.statSync(path);
    if (!information.isFile || information.size > largestReadFile) return undefined;
    return Deno.readFileSync(path);
  } catch {
    // The pod's loader reports what it cannot do without.
    return undefined;
  }
}

/** What is at a path, symbolic links followed; undefined where nothing is. */
function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function kindOf(found: Deno.FileInfo | undefined): FileKind {
  if (found === undefined) return "absent";
  return found.isFile ? "file" : found.isDirectory ? "directory" : "special";
}

/** Holds most Compose files whole; one for all, as a buffer of its own for each file costs more than reading it. */
const firstBuffer = new Uint8Array(16 * 1024);

/**
 * The size that stat gives may lie (a file grows, /proc says 0), so what is read is counted; where both are the same,
 * nobody has to ask for more. What is given is valid until the next call.
 */
function readBounded(read: (buffer: Uint8Array) => number | null, size?: number): Uint8Array {
  let buffer = firstBuffer;
  let total = 0;
  for (;;) {
    const count = read(buffer.subarray(total));
    if (count === null || count === 0) return buffer.subarray(0, total);
    total += count;
    if (total > largestFile) throw new FileProblem(`is larger than ${largestFile / 1024 / 1024} MiB`);
    if (total === size) return buffer.subarray(0, total);
    if (total === buffer.length) {
      const larger = new Uint8Array(2 * total);
      larger.set(buffer);
      buffer = larger;
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new FileProblem("is not UTF-8 text", { cause });
  }
}

function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof FileProblem) throw cause;
    if (cause instanceof Deno.errors.PermissionDenied) throw new FileProblem("may not be read", { cause });
    throw new FileProblem(messageOf(cause), { cause });
  }
}
