import {
  type Awaited,
  awaitedOf,
  type PodBoard,
  type PodEntry,
  type PodEvent,
  type PodInstance,
  type SpecProblem,
} from "../operator/pod_board.ts";
import { present } from "../pod/present.ts";
import type { ContainerStatus, PublishedPort } from "../pod/status.ts";
import { type MasterRecord, masterRecordOf } from "./master_record.ts";
import { cut, optionalTime, timeText } from "./record_text.ts";

/**
 * The JSON of `/v1/`. docs/operator-http.md is this for users: members are added, never changed. Each is written out
 * member by member: what a pod comes to know later, its environment for one, must not be told by accident.
 */

/** `/v1/pods`. */
export interface BoardRecord {
  readonly schema: 1;
  /** Version of mesolet. */
  readonly mesolet: string;
  readonly ready: boolean;
  /** Why it is not ready, where that is known. */
  readonly waitsFor?: string;
  readonly awaits?: Awaited;
  /** Of an operator of a cluster. */
  readonly cluster?: MasterRecord;
  /** Sorted by name. */
  readonly pods: readonly PodRecord[];
  /** What is wrong with specs at this moment, sorted by file. */
  readonly problems: readonly ProblemRecord[];
}

/** `/v1/pods/NAME`, and one of `/v1/pods`. Times are RFC 3339 in UTC. */
export interface PodRecord {
  readonly name: string;
  /** Absolute path of the spec. */
  readonly file: string;
  readonly phase: string;
  readonly reason: string;
  readonly reasonCode: string;
  readonly exitCode?: number;
  readonly address?: string;
  /** Since when the pod is in its phase. */
  readonly since: string;
  readonly observedAt: string;
  readonly containers: readonly ContainerRecord[];
  /** Of a pod on a cluster, by slot. */
  readonly instances?: readonly InstanceRecord[];
  readonly problem?: ProblemRecord;
}

/** One instance of a pod on a cluster: a task of Mesos, or what waits to be one. */
export interface InstanceRecord {
  readonly slot: number;
  readonly state: string;
  readonly ready: boolean;
  readonly version: string;
  readonly task?: string;
  readonly agent?: { readonly id: string; readonly hostname: string };
  readonly address?: string;
  readonly ports: readonly number[];
  /** Since when it is ready. */
  readonly since?: string;
  readonly startsAgainAt?: string;
  readonly reason?: string;
  /** Its containers, where each is a task of Mesos. */
  readonly tasks?: readonly InstanceTaskRecord[];
  /** The task before it that ended by itself. */
  readonly last?: {
    readonly task: string;
    readonly agent: { readonly id: string; readonly hostname: string };
  };
}

/** A container that is a task of Mesos. */
export interface InstanceTaskRecord {
  readonly container: string;
  readonly task: string;
  readonly state: string;
  readonly healthy?: boolean;
  readonly reason?: string;
}

export interface ContainerRecord {
  readonly name: string;
  readonly number: number;
  readonly containerName: string;
  readonly id?: string;
  readonly image: string;
  /** What it runs by, where it runs by a digest: `sha256:…`. */
  readonly digest?: string;
  readonly essential: boolean;
  readonly state: string;
  readonly health?: string;
  readonly reason?: string;
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly startsAgainAt?: string;
  readonly addresses: readonly string[];
  readonly ports: readonly PublishedPort[];
}

export interface ProblemRecord {
  /** Absolute path of the spec. */
  readonly file: string;
  readonly pod?: string;
  readonly severity: string;
  readonly message: string;
  /** The field: `services.web.ports[0]`. Empty for a whole file. */
  readonly path: string;
  readonly position?: { readonly file: string; readonly line?: number; readonly column?: number };
  readonly keptVersion: boolean;
  readonly since: string;
}

/** The data of an event in `/v1/events`. */
export interface EventRecord {
  readonly number: number;
  readonly time: string;
  readonly kind: string;
  readonly pod?: string;
  readonly text: string;
}

/** @param version of mesolet */
export function boardRecordOf(
  board: Pick<PodBoard, "pods" | "problems" | "ready" | "waitsFor" | "awaits" | "cluster">,
  version: string,
): BoardRecord {
  return present({
    schema: 1 as const,
    mesolet: version,
    ready: board.ready,
    waitsFor: board.waitsFor === undefined ? undefined : cut(board.waitsFor),
    awaits: board.waitsFor === undefined ? undefined : awaitedOf(board),
    cluster: board.cluster && masterRecordOf(board.cluster.master),
    pods: board.pods().map(podRecordOf),
    problems: board.problems().map(problemRecordOf),
  });
}

export function podRecordOf(entry: PodEntry): PodRecord {
  const { status } = entry;
  return present({
    name: entry.name,
    file: entry.file,
    phase: status.phase,
    reason: cut(status.reason),
    reasonCode: status.reasonCode,
    exitCode: status.exitCode,
    address: status.address,
    since: timeText(entry.since),
    observedAt: timeText(status.observedAt),
    containers: status.containers.map(containerRecordOf),
    instances: entry.instances?.map(instanceRecordOf),
    problem: entry.problem && problemRecordOf(entry.problem),
  });
}

export function eventRecordOf(event: PodEvent): EventRecord {
  return present({
    number: event.number,
    time: timeText(event.time),
    kind: event.kind,
    pod: event.pod,
    text: cut(event.text),
  });
}

/** The last lines of a failed container are left out: they are its log, which `/logs` has. */
function containerRecordOf(container: ContainerStatus): ContainerRecord {
  return present({
    name: container.name,
    number: container.number,
    containerName: container.containerName,
    id: container.id,
    image: container.image,
    digest: container.digest,
    essential: container.essential,
    state: container.state,
    health: container.health,
    reason: container.reason === undefined ? undefined : cut(container.reason),
    exitCode: container.exitCode,
    outOfMemory: container.outOfMemory,
    restarts: container.restarts,
    startedAt: optionalTime(container.startedAt),
    finishedAt: optionalTime(container.finishedAt),
    startsAgainAt: optionalTime(container.startsAgainAt),
    addresses: [...container.addresses],
    ports: container.ports.map(({ target, protocol, hostAddress, published }) => ({
      target,
      protocol,
      hostAddress,
      published,
    })),
  });
}

export function instanceRecordOf(instance: PodInstance): InstanceRecord {
  const { agent, why, last } = instance;
  return present({
    slot: instance.slot,
    state: instance.state,
    ready: instance.ready,
    version: instance.version,
    task: instance.task,
    agent: agent && { id: agent.id, hostname: agent.hostname },
    address: instance.address,
    ports: [...instance.ports],
    since: optionalTime(instance.since),
    startsAgainAt: optionalTime(instance.startsAgainAt),
    reason: why === undefined ? undefined : cut(why),
    tasks: instance.tasks?.map(({ container, task, state, healthy, why }) =>
      present({ container, task, state, healthy, reason: why === undefined ? undefined : cut(why) })
    ),
    last: last && { task: last.task, agent: { id: last.agent.id, hostname: last.agent.hostname } },
  });
}

function problemRecordOf({ key, pod, problem, keptVersion, since }: SpecProblem): ProblemRecord {
  const { position } = problem;
  return present({
    file: key,
    pod,
    severity: problem.severity,
    message: cut(problem.message),
    path: problem.path,
    position: position && present({ file: position.file, line: position.line, column: position.column }),
    keptVersion,
    since: timeText(since),
  });
}
