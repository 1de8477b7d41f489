import { messageOf } from "../../pod/errors.ts";
import type protobuf from "protobufjs/light.js";
import type { ExecutorCall, ExecutorEvent, SchedulerCall, SchedulerEvent } from "./messages.ts";
import { scalarsFromJson, scalarsFromProtobuf, scalarsToJson, scalarsToProtobuf } from "./scalars.ts";
import { schema } from "./schema.ts";
import { transcode } from "./transcode.ts";
import { WireError } from "./wire_error.ts";

/** The two encodings of the Mesos v1 API. As a `Content-Type` they stand alone: Mesos refuses any parameter. */
export type MediaType = "application/x-protobuf" | "application/json";

/**
 * What travels in one direction: a message with a `type` and, for most types, a member named after the type.
 * `Message` is what it decodes to.
 */
interface Envelope<Message extends { readonly type: string }> {
  readonly name: string;
  /** In words, for errors. */
  readonly what: string;
  /** Members that every type has. */
  readonly common: readonly (string & keyof Message)[];
  /** Types whose member may be missing. */
  readonly memberOptional: readonly Message["type"][];
}

const executorEvent: Envelope<ExecutorEvent> = {
  name: "mesos.v1.executor.Event",
  what: "The agent's event",
  common: [],
  memberOptional: [],
};

const executorCall: Envelope<ExecutorCall> = {
  name: "mesos.v1.executor.Call",
  what: "The executor's call",
  common: ["executor_id", "framework_id"],
  memberOptional: [],
};

const schedulerEvent: Envelope<SchedulerEvent> = {
  name: "mesos.v1.scheduler.Event",
  what: "The master's event",
  common: [],
  memberOptional: [],
};

const schedulerCall: Envelope<SchedulerCall> = {
  name: "mesos.v1.scheduler.Call",
  what: "The framework's call",
  common: ["framework_id"],
  memberOptional: ["REVIVE", "SUPPRESS"],
};

/** @throws {WireError} when a required member is missing or has the wrong type. */
export function encodeExecutorCall(call: ExecutorCall, media: MediaType): Uint8Array<ArrayBuffer> {
  return encode(executorCall, call, media);
}

/** @throws {WireError} when the bytes are no such event. */
export function decodeExecutorEvent(bytes: Uint8Array, media: MediaType): ExecutorEvent {
  return decode(executorEvent, bytes, media);
}

/** What an agent sends. @throws {WireError} when a required member is missing or has the wrong type. */
export function encodeExecutorEvent(event: ExecutorEvent, media: MediaType): Uint8Array<ArrayBuffer> {
  return encode(executorEvent, event, media);
}

/** What an agent reads. @throws {WireError} when the bytes are no such call. */
export function decodeExecutorCall(bytes: Uint8Array, media: MediaType): ExecutorCall {
  return decode(executorCall, bytes, media);
}

/** @throws {WireError} when a required member is missing or has the wrong type. */
export function encodeSchedulerCall(call: SchedulerCall, media: MediaType): Uint8Array<ArrayBuffer> {
  return encode(schedulerCall, call, media);
}

/** @throws {WireError} when the bytes are no such event. */
export function decodeSchedulerEvent(bytes: Uint8Array, media: MediaType): SchedulerEvent {
  return decode(schedulerEvent, bytes, media);
}

/** What a master sends. @throws {WireError} when a required member is missing or has the wrong type. */
export function encodeSchedulerEvent(event: SchedulerEvent, media: MediaType): Uint8Array<ArrayBuffer> {
  return encode(schedulerEvent, event, media);
}

/** What a master reads. @throws {WireError} when the bytes are no such call. */
export function decodeSchedulerCall(bytes: Uint8Array, media: MediaType): SchedulerCall {
  return decode(schedulerCall, bytes, media);
}

function encode<Message extends { readonly type: string }>(
  envelope: Envelope<Message>,
  message: Message,
  media: MediaType,
): Uint8Array<ArrayBuffer> {
  const known = schema();
  const type = known.message(envelope.name);
  if (media === "application/json") {
    const json = transcode(known, type, message, scalarsToJson, envelope.what);
    return new TextEncoder().encode(JSON.stringify(json));
  }
  const plain = transcode(known, type, message, scalarsToProtobuf, envelope.what);
  return new Uint8Array(type.encode(plain).finish());
}

function decode<Message extends { readonly type: string }>(
  envelope: Envelope<Message>,
  bytes: Uint8Array,
  media: MediaType,
): Message {
  const known = schema();
  const type = known.message(envelope.name);
  const message = media === "application/json"
    ? transcode(known, type, parseJson(bytes, envelope.what), scalarsFromJson, envelope.what)
    : transcode(known, type, parseProtobuf(bytes, type, envelope.what), scalarsFromProtobuf, envelope.what);
  return readEnvelope(envelope, type, message);
}

/** Leaves of a message what its type says, so that it is what its TypeScript type says. */
function readEnvelope<Message extends { readonly type: string }>(
  envelope: Envelope<Message>,
  type: protobuf.Type,
  message: Record<string, unknown>,
): Message {
  const name = typeof message.type === "string" ? message.type : "UNKNOWN";
  const result: Record<string, unknown> = { type: name };
  for (const member of envelope.common) {
    if (message[member] !== undefined) result[member] = message[member];
  }
  const member = name.toLowerCase();
  if (Object.hasOwn(type.fields, member)) {
    if (message[member] !== undefined) result[member] = message[member];
    else if (!envelope.memberOptional.some((optional) => optional === name)) {
      throw new WireError(`${envelope.what} is not as Mesos defines it: ${member} is missing from ${name}`);
    }
  }
  // The schema has proven every member; that the types in messages.ts say the same is proven by a test.
  return result as unknown as Message;
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    // Messages of tasks may hold bytes that are no UTF-8; Mesos passes them on, and they are no reason to lose the rest.
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new WireError(`${what} is not JSON: ${inOneLine(cause)}`, { cause });
  }
}

function parseProtobuf(bytes: Uint8Array, type: protobuf.Type, what: string): unknown {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new WireError(`${what} is not protobuf: ${inOneLine(cause)}`, { cause });
  }
}

/** In one line: errors of JSON quote the text. */
function inOneLine(error: unknown): string {
  return messageOf(error).replace(/\s+/g, " ");
}
