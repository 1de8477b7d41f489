import { joined } from "../../pod/bytes.ts";
import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";

/** A place in a file: where it ends for a reader who knows nothing of what was written behind. */
export interface FileMark {
  /** The file's inode: its name changes when it is rotated. */
  readonly inode: number;
  readonly size: number;
}

/** A file of the sandbox that cannot be written: the disk is full, or the sandbox may not be written to. */
export class SandboxFileError extends MesoletError {
  override readonly name: string = "SandboxFileError";
  constructor(path: string, cause: unknown) {
    super(`Cannot write ${path}: ${wordsOf(cause)}`, ExitCode.io, { cause });
  }
}

const newline = 0x0a;
/** By how much a file may become larger for the sake of a line that does not end, in bytes. */
const longestOverrun = 1024 * 1024;

/**
 * A file that is written at its end, and moved aside (`NAME.1`, then `NAME.2` …) before it becomes larger than it may.
 *
 * A container that has the sandbox may have put something else in its place: what is no plain file is not written to.
 */
export class RotatedFile {
  #file: Deno.FsFile | undefined;
  #mark: FileMark = { inode: 0, size: 0 };
  #lineIsOpen = false;

  constructor(
    readonly path: string,
    private readonly bounds: { readonly maximumBytes: number; readonly files: number },
  ) {}

  /** The end of what was written. */
  get mark(): FileMark {
    return this.#mark;
  }

  /**
   * Opens the file. What stands behind the mark is cut off: a writer that was killed wrote it without noting so. The
   * file of the mark may have been moved aside after that; then it is moved back.
   *
   * @throws {SandboxFileError}
   */
  async open(mark?: FileMark): Promise<void> {
    this.close();
    await this.#guarded(async () => {
      if (mark !== undefined) await this.#moveBack(mark);
      const file = await openPlain(this.path);
      this.#file = file;
      const { size, ino } = await file.stat();
      const inode = ino ?? 0;
      const end = mark?.inode === inode && mark.size < size ? mark.size : size;
      if (end < size) await file.truncate(end);
      this.#mark = { inode, size: end };
    });
  }

  /**
   * Whether a piece has to go into a new file: only a whole line does, unless it has no end.
   *
   * @param pending bytes that are to be written in front of it
   */
  isFull(pending: number, piece: Uint8Array): boolean {
    const size = this.#mark.size + pending;
    if (size === 0 || size + piece.length <= this.bounds.maximumBytes) return false;
    return !this.#lineIsOpen || size > this.bounds.maximumBytes + longestOverrun;
  }

  /** Notes how a piece ends that was accepted for writing. */
  accept(piece: Uint8Array): void {
    this.#lineIsOpen = piece[piece.length - 1] !== newline;
  }

  /** @throws {SandboxFileError} */
  async write(pieces: readonly Uint8Array[]): Promise<void> {
    await this.#guarded(async () => {
      const file = this.#file;
      if (file === undefined) throw new Error("it is not open");
      const bytes = joined(pieces);
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      this.#mark = { ...this.#mark, size: this.#mark.size + bytes.length };
    });
  }

  /**
   * Moves the file aside and begins a new one; the oldest is removed.
   *
   * @throws {SandboxFileError}
   */
  async rotate(): Promise<void> {
    this.close();
    await this.#guarded(async () => {
      const { files } = this.bounds;
      if (files <= 1) await remove(this.path);
      else {
        // What was moved back once has left a gap: nothing behind it has to move.
        let free = 1;
        while (free < files - 1 && await lstat(`${this.path}.${free}`) !== undefined) free++;
        for (let number = free; number > 1; number--) {
          await rename(`${this.path}.${number - 1}`, `${this.path}.${number}`);
        }
        await rename(this.path, `${this.path}.1`);
      }
    });
    await this.open();
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #moveBack(mark: FileMark): Promise<void> {
    const aside = `${this.path}.1`;
    if (await inodeOf(this.path) === mark.inode || await inodeOf(aside) !== mark.inode) return;
    await remove(this.path);
    await rename(aside, this.path);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.close();
      throw error instanceof SandboxFileError ? error : new SandboxFileError(this.path, error);
    }
  }
}

/** Opens a file for writing at its end, if it is a plain one and the one that the path names. */
async function openPlain(path: string): Promise<Deno.FsFile> {
  const there = await lstat(path);
  if (there !== undefined && !there.isFile) throw new Error("there is something else that is no plain file");
  const file = await Deno.open(path, { append: true, create: true, mode: 0o644 });
  const [opened, named] = [await file.stat(), await lstat(path)];
  if (named?.isFile === true && named.ino === opened.ino && named.dev === opened.dev) return file;
  file.close();
  throw new Error("it was replaced while it was opened");
}

async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await lstat(path))?.ino ?? undefined;
}

async function rename(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function wordsOf(error: unknown): string {
  return messageOf(error);
}
