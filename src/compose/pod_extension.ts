import { defaultCluster, type PodCluster } from "../pod/cluster.ts";
import { imageProblem } from "../pod/image_reference.ts";
import { isPodName } from "../pod/names.ts";
import type { PodNetworking, PodPreload, PodResources } from "../pod/model.ts";
import type { StatusHook } from "../pod/status_hook.ts";
import { registryIn } from "./image_binder.ts";
import { isClusterField, readClusterField, unmetOnOneHost } from "./pod_cluster.ts";
import { readPreload } from "./pod_preload.ts";
import { readHttpLifecycle, type WrittenLifecycle } from "./http_lifecycle.ts";
import type { ProblemList } from "./problem_list.ts";
import { present } from "../pod/present.ts";
import { readStatusHooks } from "./status_hooks.ts";
import { parseBytes } from "./units.ts";

/** What the `x-pod` field at the top of a Compose file says. */
export interface PodExtension {
  readonly network: PodNetworking;
  readonly resources?: PodResources;
  readonly essential?: readonly string[];
  readonly statusHooks?: readonly StatusHook[];
  /** What it is asked by HTTP before it is stopped. */
  readonly httpLifecycle?: WrittenLifecycle;
  /** The services whose images run by digest. */
  readonly pin: readonly string[];
  /** Archives of its images; its directory is as written. */
  readonly preload?: PodPreload;
  /** Wishes for the offered ports of a task, as written: `web:80=PORT0`. */
  readonly ports: readonly string[];
  /** What it says for a cluster, where it says anything; nothing of it is read for a task, which is there already. */
  readonly cluster?: PodCluster;
}

/** Who runs the pod: this host's engine, an executor of Mesos as a task, or a cluster, as tasks that are made of it. */
export type PodRunner = "host" | "task" | "cluster";

/** Fields of `x-pod` that belong to other ways of running a pod than on this host's engine. */
const elsewhere = new Map([]);

/** Fields of `x-pod` that only a task of Mesos has a use for. */
const ofTasks: ReadonlyMap<string, string> = new Map([
  ["ports", "a task's offered ports are used on Mesos only"],
  ["hooks", "status hooks are run for tasks of Mesos only; use post_start and pre_stop of the services"],
]);

/**
 * Reads `x-pod`. Unknown fields are errors, so that a misspelt limit is never dropped in silence.
 *
 * @param override a network mode from the command line, which wins over the file's.
 * @param runner who runs the pod: fields that are for others may need a warning.
 */
export function readPodExtension(
  value: unknown,
  containers: readonly string[],
  problems: ProblemList,
  override?: string,
  runner: PodRunner = "host",
): PodExtension {
  const fields = value === undefined || value === null ? {} : value;
  if (typeof fields !== "object" || Array.isArray(fields)) {
    problems.error("x-pod", "must be a mapping with fields such as network, resources and essential");
    return { network: networkMode(override), pin: [], ports: [] };
  }
  let network = networkMode(override);
  let resources: PodResources | undefined;
  let essential: readonly string[] | undefined;
  let statusHooks: readonly StatusHook[] = [];
  let httpLifecycle: WrittenLifecycle | undefined;
  let ports: readonly string[] = [];
  let preload: PodPreload | undefined;
  let pin: readonly string[] = [];
  let cluster: Partial<PodCluster> = {};
  let read: ReadResources | undefined;
  for (const [name, field] of Object.entries(fields)) {
    const path = `x-pod.${name}`;
    const elsewhereOnly = runner === "host" ? ofTasks.get(name) : undefined;
    if (elsewhereOnly !== undefined) problems.warning(path, `has no effect here: ${elsewhereOnly}`);
    switch (name) {
      case "network":
        if (typeof field !== "string" || field === "") {
          problems.error(path, "must be pod, services, host, none or the name of an existing network");
        } else if (override === undefined) network = networkMode(field);
        break;
      case "resources":
        read = readResources(field, problems);
        resources = read?.total;
        cluster = { ...cluster, ...read?.setAside };
        break;
      case "hooks":
        statusHooks = readStatusHooks(field, path, problems);
        break;
      case "http_lifecycle":
        httpLifecycle = readHttpLifecycle(field, containers, problems);
        break;
      case "ports":
        ports = readPorts(field, path, problems);
        break;
      case "essential":
        essential = readEssential(field, containers, problems);
        break;
      case "pin":
        pin = readPin(field, containers, problems);
        break;
      case "docker_registry":
        // The binders have been read with it.
        if (typeof field !== "string" || imageProblem(`${registryIn(field)}/image`) !== undefined) {
          problems.error(path, "must be a registry, such as registry.example.com:5000");
        }
        break;
      case "preload":
        preload = readPreload(field, path, problems);
        break;
      case "name":
        // The loader has used it for the project's name.
        if (typeof field !== "string" || !isPodName(field)) {
          problems.error(
            path,
            "must be lower-case letters, digits, - and _, beginning with a letter or digit",
          );
        }
        break;
      default: {
        const reason = elsewhere.get(name);
        if (isClusterField(name)) {
          // A task is placed already, perhaps by a framework with a language of its own for it.
          if (runner !== "task") cluster = { ...cluster, ...readClusterField(name, field, path, problems) };
        } else if (reason !== undefined) problems.warning(path, `has no effect here: ${reason}`);
        else if (!name.startsWith("x-")) {
          problems.error(path, "is not a field of x-pod: it has name, network, resources and essential");
        }
      }
    }
  }
  const whole = runner === "task" || Object.keys(cluster).length === 0
    ? undefined
    : { ...defaultCluster, ...cluster };
  if (runner === "host" && whole !== undefined) warnOfUnmet(whole, problems);
  return {
    network,
    ...(resources === undefined ? {} : { resources }),
    ...(essential === undefined ? {} : { essential }),
    ...(statusHooks.length === 0 ? {} : { statusHooks }),
    ...(httpLifecycle === undefined ? {} : { httpLifecycle }),
    pin,
    ...(preload === undefined ? {} : { preload }),
    ports,
    ...(whole === undefined ? {} : { cluster: whole }),
  };
}

/** Said once, however much it is. */
function warnOfUnmet(cluster: PodCluster, problems: ProblemList): void {
  const [first, ...others] = unmetOnOneHost(cluster);
  if (first === undefined) return;
  const too = others.length === 0 ? "" : `, nor ${others.length === 1 ? "has" : "have"} ${others.join(", ")}`;
  problems.warning(first, `has no effect here${too}: on this host the pod runs, once`);
}

/** A list of `web:80=PORT0`, or a mapping of `web:80` to `PORT0`. */
function readPorts(value: unknown, path: string, problems: ProblemList): string[] {
  const isEntry = (entry: unknown): entry is string | number => ["string", "number"].includes(typeof entry);
  if (Array.isArray(value) && value.every(isEntry)) return value.map(String);
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length > 0 && !Array.isArray(value) && entries.every(([, entry]) => isEntry(entry))) {
    return entries.map(([port, wanted]) => `${port}=${wanted}`);
  }
  problems.error(path, "must be a list such as [web:80=PORT0], or a mapping such as {web:80: PORT0}");
  return [];
}

/** `pod`, `services`, `host`, `none`, or the name of a network that exists. */
export function networkMode(text: string | undefined): PodNetworking {
  switch (text) {
    case undefined:
      return { mode: "pod" };
    case "pod":
    case "services":
    case "host":
    case "none":
      return { mode: text };
    default:
      return { mode: "existing", network: text };
  }
}

/** What `x-pod.resources` says: a total that holds everywhere, and what a cluster sets aside. */
interface ReadResources {
  readonly total: PodResources;
  readonly setAside: Pick<PodCluster, "diskBytes" | "gpus">;
}

function readResources(value: unknown, problems: ProblemList): ReadResources | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.error("x-pod.resources", "must be a mapping with cpus and memory");
    return undefined;
  }
  let milliCpus: number | undefined;
  let memoryBytes: number | undefined;
  let diskBytes: number | undefined;
  let gpus: number | undefined;
  for (const [name, field] of Object.entries(value)) {
    const path = `x-pod.resources.${name}`;
    if (name === "cpus") {
      const cpus = numberOf(field);
      if (cpus === undefined || cpus < 0.001) {
        problems.error(path, "must be a number of CPUs of at least 0.001, such as 0.5 or 2");
      } else milliCpus = Math.round(cpus * 1000);
    } else if (name === "mem" || name === "memory") {
      memoryBytes = readMemory(field, path, problems);
    } else if (name === "disk") {
      diskBytes = readSize(field);
      if (diskBytes === undefined) problems.error(path, 'must be a size, such as "512m" or "10g"');
    } else if (name === "gpus") {
      const count = numberOf(field);
      if (count !== undefined && Number.isInteger(count) && count >= 0 && count <= 1024) gpus = count;
      else problems.error(path, "must be a whole number of GPUs");
    } else {
      problems.error(
        path,
        "is not a resource of a pod: it has cpus and memory (or mem), and for a cluster disk and gpus",
      );
    }
  }
  return { total: present({ milliCpus, memoryBytes }), setAside: present({ diskBytes, gpus }) };
}

function numberOf(field: unknown): number | undefined {
  const number = typeof field === "string" && field.trim() !== "" ? Number(field) : field;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** 4 MiB: below it not even the first process of a container can be started by the engine. */
const smallestMemory = 4 * 1024 * 1024;

function readMemory(field: unknown, path: string, problems: ProblemList): number | undefined {
  const bytes = readSize(field);
  if (bytes !== undefined && bytes >= smallestMemory) return bytes;
  problems.error(path, 'must be a size of at least 4 MiB, such as "256m" or "1g"');
  return undefined;
}

/** Bytes; undefined where it is no size. */
function readSize(field: unknown): number | undefined {
  if (typeof field === "number") return Number.isSafeInteger(field) && field >= 0 ? field : undefined;
  if (typeof field !== "string") return undefined;
  try {
    const bytes = parseBytes(field);
    return Number.isSafeInteger(bytes) ? bytes : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** `true`, `false`, or a list of services. */
function readPin(value: unknown, containers: readonly string[], problems: ProblemList): readonly string[] {
  if (typeof value === "boolean") return value ? containers : [];
  if (!Array.isArray(value)) {
    problems.error("x-pod.pin", "must be true, false or a list of service names");
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    if (typeof item === "string" && containers.includes(item)) return [item];
    problems.error(
      `x-pod.pin[${index}]`,
      `${JSON.stringify(item)} is not an active service: use one of ${containers.join(", ")}`,
    );
    return [];
  });
}

function readEssential(
  value: unknown,
  containers: readonly string[],
  problems: ProblemList,
): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    problems.error("x-pod.essential", "must be a list of service names");
    return undefined;
  }
  const names: string[] = [];
  value.forEach((item: unknown, index) => {
    if (typeof item === "string" && containers.includes(item)) names.push(item);
    else {
      problems.error(
        `x-pod.essential[${index}]`,
        `${JSON.stringify(item)} is not an active service: use one of ${containers.join(", ")}`,
      );
    }
  });
  return [...new Set(names)].sort();
}
