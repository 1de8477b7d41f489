import protobuf from "protobufjs/light.js";
import type { Schema } from "./schema.ts";
import { WireError } from "./wire_error.ts";

/** How the values of one encoding become those of another. Each refuses by throwing what `refuse` makes. */
export interface Scalars {
  /** `undefined` for a name or number that the enum does not have: the member is then absent. */
  enumeration(value: unknown, type: protobuf.Enum, refuse: Refuse): string | number | undefined;
  bytes(value: unknown, refuse: Refuse): Uint8Array | string;
  /** A whole number within its type, which is int32, uint32, int64 or uint64. */
  whole(value: unknown, type: string, refuse: Refuse): number;
  double(value: unknown, refuse: Refuse): number | string;
}

/** Makes the error of one value. `why` follows the path of the value: `is not a string`. */
export type Refuse = (why: string) => WireError;

/** Deeper messages are refused, as by the protobuf library: nothing of Mesos nests more than some ten. */
const deepest = 100;

/**
 * Copies a message member by member, changing scalars on the way. Members that the schema does not have are left out;
 * so are repeated members without elements, and `null`.
 *
 * @param what the message in words, for the error: `the agent's event`
 * @throws {WireError} for a value of the wrong type or a missing required member, with its path.
 */
export function transcode(
  schema: Schema,
  type: protobuf.Type,
  message: unknown,
  scalars: Scalars,
  what: string,
): Record<string, unknown> {
  const refuseAt = (path: string): Refuse => (why) =>
    new WireError(`${what} is not as Mesos defines it: ${path === "" ? "it" : path} ${why}`);

  const copyMessage = (from: unknown, type: protobuf.Type, path: string, depth: number) => {
    if (depth > deepest) throw refuseAt(path)("is nested too deep");
    if (!isObject(from)) throw refuseAt(path)("is not an object");
    const to: Record<string, unknown> = {};
    for (const field of type.fieldsArray) {
      const where = path === "" ? field.name : `${path}.${field.name}`;
      const value = Object.hasOwn(from, field.name) ? from[field.name] : undefined;
      const copied = value === undefined || value === null
        ? undefined
        : copyMember(value, field, where, depth);
      if (copied !== undefined) to[field.name] = copied;
      else if (schema.isRequired(field)) throw refuseAt(where)("is missing");
    }
    return to;
  };

  const copyMember = (value: unknown, field: protobuf.Field, path: string, depth: number): unknown => {
    if (field instanceof protobuf.MapField) {
      if (!isObject(value)) throw refuseAt(path)("is not an object");
      const entries = Object.entries(value);
      if (entries.length === 0) return undefined;
      return Object.fromEntries(
        entries.map((
          [key, entry],
        ) => [key, copyValue(entry, field, `${path}[${JSON.stringify(key)}]`, depth)]),
      );
    }
    if (!field.repeated) return copyValue(value, field, path, depth);
    if (!Array.isArray(value)) throw refuseAt(path)("is not a list");
    const elements = value
      .map((element: unknown, index) => copyValue(element, field, `${path}[${index}]`, depth))
      .filter((element) => element !== undefined);
    return elements.length === 0 ? undefined : elements;
  };

  const copyValue = (value: unknown, field: protobuf.Field, path: string, depth: number): unknown => {
    const refuse = refuseAt(path);
    const resolved = field.resolvedType;
    if (resolved instanceof protobuf.Type) return copyMessage(value, resolved, path, depth + 1);
    if (resolved instanceof protobuf.Enum) return scalars.enumeration(value, resolved, refuse);
    switch (field.type) {
      case "string":
        if (typeof value !== "string") throw refuse("is not a string");
        // Half a character (of a text that was cut) has no UTF-8: an agent would refuse the whole message as no JSON.
        return value.toWellFormed();
      case "bool":
        if (typeof value !== "boolean") throw refuse("is neither true nor false");
        return value;
      case "bytes":
        return scalars.bytes(value, refuse);
      case "double":
        return scalars.double(value, refuse);
      default:
        return scalars.whole(value, field.type, refuse);
    }
  };

  return copyMessage(message, type, "", 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
