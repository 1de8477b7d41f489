/** What is known of a pod at one moment. It is what every source (terminal, Mesos, status server) reports. */

export interface PodStatus {
  readonly pod: string;
  readonly phase: PodPhase;
  /** In words, for a person: why the pod is in this phase. */
  readonly reason: string;
  /** For programs: a fixed word for the same. */
  readonly reasonCode: PodReason;
  /** The pod's exit code once it has ended. */
  readonly exitCode?: number;
  readonly containers: readonly ContainerStatus[];
  /** The pod's address in `pod` mode. */
  readonly address?: string;
  /** Milliseconds since 1970. */
  readonly observedAt: number;
}

/**
 * - `pending`: wanted, nothing made yet. `pulling`, `starting`: on the way. `running`: every container that should
 *   run does, and those with a health check were healthy once.
 * - `stopping`: on the way down. `succeeded`, `failed`: ended. `removed`: nothing of it is left on the engine.
 */
export type PodPhase =
  | "pending"
  | "pulling"
  | "starting"
  | "running"
  | "stopping"
  | "succeeded"
  | "failed"
  | "removed";

export type PodReason =
  | "none"
  | "image-pull-failed"
  | "create-failed"
  | "start-failed"
  | "dependency-failed"
  | "container-exited"
  | "container-unhealthy"
  | "container-out-of-memory"
  | "pod-out-of-memory"
  | "hook-failed"
  | "killed"
  | "engine-unavailable"
  | "timed-out"
  | "completed"
  | "spec-invalid";

export interface ContainerStatus {
  /** The container's name in the spec. */
  readonly name: string;
  /** 1 for the first replica. */
  readonly number: number;
  /** Its name and id on the engine, once it is there. */
  readonly containerName: string;
  readonly id?: string;
  /** As the spec names it. */
  readonly image: string;
  /** The digest that it runs by, where it runs by one: `sha256:…`. */
  readonly digest?: string;
  readonly state: ContainerState;
  readonly health?: "starting" | "healthy" | "unhealthy";
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Milliseconds since 1970: when it is started again, with `backing-off`. */
  readonly startsAgainAt?: number;
  readonly addresses: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Why it is as it is, when that is not plain. */
  readonly reason?: string;
  /** The last lines it wrote, when it failed. */
  readonly lastLog?: readonly string[];
  readonly essential: boolean;
}

export type ContainerState =
  | "absent"
  | "created"
  | "running"
  | "paused"
  | "restarting"
  /** Ended, and will be started again after a while. */
  | "backing-off"
  | "exited"
  | "dead"
  | "removing";

export interface PublishedPort {
  readonly target: number;
  readonly protocol: string;
  readonly hostAddress: string;
  readonly published: number;
}
