import protobuf from "protobufjs/light.js";
import { encodeExecutorEvent, type MediaType } from "../../../src/mesos/wire/codec.ts";
import type { ExecutorEvent } from "../../../src/mesos/wire/messages.ts";
import { schema } from "../../../src/mesos/wire/schema.ts";
import { join } from "./http_connection.ts";
import { isObject } from "./read_call.ts";

/** An event as one record of a stream: its length in decimal, a line feed, its bytes. */
export function eventRecord(event: ExecutorEvent, media: MediaType): Uint8Array<ArrayBuffer> {
  const complete = media === "application/json" ? withDefaults(event) : event;
  const bytes = encodeExecutorEvent(complete, media);
  return join(new TextEncoder().encode(`${bytes.length}\n`), bytes);
}

/**
 * In JSON, Mesos writes members that are not set but have a default, unless they are deprecated: `"extract": true`. In
 * protobuf it does not.
 */
function withDefaults(event: ExecutorEvent): ExecutorEvent {
  // The defaults are those of the schema, so the event is as well typed as before.
  return complete(event, schema().message("mesos.v1.executor.Event")) as ExecutorEvent;
}

/** A message with its defaults, as Mesos writes it in JSON. `name` in full: `mesos.v1.TaskStatus`. */
export function completed(message: unknown, name: string): unknown {
  return complete(message, schema().message(name));
}

function complete(message: unknown, type: protobuf.Type): unknown {
  if (!isObject(message)) return message;
  const result: Record<string, unknown> = { ...message };
  for (const field of type.fieldsArray) {
    const nested = field.resolve().resolvedType;
    const value = message[field.name];
    if (value === undefined) {
      const preset: unknown = field.options?.default;
      if (preset === undefined || field.options?.deprecated === true) continue;
      result[field.name] = preset;
    } else if (nested instanceof protobuf.Type && !field.map) {
      result[field.name] = Array.isArray(value)
        ? value.map((element: unknown) => complete(element, nested))
        : complete(value, nested);
    }
  }
  return result;
}
