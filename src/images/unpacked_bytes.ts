import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from "node:zlib";
import { type ArchiveBytes, ArchiveProblem, type UnpackingBounds, unpackingBounds } from "./archive_bytes.ts";

// The types of Node that come along are older than its zstd.
declare module "node:zlib" {
  export function createZstdCompress(): Duplex;
  export function createZstdDecompress(): Duplex;
}

/** What is unpacked at once comes out at once, a thousand times as long if it is all zeros. */
const mouthful = 16 * 1024;

/** Bytes of a packed file that are read at once: with few of them, little waits to be collected as garbage. */
export const packedPiece = 2 * mouthful;

/** Bytes that were packed: unpacked piece by piece, and nowhere kept. */
export class UnpackedBytes implements ArchiveBytes, AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #packing: "gzip" | "zstd";
  readonly #bounds: UnpackingBounds;
  readonly #feeding: Promise<void>;
  #packed = 0;
  #unpacked = 0;
  #left: Uint8Array<ArrayBuffer> = new Uint8Array();

  /** @param chunks what was packed, from its beginning on */
  constructor(
    chunks: ReadableStream<Uint8Array<ArrayBuffer>>,
    packing: "gzip" | "zstd",
    bounds: UnpackingBounds = unpackingBounds,
  ) {
    this.#packing = packing;
    this.#bounds = bounds;
    const { readable, writable } = unpackingBy(packing);
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
      throw new ArchiveProblem(`it is cut off or damaged: ${this.#packing} cannot unpack it`, { cause });
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

/** What takes pieces and gives others. */
export interface PieceStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<BufferSource>;
}

/**
 * As `DecompressionStream`, which knows no zstd, and of gzip only one member: layers whose files can be read one by one
 * (eStargz) have many.
 */
function unpackingBy(packing: "gzip" | "zstd"): PieceStream {
  return throughput(packing === "gzip" ? createGunzip() : createZstdDecompress());
}

/** What packs, for {@linkcode ReadableStream.pipeThrough}. */
export function packingBy(packing: "gzip" | "zstd"): PieceStream {
  return throughput(packing === "gzip" ? createGzip() : createZstdCompress());
}

function throughput(stream: Duplex): PieceStream {
  const pieces = stream[Symbol.asyncIterator]();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  stream.on("error", (error: unknown) => failed.reject(error));
  return {
    readable: new ReadableStream({
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      cancel: () => void stream.destroy(),
    }, { highWaterMark: 0 }),
    writable: new WritableStream({
      write: async (chunk) => {
        const bytes = ArrayBuffer.isView(chunk)
          ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
          : Buffer.from(chunk);
        if (stream.destroyed || stream.write(bytes)) return;
        await Promise.race([failed.promise, drained(stream)]);
      },
      close: () => void stream.end(),
      abort: () => void stream.destroy(),
    }),
  };
}

/** Resolves when it takes more, or nothing any more. */
function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}
