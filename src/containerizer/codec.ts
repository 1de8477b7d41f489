import protobuf from "protobufjs/light.js";
import descriptor from "../../proto/containerizer.json" with { type: "json" };
import { scalarsFromProtobuf } from "../mesos/wire/scalars.ts";
import { schema } from "../mesos/wire/schema.ts";
import { transcode } from "../mesos/wire/transcode.ts";
import { WireError } from "../mesos/wire/wire_error.ts";
import type { ExecutorInfo, Resource, TaskInfo } from "../mesos/wire/messages.ts";
import { messageOf } from "../pod/errors.ts";
import { objectOf, textOf } from "../pod/json.ts";
import { present } from "../pod/present.ts";
import type { Launch, OlderImage, ResourceStatistics, Termination, Update } from "./messages.ts";

let loaded: protobuf.Root | undefined;

function typeNamed(name: string): protobuf.Type {
  loaded ??= protobuf.Root.fromJSON(descriptor);
  return loaded.lookupType(`mesos.containerizer.${name}`);
}

/** @throws {WireError} when the bytes are no such message. */
export function decodeLaunch(bytes: Uint8Array): Launch {
  const message = decode("Launch", bytes);
  const { task_info: task, executor_info: executor, slave_id: agentId, checkpoint } = message;
  return present({
    containerId: idIn(message["container_id"], "container_id"),
    task: task === undefined ? undefined : part<TaskInfo>("TaskInfo", task, "task_info"),
    executor: executor === undefined
      ? undefined
      : part<ExecutorInfo>("ExecutorInfo", executor, "executor_info"),
    olderImage: olderImageIn(bytes),
    directory: textIn(message["directory"]),
    user: textIn(message["user"]),
    agentId: agentId === undefined ? undefined : idIn(agentId, "slave_id", "AgentID"),
    agentPid: textIn(message["slave_pid"]),
    checkpoint: checkpoint === true,
  });
}

/** @throws {WireError} when the bytes are no such message. */
export function decodeUpdate(bytes: Uint8Array): Update {
  const { container_id: id, resources } = decode("Update", bytes);
  const list: readonly unknown[] = Array.isArray(resources) ? resources : [];
  return {
    containerId: idIn(id, "container_id"),
    resources: list.map((bytes, index) => part<Resource>("Resource", bytes, `resources[${index}]`)),
  };
}

/** The container that Wait, Destroy or Usage is about. @throws {WireError} when the bytes are no such message. */
export function decodeChosen(bytes: Uint8Array): string {
  return idIn(decode("Chosen", bytes)["container_id"], "container_id");
}

/** Writes how a container ended. */
export function encodeTermination({ state, reasons, ...rest }: Termination): Uint8Array {
  const type = typeNamed("Termination");
  const root = type.root;
  const numberOf = (name: string, value: string) =>
    root.lookupEnum(`mesos.containerizer.${name}`).values[value];
  return type.encode(present({
    ...rest,
    state: state === undefined ? undefined : numberOf("State", state),
    reasons: reasons?.map((reason) => numberOf("Reason", reason)),
  })).finish();
}

/** Writes what a container uses. */
export function encodeStatistics(statistics: ResourceStatistics): Uint8Array {
  return typeNamed("ResourceStatistics").encode({ ...statistics }).finish();
}

/** Writes which containers there are. */
export function encodeContainers(ids: readonly string[]): Uint8Array {
  const id = schema().message("mesos.v1.ContainerID");
  const containers = ids.map((value) => id.encode({ value }).finish());
  return typeNamed("Containers").encode({ containers }).finish();
}

function decode(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const type = typeNamed(name);
  const what = name === "Chosen" ? "the message" : `the message ${name}`;
  try {
    const message: unknown = type.decode(bytes);
    return Object.fromEntries(
      // What is not there is on the prototype, with its default.
      type.fieldsArray.flatMap(({ name }) => {
        const value = Object.hasOwn(Object(message), name) ? objectOf(message)[name] : undefined;
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  } catch (cause) {
    throw new WireError(`Cannot read ${what} on standard input: ${messageOf(cause)}`, { cause });
  }
}

/** A message of Mesos itself. That its type says what the schema has proven is proven by a test of the wire. */
function part<Message>(name: string, bytes: unknown, path: string): Message {
  const known = schema();
  const type = known.message(`mesos.v1.${name}`);
  const what = `${path} on standard input`;
  let decoded: unknown;
  try {
    if (!(bytes instanceof Uint8Array)) throw new TypeError("it is no message");
    decoded = type.decode(bytes);
  } catch (cause) {
    throw new WireError(`Cannot read ${what}: ${messageOf(cause)}`, { cause });
  }
  return transcode(known, type, decoded, scalarsFromProtobuf, what) as Message;
}

function idIn(bytes: unknown, path: string, name = "ContainerID"): string {
  const { value } = part<{ readonly value: string }>(name, bytes, path);
  if (value === "") throw new WireError(`Cannot read ${path} on standard input: it is empty`);
  return value;
}

function textIn(value: unknown): string | undefined {
  const text = textOf(value);
  return text === "" ? undefined : text;
}

/** The executor's own image goes before that of the task. */
function olderImageIn(bytes: Uint8Array): OlderImage | undefined {
  const message = decode("OlderLaunch", bytes);
  const task = objectOf(message["task_info"]);
  const commands = [
    objectOf(message["executor_info"]).command,
    objectOf(task.executor).command,
    task.command,
  ];
  for (const command of commands) {
    const { image, options } = objectOf(objectOf(command).container);
    if (typeof image !== "string" || image.trim() === "") continue;
    const texts: readonly unknown[] = Array.isArray(options) ? options : [];
    return { image, options: texts.filter((option) => typeof option === "string") };
  }
  return undefined;
}
