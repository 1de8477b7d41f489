/** Protobuf by hand, from its specification alone: what the program writes and reads is not tried by its own code. */

/** A field of a message that is written. */
export type Field = Uint8Array;

/** Joins fields to a message. */
export function message(...fields: readonly Field[]): Uint8Array {
  const whole = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const field of fields) {
    whole.set(field, at);
    at += field.length;
  }
  return whole;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

export function number(field: number, value: number): Field {
  return message(varint(field << 3), varint(value));
}

export function double(field: number, value: number): Field {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return message(varint(field << 3 | 1), bytes);
}

export function bytes(field: number, value: Uint8Array): Field {
  return message(varint(field << 3 | 2), varint(value.length), value);
}

export function text(field: number, value: string): Field {
  return bytes(field, new TextEncoder().encode(value));
}

/** What was read: values by the number of their field, in their order. */
export class ReadMessage {
  readonly #values = new Map<number, (number | Uint8Array)[]>();

  constructor(from: Uint8Array) {
    const view = new DataView(from.buffer, from.byteOffset, from.length);
    let at = 0;
    const next = (): number => {
      let value = 0n;
      for (let shift = 0n;; shift += 7n) {
        const byte = from[at++];
        if (byte === undefined) throw new Error("a message ends in the middle of a number");
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return Number(value);
      }
    };
    while (at < from.length) {
      const tag = next();
      let value: number | Uint8Array;
      switch (tag & 7) {
        case 0:
          value = next();
          break;
        case 1:
          value = view.getFloat64(at, true);
          at += 8;
          break;
        case 2: {
          const length = next();
          if (at + length > from.length) throw new Error("a message ends in the middle of a field");
          value = from.subarray(at, at + length);
          at += length;
          break;
        }
        default:
          throw new Error(`a message has a field of the kind ${tag & 7}`);
      }
      this.#values.set(tag >> 3, [...this.all(tag >> 3), value]);
    }
  }

  /** The numbers of the fields that are there, in order. */
  get fields(): readonly number[] {
    return [...this.#values.keys()].sort((one, other) => one - other);
  }

  all(field: number): readonly (number | Uint8Array)[] {
    return this.#values.get(field) ?? [];
  }

  number(field: number): number | undefined {
    const value = this.all(field).at(-1);
    return typeof value === "number" ? value : undefined;
  }

  text(field: number): string | undefined {
    const value = this.all(field).at(-1);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
  }

  messages(field: number): readonly ReadMessage[] {
    return this.all(field).flatMap((value) => value instanceof Uint8Array ? [new ReadMessage(value)] : []);
  }
}
