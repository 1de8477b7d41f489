/** Structs in Thrift's binary protocol, as Aurora's scheduler writes them. */

type ThriftGiven =
  | string
  | number
  | boolean
  | readonly ThriftField[]
  | { readonly list: readonly (readonly ThriftField[])[] }
  | { readonly pairs: readonly (readonly [string, number])[] };

/** A member by its number. A number is of 32 bits. */
export type ThriftField = readonly [id: number, value: ThriftGiven];

/** The bytes of a struct. */
export function thriftStruct(fields: readonly ThriftField[]): Uint8Array {
  return Uint8Array.from(structBytes(fields));
}

function structBytes(fields: readonly ThriftField[]): number[] {
  return [
    ...fields.flatMap(([id, value]) => [typeOf(value), id >> 8, id & 255, ...valueBytes(value)]),
    0,
  ];
}

function typeOf(value: ThriftGiven): number {
  if (typeof value === "boolean") return 2;
  if (typeof value === "number") return 8;
  if (typeof value === "string") return 11;
  if ("list" in value) return 15;
  return "pairs" in value ? 13 : 12;
}

function valueBytes(value: ThriftGiven): number[] {
  if (typeof value === "boolean") return [value ? 1 : 0];
  if (typeof value === "number") return integerBytes(value);
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return [...integerBytes(bytes.length), ...bytes];
  }
  if ("list" in value) return [12, ...integerBytes(value.list.length), ...value.list.flatMap(structBytes)];
  if (!("pairs" in value)) return structBytes(value);
  const pairs = value.pairs.flatMap(([key, number]) => [...valueBytes(key), ...integerBytes(number)]);
  return [11, 8, ...integerBytes(value.pairs.length), ...pairs];
}

function integerBytes(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
