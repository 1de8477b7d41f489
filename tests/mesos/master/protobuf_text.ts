import protobuf from "protobufjs/light.js";
import { schema } from "../../../src/mesos/wire/schema.ts";
import { isObject } from "../agent/read_call.ts";

/**
 * A message as text, as the protobuf library of the master prints it: members in the order of their numbers, without
 * those that are not set.
 *
 * @param name without the package: `ExecutorInfo`
 */
export function protobufText(message: unknown, name: string): string {
  return lines(message, schema().message(`mesos.v1.${name}`), "");
}

function lines(message: unknown, type: protobuf.Type, indent: string): string {
  if (!isObject(message)) return "";
  let text = "";
  for (const field of [...type.fieldsArray].sort((one, other) => one.id - other.id)) {
    const value = message[field.name];
    if (value === undefined) continue;
    const { resolvedType } = field.resolve();
    for (const one of Array.isArray(value) ? value : [value]) {
      text += resolvedType instanceof protobuf.Type
        ? `${indent}${field.name} {\n${lines(one, resolvedType, `${indent}  `)}${indent}}\n`
        : `${indent}${field.name}: ${scalarText(one, field)}\n`;
    }
  }
  return text;
}

function scalarText(value: unknown, field: protobuf.Field): string {
  if (value instanceof Uint8Array) return JSON.stringify(new TextDecoder("latin1").decode(value));
  return field.type === "string" ? JSON.stringify(value) : String(value);
}
