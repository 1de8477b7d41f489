/** Messages as an agent of Mesos 0.19 to 1.0 writes them. Numbers: `containerizer.proto` and `mesos.proto` of 1.0. */

import { bytes, double, type Field, message, number, text } from "./protobuf.ts";

/** What a test says of a launch. */
export interface AskedLaunch {
  readonly id: string;
  readonly directory?: string;
  readonly user?: string;
  /** Of the task; with an executor too. */
  readonly task?: AskedTask;
  readonly executor?: AskedExecutor;
}

export interface AskedTask {
  readonly name?: string;
  readonly resources?: AskedResources;
  readonly executor?: AskedExecutor;
  readonly command?: AskedCommand;
  readonly container?: Uint8Array;
}

export interface AskedExecutor {
  readonly id?: string;
  readonly command: AskedCommand;
  readonly resources?: AskedResources;
  readonly container?: Uint8Array;
}

export interface AskedCommand {
  readonly value?: string;
  readonly shell?: boolean;
  readonly arguments?: readonly string[];
  readonly uris?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** `CommandInfo.container` of Mesos up to 0.22. */
  readonly olderImage?: string;
  readonly olderOptions?: readonly string[];
}

export interface AskedResources {
  readonly cpus?: number;
  readonly mem?: number;
  readonly ports?: readonly [number, number];
}

/** `ContainerInfo` with a Docker image. */
export function dockerContainer(
  image: string,
  { network, mappings = [], parameters = {}, privileged, volumes = {} }: {
    /** HOST 1, BRIDGE 2, NONE 3. */
    readonly network?: number;
    /** Host port and container port. */
    readonly mappings?: readonly (readonly [number, number])[];
    readonly parameters?: Readonly<Record<string, string>>;
    readonly privileged?: boolean;
    /** Paths of the host, or of the sandbox, by their path in the container. */
    readonly volumes?: Readonly<Record<string, string>>;
  } = {},
): Uint8Array {
  const docker = message(
    text(1, image),
    ...maybe(network, (value) => number(2, value)),
    ...mappings.map(([host, container]) => bytes(3, message(number(1, host), number(2, container)))),
    ...maybe(privileged, (value) => number(4, value ? 1 : 0)),
    ...Object.entries(parameters).map(([key, value]) => bytes(5, message(text(1, key), text(2, value)))),
  );
  return message(
    number(1, 1),
    ...Object.entries(volumes).map(([inside, path]) =>
      bytes(2, message(text(1, inside), text(2, path), number(3, 1)))
    ),
    bytes(3, docker),
  );
}

export function launchMessage({ id, directory, user, task, executor }: AskedLaunch): Uint8Array {
  return message(
    bytes(1, identifier(id)),
    ...maybe(task, (given) => bytes(2, taskInfo(given))),
    ...maybe(executor, (given) => bytes(3, executorInfo(given))),
    ...maybe(directory, (path) => text(4, path)),
    ...maybe(user, (name) => text(5, name)),
    bytes(6, identifier("agent-1")),
    text(7, "slave(1)@127.0.0.1:5051"),
    number(8, 1),
  );
}

export function updateMessage(id: string, resources: AskedResources): Uint8Array {
  return message(bytes(1, identifier(id)), ...resourcesOf(2, resources));
}

/** Wait, Destroy and Usage. */
export function chosenMessage(id: string): Uint8Array {
  return message(bytes(1, identifier(id)));
}

function taskInfo({ name = "job", resources = {}, executor, command, container }: AskedTask): Uint8Array {
  return message(
    text(1, name),
    bytes(2, identifier("job.1")),
    bytes(3, identifier("agent-1")),
    ...resourcesOf(4, resources),
    ...maybe(executor, (given) => bytes(5, executorInfo(given))),
    ...maybe(command, (given) => bytes(7, commandInfo(given))),
    ...maybe(container, (given) => bytes(9, given)),
  );
}

function executorInfo({ id = "executor-1", command, resources = {}, container }: AskedExecutor): Uint8Array {
  return message(
    bytes(1, identifier(id)),
    ...resourcesOf(5, resources),
    bytes(7, commandInfo(command)),
    bytes(8, identifier("framework-1")),
    ...maybe(container, (given) => bytes(11, given)),
  );
}

function commandInfo(command: AskedCommand): Uint8Array {
  const variables = Object.entries(command.variables ?? {});
  return message(
    ...(command.uris ?? []).map((uri) => bytes(1, message(text(1, uri)))),
    ...(variables.length === 0 ? [] : [bytes(
      2,
      message(...variables.map(([name, value]) => bytes(1, message(text(1, name), text(2, value))))),
    )]),
    ...maybe(command.value, (value) => text(3, value)),
    ...maybe(
      command.olderImage,
      (image) =>
        bytes(4, message(text(1, image), ...(command.olderOptions ?? []).map((option) => text(2, option)))),
    ),
    ...maybe(command.user, (user) => text(5, user)),
    ...maybe(command.shell, (shell) => number(6, shell ? 1 : 0)),
    ...(command.arguments ?? []).map((argument) => text(7, argument)),
  );
}

function resourcesOf(field: number, { cpus, mem, ports }: AskedResources): Field[] {
  const scalar = (name: string, value: number) =>
    bytes(field, message(text(1, name), number(2, 0), bytes(3, double(1, value)), text(6, "*")));
  return [
    ...maybe(cpus, (value) => scalar("cpus", value)),
    ...maybe(mem, (value) => scalar("mem", value)),
    ...maybe(ports, ([begin, end]) =>
      bytes(
        field,
        message(
          text(1, "ports"),
          number(2, 1),
          bytes(4, bytes(1, message(number(1, begin), number(2, end)))),
          text(6, "*"),
        ),
      )),
  ];
}

function identifier(value: string): Uint8Array {
  return text(1, value);
}

function maybe<Value>(value: Value | undefined, make: (value: Value) => Field): Field[] {
  return value === undefined ? [] : [make(value)];
}
