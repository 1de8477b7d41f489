/**
 * Thrift's binary protocol, as far as a struct has to be read of which a few members are known: Aurora sends its tasks
 * so.
 *
 * Source: Apache Thrift, "Thrift Binary protocol encoding" (doc/specs/thrift-binary-protocol.md).
 */

/** A value of a struct. Maps are lists of pairs. */
export type ThriftValue =
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly ThriftValue[]
  | ThriftPairs
  | ThriftStruct;

/** A map, in its own order. */
export interface ThriftPairs {
  readonly pairs: readonly (readonly [key: ThriftValue, value: ThriftValue])[];
}

/** The members of a struct by their numbers. */
export interface ThriftStruct {
  readonly fields: ReadonlyMap<number, ThriftValue>;
}

/** Structs and lists in each other are no deeper than that. */
const deepest = 32;
/** Values of one struct, all that it holds counted. */
const mostValues = 100_000;

/**
 * Reads bytes that are one struct and nothing else; undefined where they are anything else.
 *
 * Bounded: bytes of anybody take no more than their length, and lists no more than they have bytes for.
 */
export function readThriftStruct(bytes: Uint8Array): ThriftStruct | undefined {
  try {
    const reader = new Reader(bytes);
    const struct = reader.struct(0);
    return reader.isAtEnd ? struct : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  struct(depth: number): ThriftStruct {
    if (depth > deepest) throw new RangeError("too deep");
    const fields = new Map<number, ThriftValue>();
    for (;;) {
      const type = this.#view.getUint8(this.#take(1));
      if (type === 0) return { fields };
      const id = this.#view.getInt16(this.#take(2));
      fields.set(id, this.#value(type, depth + 1));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    if (++this.#values > mostValues) throw new RangeError("too many values");
    switch (type) {
      case 2:
        return this.#view.getUint8(this.#take(1)) !== 0;
      case 3:
        return this.#view.getInt8(this.#take(1));
      case 4:
        return this.#view.getFloat64(this.#take(8));
      case 6:
        return this.#view.getInt16(this.#take(2));
      case 8:
        return this.#view.getInt32(this.#take(4));
      case 10:
        return this.#view.getBigInt64(this.#take(8));
      case 11: {
        const length = this.#length();
        const from = this.#take(length);
        return this.#bytes.subarray(from, from + length);
      }
      case 12:
        return this.struct(depth);
      case 13:
        return this.#map(depth);
      case 14:
      case 15:
        return this.#list(depth);
      default:
        throw new RangeError("a type that there is not");
    }
  }

  #map(depth: number): ThriftPairs {
    if (depth > deepest) throw new RangeError("too deep");
    const [keyType, valueType] = [this.#byte(), this.#byte()];
    const pairs: [ThriftValue, ThriftValue][] = [];
    for (let left = this.#length(); left > 0; left--) {
      pairs.push([this.#value(keyType, depth + 1), this.#value(valueType, depth + 1)]);
    }
    return { pairs };
  }

  #list(depth: number): ThriftValue[] {
    if (depth > deepest) throw new RangeError("too deep");
    const type = this.#byte();
    const items: ThriftValue[] = [];
    for (let left = this.#length(); left > 0; left--) items.push(this.#value(type, depth + 1));
    return items;
  }

  #byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #length(): number {
    const length = this.#view.getInt32(this.#take(4));
    if (length < 0) throw new RangeError("a negative length");
    return length;
  }

  /** The place of the next bytes, which are there. */
  #take(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) throw new RangeError("cut off");
    this.#at += count;
    return from;
  }
}
