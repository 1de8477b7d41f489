import { concat } from "../pod/bytes.ts";

/** A frame, or a part of a long one. */
export interface FramePart {
  readonly stream: "stdout" | "stderr";
  /** The part is the beginning of its frame. */
  readonly begins: boolean;
  readonly bytes: Uint8Array;
}

/** This much of a frame's beginning is never split: a timestamp that stands there is whole. */
const wholeStart = 64;

/**
 * Takes apart what a container without a terminal wrote: frames of stdout and stderr, each with 8 bytes in front
 * (stream, three zeros, length as big-endian).
 *
 * Source: Docker Engine API, "Attach to a container", Stream format.
 */
export class FrameReader {
  #stream: FramePart["stream"] = "stdout";
  /** Bytes of the current frame that are still to come. */
  #left = 0;
  #begins = false;
  #rest: Uint8Array = new Uint8Array();

  /** The frames that are complete, or begun, with these bytes: a long frame is passed on in parts. */
  *read(bytes: Uint8Array): Generator<FramePart> {
    let data = this.#rest.length === 0 ? bytes : concat([this.#rest, bytes]);
    while (true) {
      if (this.#left === 0) {
        if (data.length < 8) break;
        const view = new DataView(data.buffer, data.byteOffset, 8);
        this.#stream = view.getUint8(0) === 2 ? "stderr" : "stdout";
        this.#left = view.getUint32(4);
        this.#begins = true;
        data = data.subarray(8);
        continue;
      }
      if (data.length < (this.#begins ? Math.min(this.#left, wholeStart) : 1)) break;
      const part = data.subarray(0, this.#left);
      this.#left -= part.length;
      data = data.subarray(part.length);
      const begins = this.#begins;
      this.#begins = false;
      yield { stream: this.#stream, begins, bytes: part };
    }
    this.#rest = data.slice();
  }
}
