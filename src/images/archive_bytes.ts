import { ExitCode, MesoletError } from "../pod/errors.ts";

/** The bytes of an archive as its entries are made of, from the beginning to the end. */
export interface ArchiveBytes {
  /** The next bytes: as many as asked for, fewer only at the end. Valid until the next call. */
  read(count: number): Promise<Uint8Array>;
  /** Passes over bytes. @returns false when the archive ends before */
  skip(count: number): Promise<boolean>;
}

/** How a file is packed. An engine unpacks all of them by itself; what is in a file is read here for the first two. */
export type Packing = "none" | "gzip" | "bzip2" | "xz" | "zstd";

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

/** What is unpacked at once comes out at once, a thousand times as long if it is all zeros. */
const mouthful = 16 * 1024;

/** Bytes of a packed file that are read at once: with few of them, little waits to be collected as garbage. */
export const packedPiece = 2 * mouthful;

/** A file that was packed by gzip: unpacked piece by piece, and nowhere kept. */
export class GzipBytes implements ArchiveBytes, AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #bounds: UnpackingBounds;
  readonly #feeding: Promise<void>;
  #packed = 0;
  #unpacked = 0;
  #left: Uint8Array<ArrayBuffer> = new Uint8Array();

  /** @param chunks the file from its beginning on */
  constructor(
    chunks: ReadableStream<Uint8Array<ArrayBuffer>>,
    bounds: UnpackingBounds = unpackingBounds,
  ) {
    this.#bounds = bounds;
    const { readable, writable } = new DecompressionStream("gzip");
    this.#reader = readable.getReader();
    this.#feeding = this.#feed(chunks.getReader(), writable.getWriter());
  }

  async read(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    let length = 0;
    while (length < count && await this.#fill()) {
      const part = this.#left.subarray(0, count - length);
      bytes.set(part, length);
      length += part.length;
      this.#left = this.#left.subarray(part.length);
    }
    return bytes.subarray(0, length);
  }

  async skip(count: number): Promise<boolean> {
    for (let left = count; left > 0;) {
      if (!await this.#fill()) return false;
      const length = Math.min(left, this.#left.length);
      this.#left = this.#left.subarray(length);
      left -= length;
    }
    return true;
  }

  /** All that is left, as it comes. It is disposed of with the stream. */
  pieces(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: async (controller) => {
        if (await this.#fill()) {
          controller.enqueue(this.#left);
          this.#left = new Uint8Array();
        } else {
          controller.close();
          await this[Symbol.asyncDispose]();
        }
      },
      cancel: () => this[Symbol.asyncDispose](),
    }, { highWaterMark: 0 });
  }

  /** Nothing is read from the file any more when it resolves: somebody else may want to read it. */
  async [Symbol.asyncDispose](): Promise<void> {
    // What went wrong was told to whoever read.
    await this.#reader.cancel().catch(() => {});
    await this.#feeding;
  }

  async #feed(
    chunks: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
    writer: WritableStreamDefaultWriter<BufferSource>,
  ): Promise<void> {
    // Whoever reads hears of it.
    writer.closed.catch(() => {});
    try {
      for (;;) {
        const { value, done } = await chunks.read();
        if (done) break;
        for (let start = 0; start < value.length; start += mouthful) {
          const part = value.subarray(start, start + mouthful);
          this.#packed += part.length;
          await writer.ready;
          await writer.write(part);
        }
      }
      await writer.close();
    } catch (error) {
      await chunks.cancel().catch(() => {});
      await writer.abort(error).catch(() => {});
    }
  }

  /** Makes sure that there is something left. @returns false at the end */
  async #fill(): Promise<boolean> {
    while (this.#left.length === 0) {
      const { value, done } = await this.#next();
      if (done) return false;
      this.#left = value;
      this.#unpacked += value.length;
      this.#judge();
    }
    return true;
  }

  async #next(): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    try {
      return await this.#reader.read();
    } catch (cause) {
      throw new ArchiveProblem("it is cut off or damaged: gzip cannot unpack it", { cause });
    }
  }

  #judge(): void {
    const { largest, ratio, ratioFrom } = this.#bounds;
    if (this.#unpacked > largest) {
      throw new ArchiveProblem(`it unpacks to more than ${Math.floor(largest / 1024 ** 2)} MiB`);
    }
    if (this.#unpacked > ratioFrom && this.#unpacked > ratio * this.#packed) {
      throw new ArchiveProblem(`it unpacks to more than ${ratio} times its size, which no image does`);
    }
  }
}
