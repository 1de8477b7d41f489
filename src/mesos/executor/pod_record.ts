import { present } from "../../pod/present.ts";
import type { ContainerStatus, PodStatus } from "../../pod/status.ts";
import { stoppedByHand } from "../../supervisor/decide_end.ts";
import type { AssignedPort } from "../task/task_pod.ts";
import type { Ending } from "./task_report.ts";

/** Whose pod it is: what does not change while it lives. */
export interface PodIdentity {
  readonly task: string;
  readonly framework: string;
  readonly executor: string;
  readonly agent?: string;
  /** How the containers reach each other: `pod`, `services`, `host`, `none`, `existing`. */
  readonly network: string;
  /** In the order of `PORT0`, `PORT1` … */
  readonly ports: readonly AssignedPort[];
  /** Version of mesolet. */
  readonly version: string;
}

/** The phases of a pod, and `killed`: the framework, the agent or a health check ended the task. */
export type RecordedPhase = PodStatus["phase"] | "killed";

/** The content of `pod.json`. docs/executor-files.md is this for users: members are added, never changed. */
export interface PodRecord {
  readonly schema: 1;
  readonly mesolet: string;
  readonly pod: string;
  readonly task: string;
  readonly framework: string;
  readonly executor: string;
  readonly agent?: string;
  readonly phase: RecordedPhase;
  readonly reason: string;
  readonly reasonCode: string;
  /** Since when the pod is in this phase: RFC 3339. */
  readonly since: string;
  readonly exitCode?: number;
  readonly network: string;
  /** The pod's own address, where it has one. */
  readonly address?: string;
  readonly containers: readonly ContainerRecord[];
  readonly ports: readonly AssignedPort[];
}

/** A container in `pod.json`. */
export interface ContainerRecord {
  readonly name: string;
  readonly number: number;
  readonly containerName: string;
  readonly id?: string;
  readonly image: string;
  /** What it runs by, where it runs by a digest: `sha256:…`. */
  readonly digest?: string;
  /** `sha256:…`: what the name of the image stood for when the container was made. */
  readonly imageId?: string;
  /** `NAME@sha256:…`: what a registry knows that image by; absent where it came from none. */
  readonly imageDigest?: string;
  readonly essential: boolean;
  readonly state: string;
  readonly health?: string;
  readonly reason?: string;
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly addresses: readonly string[];
  readonly ports: ContainerStatus["ports"];
}

/** The image that a container was made of. */
export interface RecordedImage {
  readonly id: string;
  readonly digest?: string;
}

/**
 * The phase that `pod.json` gives: at the end it agrees with the state that the framework is told. The pod alone does not
 * know that it was killed, nor that being stopped by hand is no success of a task.
 */
export function recordedPhaseOf(status: PodStatus, ending: Ending["kind"] | undefined): RecordedPhase {
  const { phase, reason, reasonCode } = status;
  if (phase !== "succeeded" && phase !== "failed" && phase !== "removed") return phase;
  switch (ending) {
    case "killed":
    case "unhealthy":
      return "killed";
    case "max-completion-time":
    case "launch-given-up":
      return "failed";
    case undefined:
      return reasonCode === "completed" && reason === stoppedByHand ? "failed" : phase;
  }
}

/**
 * What `pod.json` says of a pod.
 *
 * @param phase of {@linkcode recordedPhaseOf}
 * @param since milliseconds since 1970
 * @param images by the id of the container
 */
export function podRecordOf(
  status: PodStatus,
  identity: PodIdentity,
  phase: RecordedPhase,
  since: number,
  images: ReadonlyMap<string, RecordedImage>,
): PodRecord {
  return present({
    schema: 1,
    mesolet: identity.version,
    pod: status.pod,
    task: identity.task,
    framework: identity.framework,
    executor: identity.executor,
    agent: identity.agent,
    phase,
    reason: status.reason,
    reasonCode: status.reasonCode,
    since: timeOf(since),
    exitCode: status.exitCode,
    network: identity.network,
    address: status.address,
    containers: status.containers.map((container) => containerRecord(container, images)),
    ports: identity.ports,
  });
}

function containerRecord(
  container: ContainerStatus,
  images: ReadonlyMap<string, RecordedImage>,
): ContainerRecord {
  const { id, startedAt, finishedAt } = container;
  return present({
    name: container.name,
    number: container.number,
    containerName: container.containerName,
    id,
    image: container.image,
    digest: container.digest,
    imageId: id === undefined ? undefined : images.get(id)?.id,
    imageDigest: id === undefined ? undefined : images.get(id)?.digest,
    essential: container.essential,
    state: container.state,
    health: container.health,
    reason: container.reason,
    exitCode: container.exitCode,
    outOfMemory: container.outOfMemory,
    restarts: container.restarts,
    startedAt: startedAt === undefined ? undefined : timeOf(startedAt),
    finishedAt: finishedAt === undefined ? undefined : timeOf(finishedAt),
    addresses: container.addresses,
    ports: container.ports,
  });
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
