/** Jute, ZooKeeper's encoding: big-endian numbers, everything else behind its length. */

import { ZookeeperError } from "./zookeeper_error.ts";

/** Puts a message together. */
export class JuteWriter {
  #bytes = new Uint8Array(128);
  #length = 0;

  int(value: number): this {
    this.#room(4).setInt32(0, value);
    return this;
  }

  long(value: bigint): this {
    this.#room(8).setBigInt64(0, value);
    return this;
  }

  boolean(value: boolean): this {
    this.#room(1).setUint8(0, value ? 1 : 0);
    return this;
  }

  buffer(value: Uint8Array): this {
    this.int(value.length);
    const { byteOffset } = this.#room(value.length);
    this.#bytes.set(value, byteOffset);
    return this;
  }

  string(value: string): this {
    return this.buffer(new TextEncoder().encode(value));
  }

  /** The message behind its own length, as it goes over the wire. */
  framed(): Uint8Array<ArrayBuffer> {
    const frame = new Uint8Array(4 + this.#length);
    new DataView(frame.buffer).setInt32(0, this.#length);
    frame.set(this.#bytes.subarray(0, this.#length), 4);
    return frame;
  }

  #room(length: number): DataView {
    const from = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const longer = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    return new DataView(this.#bytes.buffer, from, length);
  }
}

/** Takes a message apart. Every member throws a {@linkcode ZookeeperError} where the message is too short for it. */
export class JuteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  int(): number {
    return this.#take(4).getInt32(0);
  }

  long(): bigint {
    return this.#take(8).getBigInt64(0);
  }

  /** One that is null is empty. */
  buffer(): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.#take(Math.max(0, this.int()));
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  }

  string(): string {
    return new TextDecoder().decode(this.buffer());
  }

  strings(): readonly string[] {
    const texts: string[] = [];
    for (let left = this.int(); left > 0; left--) texts.push(this.string());
    return texts;
  }

  #take(length: number): DataView {
    const from = this.#at;
    if (from + length > this.#bytes.length) {
      throw new ZookeeperError("other", "ZooKeeper sent a message that is too short");
    }
    this.#at += length;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + from, length);
  }
}
