import protobuf from "protobufjs/light.js";
import { scalarsFromJson, scalarsFromProtobuf } from "../../../src/mesos/wire/scalars.ts";
import { schema } from "../../../src/mesos/wire/schema.ts";
import { transcode } from "../../../src/mesos/wire/transcode.ts";
import { WireError } from "../../../src/mesos/wire/wire_error.ts";
import { restOfLine, scanJson } from "./json_scan.ts";

/** Members of a message as they came in: what there is has the type that it should have, what there should be is not proven. */
export type Members = Readonly<Record<string, unknown>>;

/** The call in a body, or what Mesos answers when there is none. */
export type CallReading = { readonly call: Members } | { readonly problem: string };

const executorCall = "mesos.v1.executor.Call";

/** Reads a body in protobuf. @param name the message in full, if it is not an executor's call */
export function readProtobufCall(body: Uint8Array, name = executorCall): CallReading {
  const problem = "Failed to parse body into Call protobuf";
  const type = schema().message(name);
  try {
    return { call: transcode(schema(), type, type.decode(body), scalarsFromProtobuf, "The call") };
  } catch {
    // Whatever is wrong with it, Mesos says the same.
    return { problem };
  }
}

/** Reads a body in JSON. @param name the message in full, if it is not an executor's call */
export function readJsonCall(body: Uint8Array, name = executorCall): CallReading {
  const text = new TextDecoder().decode(body);
  const scan = scanJson(text);
  const unreadable = "Failed to parse body into JSON: ";
  if (!scan.ok) {
    const line = text.slice(0, scan.at).split("\n").length;
    return { problem: `${unreadable}syntax error at line ${line} near: ${restOfLine(text, scan.at)}` };
  }
  const trailing = text.slice(scan.end).trim();
  if (trailing !== "") {
    return { problem: `${unreadable}Parsed JSON included non-whitespace trailing characters: ${trailing}` };
  }
  const unfit = "Failed to convert JSON into Call protobuf: ";
  const json: unknown = JSON.parse(text);
  if (!isObject(json)) return { problem: `${unfit}Expecting a JSON object` };
  const type = schema().message(name);
  const misfit = misfitOf(json, type);
  if (misfit !== undefined) return { problem: unfit + misfit };
  const missing = missingFrom(json, type, "");
  if (missing.length > 0) return { problem: `${unfit}Missing required fields: ${missing.join(", ")}` };
  try {
    return { call: transcode(schema(), type, json, scalarsFromJson, "The call") };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { problem: unfit + error.message };
  }
}

/** The type of the call in a body, and the executor that it comes from; undefined and nobody where there is none. */
export function callerOf(
  contentType: string | undefined,
  body: Uint8Array,
): { readonly type: unknown; readonly executor: string } {
  const reading = contentType === "application/json" ? readJsonCall(body) : readProtobufCall(body);
  if (!("call" in reading)) return { type: undefined, executor: "" };
  const { type, executor_id } = reading.call;
  const { value } = isObject(executor_id) ? executor_id : {};
  return { type, executor: typeof value === "string" ? value : "" };
}

/** The first member of the wrong type, in the order of Mesos, which is by name. */
function misfitOf(message: Members, type: protobuf.Type): string | undefined {
  for (const name of Object.keys(message).sort()) {
    const field = type.fields[name];
    if (field === undefined) continue;
    const problem = memberMisfit(message[name], field.resolve());
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function memberMisfit(value: unknown, field: protobuf.Field): string | undefined {
  const refuse = (what: string) => `Not expecting a JSON ${what} for field '${field.name}'`;
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    if (!field.repeated) return refuse("array");
    return value.map((element: unknown) => memberMisfit(element, field)).find((problem) =>
      problem !== undefined
    );
  }
  const resolved = field.resolvedType;
  switch (typeof value) {
    case "object":
      if (!(resolved instanceof protobuf.Type)) return field.map ? undefined : refuse("object");
      if (!isObject(value)) return undefined;
      return field.map
        ? Object.values(value).map((entry) => isObject(entry) ? misfitOf(entry, resolved) : undefined)
          .find((problem) => problem !== undefined)
        : misfitOf(value, resolved);
    case "string":
      if (resolved instanceof protobuf.Type) return refuse("string");
      if (resolved instanceof protobuf.Enum) {
        return schema().isRequired(field) && !Object.hasOwn(resolved.values, value)
          ? `Failed to find enum for '${value}'`
          : undefined;
      }
      return field.type === "bytes" ? base64Misfit(value, field.name) : undefined;
    case "number":
      return resolved !== null || ["string", "bytes", "bool"].includes(field.type)
        ? refuse("number")
        : undefined;
    default:
      return field.type === "bool" ? undefined : refuse("boolean");
  }
}

function base64Misfit(value: string, name: string): string | undefined {
  const wrong = /[^A-Za-z0-9+/=]/.exec(value)?.[0];
  if (wrong === undefined) return undefined;
  return `Failed to base64 decode bytes field '${name}': Invalid character '${wrong}'`;
}

/** The paths of the required members that are not there. */
function missingFrom(message: Members, type: protobuf.Type, path: string): readonly string[] {
  const missing: string[] = [];
  for (const field of type.fieldsArray) {
    if (schema().isRequired(field) && (message[field.name] ?? undefined) === undefined) {
      missing.push(path + field.name);
    }
  }
  for (const field of type.fieldsArray) {
    const nested = field.resolve().resolvedType;
    const value = message[field.name];
    if (!(nested instanceof protobuf.Type) || field.map) continue;
    if (Array.isArray(value)) {
      value.forEach((element: unknown, index) => {
        if (isObject(element)) {
          missing.push(...missingFrom(element, nested, `${path}${field.name}[${index}].`));
        }
      });
    } else if (isObject(value)) missing.push(...missingFrom(value, nested, `${path}${field.name}.`));
  }
  return missing;
}

/** Whether a value is an object with members. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}
