import type protobuf from "protobufjs/light.js";
import type { Refuse, Scalars } from "./transcode.ts";

/** From JSON, as Mesos writes it, to our messages. Numbers may be strings as well. */
export const scalarsFromJson: Scalars = {
  enumeration(value, type, refuse) {
    if (typeof value !== "string") throw refuse("is not the name of a value");
    return Object.hasOwn(type.values, value) ? value : undefined;
  },
  bytes(value, refuse) {
    if (typeof value !== "string") throw refuse("is not base64");
    try {
      return Uint8Array.fromBase64(value, { lastChunkHandling: "strict" });
    } catch {
      throw refuse("is not base64");
    }
  },
  whole: (value, type, refuse) => checkWhole(isNumeral(value) ? Number(value) : value, type, refuse),
  double(value, refuse) {
    if (typeof value === "number") return value;
    if (isNumeral(value)) return Number(value);
    throw refuse("is not a number");
  },
};

/** From our messages to JSON. */
export const scalarsToJson: Scalars = {
  enumeration: (value, type, refuse) => checkName(value, type, refuse),
  bytes: (value, refuse) => checkBytes(value, refuse).toBase64(),
  whole: checkWhole,
  double(value, refuse) {
    if (typeof value !== "number") throw refuse("is not a number");
    return Number.isFinite(value) ? value : String(value);
  },
};

/** From what the protobuf library decodes to our messages. */
export const scalarsFromProtobuf: Scalars = {
  enumeration: (value, type) => typeof value === "number" ? type.valuesById[value] : undefined,
  // A copy, because the library hands out windows on the whole record, of a subclass.
  bytes: (value, refuse) => new Uint8Array(checkBytes(value, refuse)),
  whole(value, type, refuse) {
    // 64-bit integers come as objects of the library `long`.
    if (typeof value === "object" && value !== null && "toNumber" in value) {
      const { toNumber } = value;
      if (typeof toNumber === "function") return Number(toNumber.call(value));
    }
    return checkWhole(value, type, refuse);
  },
  double(value, refuse) {
    if (typeof value !== "number") throw refuse("is not a number");
    return value;
  },
};

/** From our messages to what the protobuf library encodes. */
export const scalarsToProtobuf: Scalars = {
  enumeration: (value, type, refuse) => type.values[checkName(value, type, refuse)],
  bytes: checkBytes,
  whole: checkWhole,
  double: scalarsFromProtobuf.double,
};

/** The least and the greatest value of each integer type. Beyond 2^53 numbers are rounded. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
};

function checkWhole(value: unknown, type: string, refuse: Refuse): number {
  if (typeof value !== "number" || !Number.isInteger(value)) throw refuse("is not a whole number");
  const [least, greatest] = ranges[type] ?? [-Infinity, Infinity];
  if (value < least || value > greatest) throw refuse(`is out of range: ${value}`);
  return value;
}

function checkBytes(value: unknown, refuse: Refuse): Uint8Array {
  if (!(value instanceof Uint8Array)) throw refuse("is not bytes");
  return value;
}

function checkName(value: unknown, type: protobuf.Enum, refuse: Refuse): string {
  if (typeof value === "string" && Object.hasOwn(type.values, value)) return value;
  throw refuse(`is no value of ${type.name}: ${JSON.stringify(value)}`);
}

function isNumeral(value: unknown): value is string {
  return typeof value === "string" && /^(-?\d+(\.\d+)?([eE][-+]?\d+)?|-?Infinity|NaN)$/.test(value);
}
