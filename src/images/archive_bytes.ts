import { ExitCode, MesoletError } from "../pod/errors.ts";

/** The bytes of an archive as its entries are made of, from the beginning to the end. */
export interface ArchiveBytes {
  /** The next bytes: as many as asked for, fewer only at the end. Valid until the next call. */
  read(count: number): Promise<Uint8Array>;
  /** Passes over bytes. @returns false when the archive ends before */
  skip(count: number): Promise<boolean>;
}

/** How a file is packed. Docker unpacks all of them by itself. */
export type Packing = ReadPacking | "bzip2" | "xz";

/** What is read here. */
export type ReadPacking = "none" | "gzip" | "zstd";

export function isRead(packing: Packing): packing is ReadPacking {
  return packing === "none" || packing === "gzip" || packing === "zstd";
}

const magics: readonly (readonly [Packing, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/** How a file that begins with these bytes is packed: its first bytes say so, whatever its name is. */
export function packingOf(beginning: Uint8Array): Packing {
  return magics.find(([, magic]) => magic.every((byte, index) => beginning[index] === byte))?.[0] ?? "none";
}

/** An archive is wrong, or larger than anybody means. The message says what of it, fit behind the archive's name. */
export class ArchiveProblem extends MesoletError {
  override readonly name: string = "ArchiveProblem";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.data, options);
  }
}

/** What an archive may come to: a small file must not fill a disk, nor keep a processor busy for hours. */
export interface UnpackingBounds {
  /** Bytes in all. */
  readonly largest: number;
  /** What is unpacked may be this many times as long as what it was packed into, above `ratioFrom` bytes. */
  readonly ratio: number;
  readonly ratioFrom: number;
}

/** Layers of text come to a tenth, and no image has 64 GiB. */
export const unpackingBounds: UnpackingBounds = {
  largest: 64 * 1024 ** 3,
  ratio: 200,
  ratioFrom: 1024 ** 3,
};

/** A file that is an archive as it stands: content that nobody asks for is not read. */
export class PlainBytes implements ArchiveBytes {
  readonly #file: Deno.FsFile;
  readonly #size: number;
  #position = 0;

  /** @param size of the file, which stands at its beginning */
  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async read(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.min(count, Math.max(0, this.#size - this.#position)));
    let length = 0;
    while (length < bytes.length) {
      const read = await this.#file.read(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
    this.#position += length;
    return bytes.subarray(0, length);
  }

  async skip(count: number): Promise<boolean> {
    if (this.#position + count > this.#size) return false;
    this.#position += count;
    await this.#file.seek(this.#position, Deno.SeekMode.Start);
    return true;
  }
}

/**
 * A file from where it stands on, read when somebody asks for more. It stays open.
 *
 * @param pieceSize bytes read at once
 */
export function piecesOf(file: Deno.FsFile, pieceSize = 256 * 1024): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const buffer = new Uint8Array(pieceSize);
      const read = await file.read(buffer);
      if (read === null) controller.close();
      else controller.enqueue(buffer.subarray(0, read));
    },
  }, { highWaterMark: 0 });
}
