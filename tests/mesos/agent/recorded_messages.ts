import type { TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { scalarsFromJson } from "../../../src/mesos/wire/scalars.ts";
import { schema } from "../../../src/mesos/wire/schema.ts";
import { transcode } from "../../../src/mesos/wire/transcode.ts";
import { isObject, type Members } from "./read_call.ts";
import type { RecordedLine } from "./recording.ts";

/** A message of a recording, as its type says. `name` without the package. */
export function typed<Message>(name: string, value: unknown): Message {
  const type = schema().message(`mesos.v1.${name}`);
  // The schema has proven every member.
  return transcode(schema(), type, value, scalarsFromJson, "The recorded message") as Message;
}

/** The type of the message in a line. */
export function typeOf(line: RecordedLine): unknown {
  return members(line.body).type;
}

/** The members of an object; none of anything else. */
export function members(value: unknown): Members {
  return isObject(value) ? value : {};
}

/** The elements of a list; none of anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text of an id. */
export function idOf(value: unknown): string {
  const { value: id } = members(value);
  return typeof id === "string" ? id : "";
}

/** The updates that the scheduler got in a line. */
export function statusesIn(line: RecordedLine): readonly TaskStatus[] {
  if (line.dir !== "master->scheduler" || typeOf(line) !== "UPDATE") return [];
  return [typed<TaskStatus>("TaskStatus", members(members(line.body).update).status)];
}
