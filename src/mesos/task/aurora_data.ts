/**
 * What Aurora's scheduler says of a task in `TaskInfo.data`: its AssignedTask, in Thrift as the scheduler sends it, or
 * in JSON with the same names. All of it is somebody else's: a member of another form is as good as absent.
 *
 * Source of the members and their numbers: Aurora's api.thrift.
 */

import { readThriftStruct, type ThriftStruct, type ThriftValue } from "./thrift_struct.ts";

/** A task of Aurora, as far as it matters here. */
export interface AuroraTask {
  readonly taskId?: string;
  /** Which instance of its job it is, from 0. */
  readonly instance?: number;
  /** It is not meant to end. */
  readonly isService?: boolean;
  readonly role?: string;
  readonly environment?: string;
  readonly job?: string;
  /** Ports of the host by the names that the job gives them. */
  readonly ports: ReadonlyMap<string, number>;
  readonly container?: AuroraContainer;
  /** What the job has for its executor: for Thermos a JSON object. */
  readonly executorData?: string;
}

/** The container of a task of Aurora. */
export interface AuroraContainer {
  /** `NAME:TAG`, or whatever the job has for it. */
  readonly image: string;
  readonly parameters: readonly { readonly key: string; readonly value: string }[];
  readonly volumes: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly readOnly: boolean;
  }[];
}

/** The task in Thrift's bytes; undefined where they are none. */
export function auroraTaskOfBytes(bytes: Uint8Array): AuroraTask | undefined {
  const assigned = readThriftStruct(bytes);
  if (assigned === undefined) return undefined;
  const taskId = textAt(assigned, 1);
  const config = structAt(assigned, 4);
  // Without these it is some other struct.
  if (taskId === undefined || config === undefined) return undefined;
  const [key, owner] = [structAt(config, 28), structAt(config, 17)];
  const executor = structAt(config, 25);
  return known({
    taskId,
    instance: numberAt(assigned, 6),
    isService: booleanAt(config, 7),
    role: textAt(key, 1) ?? textAt(owner, 1),
    environment: textAt(key, 2) ?? textAt(config, 26),
    job: textAt(key, 3) ?? textAt(config, 3),
    ports: portsOf(
      pairsAt(assigned, 5).map(([name, port]) => [textOf(name), typeof port === "number" ? port : undefined]),
    ),
    container: containerOfStruct(structAt(config, 29)),
    executorData: textAt(executor, 2),
  });
}

/** The task in a JSON object, with or without its parts around it; undefined where it is none. */
export function auroraTaskOfObject(value: Readonly<Record<string, unknown>>): AuroraTask | undefined {
  // An ExecutorConfig alone, or what is in one: a job, or an instance, of Thermos.
  if (isThermosObject(value)) {
    return known({
      instance: numberOf(value["instance"]),
      isService: booleanOf(value["service"]),
      role: stringOf(value["role"]),
      environment: stringOf(value["environment"]),
      job: stringOf(value["name"]),
      ports: new Map(),
      executorData: JSON.stringify(value),
    });
  }
  const assigned = fieldsOf(value["assignedTask"]) ?? value;
  const config = fieldsOf(assigned["task"]) ?? (("executorConfig" in value) ? value : undefined);
  if (config === undefined || !("executorConfig" in config || "assignedPorts" in assigned)) return undefined;
  const [key, owner] = [fieldsOf(config["job"]), fieldsOf(config["owner"])];
  const executor = fieldsOf(config["executorConfig"]) ?? {};
  const data = executor["data"];
  return known({
    taskId: stringOf(assigned["taskId"]),
    instance: numberOf(assigned["instanceId"]),
    isService: booleanOf(config["isService"]),
    role: stringOf(key?.["role"]) ?? stringOf(owner?.["role"]),
    environment: stringOf(key?.["environment"]) ?? stringOf(config["environment"]),
    job: stringOf(key?.["name"]) ?? stringOf(config["jobName"]),
    ports: portsOf(
      Object.entries(fieldsOf(assigned["assignedPorts"]) ?? {}).map(([name, port]) => [name, numberOf(port)]),
    ),
    container: containerOfObject(config["container"]),
    executorData: typeof data === "object" && data !== null ? JSON.stringify(data) : stringOf(data),
  });
}

/** Whether an object is a job or an instance of Thermos: it has a task with processes. */
export function isThermosObject(value: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(fieldsOf(value["task"])?.["processes"]);
}

/**
 * The container of a job, in the words of Thrift (`docker`, `mesos`) or of the client's files, where it is the one or
 * the other itself.
 */
export function containerOfObject(value: unknown): AuroraContainer | undefined {
  const container = fieldsOf(value);
  const inner = fieldsOf(container?.["docker"]) ?? fieldsOf(container?.["mesos"]) ?? container;
  if (inner === undefined) return undefined;
  const image = imageOf(inner["image"]);
  if (image === undefined) return undefined;
  return {
    image,
    parameters: listOf(inner["parameters"]).flatMap((item) => {
      const { name, value: text } = fieldsOf(item) ?? {};
      return typeof name === "string" ? [{ key: name, value: stringOf(text) ?? "" }] : [];
    }),
    volumes: listOf(inner["volumes"]).flatMap((item) => {
      const volume = fieldsOf(item) ?? {};
      const containerPath = stringOf(volume["containerPath"]) ?? stringOf(volume["container_path"]);
      const hostPath = stringOf(volume["hostPath"]) ?? stringOf(volume["host_path"]);
      const { mode } = volume;
      return containerPath === undefined || hostPath === undefined
        ? []
        : [{ containerPath, hostPath, readOnly: mode === "RO" || mode === 2 }];
    }),
  };
}

function imageOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const image = fieldsOf(value);
  const docker = fieldsOf(image?.["docker"]) ?? image;
  const [name, tag] = [stringOf(docker?.["name"]), stringOf(docker?.["tag"])];
  return name === undefined ? undefined : tag === undefined || tag === "" ? name : `${name}:${tag}`;
}

function containerOfStruct(container: ThriftStruct | undefined): AuroraContainer | undefined {
  const [mesos, docker] = [structAt(container, 1), structAt(container, 2)];
  const ofMesos = structAt(structAt(mesos, 1), 1);
  const [name, tag] = [textAt(ofMesos, 1), textAt(ofMesos, 2)];
  const image = textAt(docker, 1) ?? (name === undefined || tag === undefined ? name : `${name}:${tag}`);
  if (image === undefined) return undefined;
  return {
    image,
    parameters: structsAt(docker, 2).flatMap((parameter) => {
      const key = textAt(parameter, 1);
      return key === undefined ? [] : [{ key, value: textAt(parameter, 2) ?? "" }];
    }),
    volumes: structsAt(mesos, 2).flatMap((volume) => {
      const [containerPath, hostPath] = [textAt(volume, 1), textAt(volume, 2)];
      return containerPath === undefined || hostPath === undefined
        ? []
        : [{ containerPath, hostPath, readOnly: numberAt(volume, 3) === 2 }];
    }),
  };
}

type Loose<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined };

/** Without what is not known. */
function known(task: Partial<Loose<AuroraTask>> & Pick<AuroraTask, "ports">): AuroraTask {
  const entries = Object.entries(task).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), ports: task.ports };
}

function portsOf(
  pairs: readonly (readonly [name: string | undefined, port: number | undefined])[],
): ReadonlyMap<string, number> {
  return new Map(
    pairs.flatMap(([name, port]) => name === undefined || port === undefined ? [] : [[name, port]]),
  );
}

function structAt(struct: ThriftStruct | undefined, id: number): ThriftStruct | undefined {
  const value = struct?.fields.get(id);
  return typeof value === "object" && "fields" in value ? value : undefined;
}

function structsAt(struct: ThriftStruct | undefined, id: number): ThriftStruct[] {
  const value = struct?.fields.get(id);
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: ThriftValue) => typeof item === "object" && "fields" in item ? [item] : []);
}

function pairsAt(struct: ThriftStruct, id: number): readonly (readonly [ThriftValue, ThriftValue])[] {
  const value = struct.fields.get(id);
  return typeof value === "object" && "pairs" in value ? value.pairs : [];
}

function textAt(struct: ThriftStruct | undefined, id: number): string | undefined {
  const value = struct?.fields.get(id);
  return value === undefined ? undefined : textOf(value);
}

function textOf(value: ThriftValue): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch {
    // Bytes that are no text are nothing that a name, or a text of JSON, could be.
    return undefined;
  }
}

function numberAt(struct: ThriftStruct, id: number): number | undefined {
  return numberOf(struct.fields.get(id));
}

function booleanAt(struct: ThriftStruct, id: number): boolean | undefined {
  return booleanOf(struct.fields.get(id));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}
