import { ExitCode, MesoletError } from "../../pod/errors.ts";

/** A stream that is not in RecordIO form. Nothing after it can be read: the connection is of no more use. */
export class RecordError extends MesoletError {
  override readonly name: string = "RecordError";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.data, options);
  }
}

/** The greatest record that is read, in bytes. Mesos knows no bound; the largest real ones are offers of whole clusters. */
export const defaultRecordLimit = 64 * 1024 * 1024;

/** A length has no more digits than 2^64. */
const longestHeader = 20;

/** Bytes that are set aside for a record before any of it is there. */
const firstAllocation = 64 * 1024;

const lineFeed = 0x0a;
const zero = 0x30;
const nine = 0x39;

/** Frames one record: its length in bytes as decimal digits, a line feed, the bytes. */
export function encodeRecord(record: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(`${record.length}\n`);
  const framed = new Uint8Array(header.length + record.length);
  framed.set(header);
  framed.set(record, header.length);
  return framed;
}

/**
 * Takes a RecordIO stream apart, however its bytes arrive.
 *
 * ```ts
 * const decoder = new RecordDecoder();
 * for await (const chunk of body) for (const record of decoder.push(chunk)) handle(record);
 * decoder.end();
 * ```
 */
export class RecordDecoder {
  readonly #limit: number;
  #header = "";
  /** The record that is being read, and how much of it is there; without one, a header is. */
  #record: Uint8Array<ArrayBuffer> | undefined;
  #length = 0;
  #filled = 0;
  #failure: RecordError | undefined;

  /** @param limitBytes a longer record is refused before it is read. */
  constructor(limitBytes = defaultRecordLimit) {
    this.#limit = limitBytes;
  }

  /**
   * Takes the next bytes of the stream; `chunk` may be used again afterwards.
   *
   * @returns the records that are complete now. Empty ones are left out.
   * @throws {RecordError} for a length that is none or is over the limit, then and at every later call. Records that
   * are complete before it in the same chunk are returned first; then the next call throws.
   */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] {
    if (this.#failure !== undefined) throw this.#failure;
    const records: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    while (at < chunk.length && this.#failure === undefined) {
      if (this.#record === undefined) {
        this.#readHeader(chunk[at] ?? 0);
        at += 1;
        continue;
      }
      const taken = Math.min(this.#length - this.#filled, chunk.length - at);
      this.#hold(chunk.subarray(at, at + taken));
      at += taken;
      if (this.#filled < this.#length) continue;
      records.push(this.#record.subarray(0, this.#length));
      this.#record = undefined;
    }
    if (this.#failure !== undefined && records.length === 0) throw this.#failure;
    return records;
  }

  /** @throws {RecordError} when the stream ends in the middle of a record or of its length. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#record !== undefined) {
      throw new RecordError(`The stream ends after ${this.#filled} of the ${this.#length} bytes of a record`);
    }
    if (this.#header !== "") throw new RecordError("The stream ends in the length of a record");
  }

  #readHeader(byte: number): void {
    if (byte === lineFeed) return this.#beginRecord();
    if (byte < zero || byte > nine) {
      return this.#fail(`0x${byte.toString(16).padStart(2, "0")} in the length of a record`);
    }
    this.#header += String.fromCharCode(byte);
    if (this.#header.length > longestHeader) this.#fail(`a length of more than ${longestHeader} digits`);
  }

  #beginRecord(): void {
    if (this.#header === "") return this.#fail("a record without a length");
    const length = Number(this.#header);
    if (length > this.#limit) {
      return this.#fail(`a record of ${this.#header} bytes, more than the ${this.#limit} that are read`);
    }
    this.#header = "";
    if (length === 0) return;
    this.#length = length;
    this.#filled = 0;
    this.#record = new Uint8Array(Math.min(length, firstAllocation));
  }

  /** Appends to the record. Memory grows with what arrives, not with what a length promises. */
  #hold(bytes: Uint8Array): void {
    const held = this.#record ?? new Uint8Array();
    const needed = this.#filled + bytes.length;
    if (needed > held.length) {
      this.#record = new Uint8Array(Math.min(this.#length, Math.max(needed, held.length * 2)));
      this.#record.set(held.subarray(0, this.#filled));
    }
    this.#record?.set(bytes, this.#filled);
    this.#filled = needed;
  }

  #fail(what: string): void {
    this.#failure = new RecordError(`The stream is not in the form of Mesos: ${what}`);
  }
}
