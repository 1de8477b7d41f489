import type { CgroupSpec } from "./step.ts";

/**
 * What is on an engine, as far as one pod is concerned: one snapshot, read by `docker/observe.ts`, from which a plan
 * is made without any further call.
 */

/** Facts of the engine that placing and planning depend on. */
export interface EngineFacts {
  /** What tells it from other engines, whatever address it is reached at; absent where it does not say. */
  readonly id?: string;
  readonly kind: "docker" | "podman";
  /** The version negotiated for calls, such as 1.41. */
  readonly apiVersion: string;
  readonly serverVersion: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly cgroupVersion: 1 | 2;
  readonly cgroupDriver: "cgroupfs" | "systemd" | "none";
  /** The engine shares this host's kernel and file tree (a unix socket of ours, not a virtual machine). */
  readonly local: boolean;
  readonly rootless: boolean;
  /** How it reaches registries; absent where it does not say. */
  readonly registries?: RegistrySettings;
}

/** How an engine is configured to reach registries. */
export interface RegistrySettings {
  /** Mirrors of Docker Hub, as URLs, in the order in which they are asked. Docker knows none for other registries. */
  readonly mirrors: readonly string[];
  /** Registries that may be without TLS, or have a certificate of nobody's: names as images write them. */
  readonly insecure: readonly string[];
  /** The same by addresses: `127.0.0.0/8`. */
  readonly insecureNetworks: readonly string[];
}

export type ObservedState = "created" | "running" | "paused" | "restarting" | "exited" | "dead" | "removing";

/** One container that carries the labels of a pod: from a single list call. */
export interface ObservedContainer {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly state: ObservedState;
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** From the engine's words `Exited (N) …`; absent while it has not ended. */
  readonly exitCode?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly created: number;
  /** By network name. */
  readonly networks: Readonly<Record<string, { readonly networkId: string; readonly address?: string }>>;
  readonly networkMode: string;
  readonly mounts: readonly ObservedMount[];
  readonly ports: readonly {
    readonly target: number;
    readonly protocol: string;
    readonly hostAddress: string;
    readonly published: number;
  }[];
}

export interface ObservedMount {
  readonly type: string;
  /** The volume's name, for volumes. */
  readonly name?: string;
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

export interface ObservedNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ObservedVolume {
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ObservedImage {
  readonly id: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Milliseconds since 1970 of the last pull or tag; absent when the engine does not say. */
  readonly lastTagged?: number;
  /** Container paths that the image declares as volumes. */
  readonly volumes: readonly string[];
  readonly hasHealthCheck: boolean;
  /** TCP ports that it EXPOSEs, the lowest first. */
  readonly exposed?: readonly number[];
  /** What registries know it by: `registry.example/web@sha256:…`. None for an image that was never pulled or pushed. */
  readonly digests?: readonly string[];
}

/** What a plan is made from. A name that was looked up and is not there maps to null; one not looked up is absent. */
export interface Observed {
  readonly engine: EngineFacts;
  readonly containers: readonly ObservedContainer[];
  /** Containers of other pods of mesolet on this engine that use the shared network or pause image. */
  readonly otherPodContainers: number;
  readonly networks: ReadonlyMap<string, ObservedNetwork | null>;
  readonly volumes: ReadonlyMap<string, ObservedVolume | null>;
  /** By reference as the spec writes it. */
  readonly images: ReadonlyMap<string, ObservedImage | null>;
  /** Ids of containers outside the pod that the spec refers to, by the name it uses. */
  readonly externalContainers: ReadonlyMap<string, string | null>;
  /** The engine's own restart policy by container id, as `name` or `on-failure:5`, of the containers asked for. */
  readonly restartPolicies: ReadonlyMap<string, string>;
  /** The limits of the pod's parent cgroup; null: it is not there. Absent when it was not asked for. */
  readonly cgroup?: ObservedCgroup | null;
}

/** What a cgroup's limits are now. */
export interface ObservedCgroup {
  readonly milliCpus?: number;
  readonly memoryBytes?: number;
}

/** What must be looked up, besides the containers, before a plan can be made. */
export interface ObservationNeeds {
  readonly images: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Also list networks and volumes that carry the pod's labels: for `down` and for orphans. */
  readonly labelled: boolean;
  readonly externalContainers: readonly string[];
  /** Ids of containers whose restart policy has to be inspected. */
  readonly restartPolicies: readonly string[];
  /** The pod's parent cgroup: read from the host's own file tree, not from the engine. */
  readonly cgroup?: CgroupSpec;
}
