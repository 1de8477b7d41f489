/**
 * The Pod: what a spec means, in terms of no engine and no format. Loaders (Compose, Kubernetes) make it, `plan/`
 * places it on a host. Everything is data: no clock, no file, no engine in here.
 *
 * Units are in the names: bytes, milliseconds, nanoseconds (what engines count health checks in), milli-cpus.
 */

import type { PodCluster } from "./cluster.ts";
import type { ContainerResources, Device, DeviceRequest, Ulimit } from "./container_resources.ts";
import type { HttpLifecycle } from "./http_lifecycle.ts";
import type { StatusHook } from "./status_hook.ts";

/** A group of containers that is placed, started, watched and stopped as one. */
export interface Pod {
  /** Unique on a host; `[a-z0-9][a-z0-9_-]*`. Container, network and volume names are made from it. */
  readonly name: string;
  readonly source: PodSource;
  readonly network: PodNetworking;
  /** Sorted by name; names are unique. */
  readonly containers: readonly Container[];
  /** Networks to create or use in `services` mode, by key. Only those that a container uses. */
  readonly networks: readonly Network[];
  /** Named volumes, by key. Only those that a container uses. */
  readonly volumes: readonly Volume[];
  /** The total that all containers together may use; enforced by a parent cgroup. */
  readonly resources?: PodResources;
  /** Names of the containers that decide when the pod ends. Without any, it ends when all have ended. */
  readonly essential: readonly string[];
  /**
   * Whether the spec itself named the essential containers. Then any end of one ends the pod. By default (every
   * container that is not meant to end) a failure of one ends the pod, a success leaves the others running until
   * all essential ones have ended.
   */
  readonly essentialIsExplicit: boolean;
  /** Containers that the spec names but that no active profile asks for: `down` removes theirs too. */
  readonly disabled: readonly string[];
  /**
   * A cgroup of the host that the pod's own is made below, `/mesos/4f1c…`; only where engines have cgroups of version 1
   * and drive them by files. In no hash.
   */
  readonly cgroupParent?: string;
  /**
   * Labels for every container (the pause container too), network and volume that is made for the pod. They say who
   * runs it, not what it is: in no hash, so that another owner replaces nothing.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** What to run or to tell at moments of the pod's life, in the order of the spec; in no hash. */
  readonly statusHooks?: readonly StatusHook[];
  /** What it is asked by HTTP before it is stopped; in no hash. */
  readonly httpLifecycle?: HttpLifecycle;
  /** Where and how often it runs on a cluster, where the spec says so; in no hash. */
  readonly cluster?: PodCluster;
  /** Where archives of its images are, where the spec says so; in no hash. */
  readonly preload?: PodPreload;
}

/** Archives of a pod's images. */
export interface PodPreload {
  /** Absolute; absent: `images` beside the spec. null: none is looked for. */
  readonly directory?: string | null;
  /** Archives are removed when their images are on the engine. */
  readonly remove: boolean;
}

/** Where a pod was written. Paths are for people and for labels: they are in no hash. */
export interface PodSource {
  readonly kind: "compose" | "kubernetes";
  /** Absolute paths of the files, in merge order. */
  readonly files: readonly string[];
  /** Absolute path that relative paths of the spec start from. */
  readonly directory: string;
  /** Absolute paths of env files given on the command line. */
  readonly environmentFiles: readonly string[];
}

/**
 * How the containers of a pod reach each other.
 * - `pod`: one network and IPC namespace, owned by a pause container on the host's shared bridge network.
 * - `services`: an address each, on the networks of the spec: plain Compose.
 * - `host`, `none`: the host's namespace, or none but loopback, for all.
 * - `existing`: as `pod`, with the pause container on a network that exists already.
 */
export type PodNetworking =
  | { readonly mode: "pod" | "services" | "host" | "none" }
  | { readonly mode: "existing"; readonly network: string };

/** What all containers of a pod may use together. */
export interface PodResources {
  readonly milliCpus?: number;
  readonly memoryBytes?: number;
}

/** One container of a pod (a Compose service, a Kubernetes container), `replicas` times. */
export interface Container {
  readonly name: string;
  readonly replicas: number;
  /** It runs to its end before that container starts, for all of its replicas together or for each. In no hash. */
  readonly preStartOf?: { readonly container: string; readonly perReplica: boolean };
  /** A fixed name for the engine in place of `<pod>-<name>-<number>`; only with one replica. */
  readonly containerName?: string;

  readonly image: string;
  /** True when the spec gave no image and `image` is the name that a local build would have given it. */
  readonly imageIsBuilt: boolean;
  /** Those of its images that are to run by their digests, as the spec names them; in no hash. */
  readonly pins?: readonly string[];
  /** It is by digests: which ones, and a text that stands for the spec that they were found for. In no hash. */
  readonly pinned?: { readonly digests: ReadonlyMap<string, string>; readonly spec: string };
  /** `os[/arch[/variant]]`. */
  readonly platform?: string;
  readonly pull: PullPolicy;

  /** null: the image's own. An empty list clears the image's. */
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  /** Sorted by name. A null value removes a variable that the image sets. */
  readonly environment: readonly EnvironmentVariable[];
  readonly workingDirectory?: string;
  readonly user?: string;
  readonly groups: readonly string[];
  readonly hostname?: string;
  readonly domainname?: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly init?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;

  readonly mounts: readonly Mount[];
  readonly temporaryFilesystems: readonly TemporaryFilesystem[];
  /** Secrets and configs. */
  readonly files: readonly ProjectedFile[];
  readonly volumesFrom: readonly VolumesFrom[];
  readonly storageOptions: Readonly<Record<string, string>>;

  readonly ports: readonly Port[];
  /** As written: `"80"`, `"80/udp"`, `"8080-8085/tcp"`. */
  readonly exposed: readonly string[];
  /** Sorted by priority (highest first), then by key: the first is the primary one. */
  readonly networks: readonly NetworkAttachment[];
  readonly networkNamespace: Namespace;
  readonly ipcNamespace: Namespace;
  readonly pidNamespace: Namespace;
  readonly utsNamespace?: string;
  readonly userNamespace?: string;
  readonly cgroupNamespace?: string;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `name` → addresses, or `host-gateway`. */
  readonly extraHosts: readonly ExtraHost[];
  readonly macAddress?: string;
  readonly links: readonly Link[];
  /** Containers outside the pod: `NAME` or `NAME:ALIAS`. */
  readonly externalLinks: readonly string[];

  readonly resources: ContainerResources;
  readonly security: Security;
  readonly devices: readonly Device[];
  readonly deviceRequests: readonly DeviceRequest[];
  readonly deviceCgroupRules: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: readonly Ulimit[];
  readonly runtime?: string;
  readonly logging?: Logging;

  readonly dependsOn: readonly Dependency[];
  readonly restart: RestartPolicy;
  readonly stop: StopPolicy;
  readonly health?: HealthCheck;
  readonly hooks: Hooks;
}

export type PullPolicy =
  | { readonly kind: "always" | "missing" | "never" | "unset" }
  /** Pull when the last pull is at least this long ago (`daily`, `weekly`, `every_<duration>`). */
  | { readonly kind: "interval"; readonly milliseconds: number };

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string | null;
}

/** A file tree of the host, a volume or an image at a path in the container. */
export interface Mount {
  readonly type: "volume" | "bind" | "tmpfs" | "image" | "npipe" | "cluster";
  /** bind: an absolute path of the host. volume: a key of `Pod.volumes`, or absent for an anonymous volume. */
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly consistency?: string;
  readonly bind?: {
    readonly propagation?: string;
    /** Make a missing source directory, as the short syntax does. */
    readonly createHostPath: boolean;
    readonly selinux?: string;
    readonly recursive?: string;
  };
  readonly volume?: {
    readonly noCopy: boolean;
    readonly subpath?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly tmpfs?: { readonly sizeBytes?: number; readonly mode?: number };
  readonly image?: { readonly subpath?: string };
}

export interface TemporaryFilesystem {
  readonly target: string;
  /** mount(8) options, comma-separated; may be empty. */
  readonly options: string;
}

/** A secret or config as a file in a container. */
export interface ProjectedFile {
  readonly kind: "secret" | "config";
  /** The key under `secrets:` or `configs:`. */
  readonly source: string;
  readonly target: string;
  readonly content: FileContent;
  readonly uid?: string;
  readonly gid?: string;
  /** Permission bits, such as 0o440. */
  readonly mode?: number;
}

/**
 * Where the bytes of a projected file are. The loader reads what it can, so that a changed content changes the
 * hash; the bytes themselves are never in a label, a plan or a log.
 */
export type FileContent =
  /** A file of the host, bind-mounted. `digest`: of its bytes when the spec was loaded, absent if unreadable or a directory. */
  | { readonly kind: "file"; readonly path: string; readonly digest?: string }
  /** Text of the spec or of an environment variable, copied into the container before it starts. */
  | { readonly kind: "inline"; readonly bytes: Uint8Array };

export interface VolumesFrom {
  /** A container of this pod, or one outside it by name. */
  readonly from: { readonly container: string } | { readonly external: string };
  readonly readOnly: boolean;
}

/** A container port, published on the host unless `published` is absent for expose-only specs. */
export interface Port {
  readonly target: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  /** A port, a range `8000-9000` to choose from, or absent: the engine chooses. */
  readonly published?: string;
  readonly hostAddress?: string;
  readonly name?: string;
  readonly applicationProtocol?: string;
  /**
   * Nobody has said what the container listens on: it is what the image EXPOSEs, if anything, else `target`. It is gone
   * before a pod is placed.
   */
  readonly ofImage?: true;
}

export interface NetworkAttachment {
  /** A key of `Pod.networks`. */
  readonly network: string;
  readonly aliases: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly linkLocalAddresses: readonly string[];
  readonly macAddress?: string;
  readonly priority: number;
  readonly gatewayPriority: number;
  readonly interfaceName?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
}

/** Which namespace of a kind a container lives in. */
export type Namespace =
  /** What the pod's networking says. */
  | { readonly kind: "pod" }
  /** Verbatim for the engine: `host`, `none`, `bridge`, `private`, `shareable`, a network's name. */
  | { readonly kind: "engine"; readonly mode: string }
  /** That of another container of this pod. */
  | { readonly kind: "container"; readonly container: string }
  /** That of a container outside the pod. */
  | { readonly kind: "external"; readonly container: string };

export interface ExtraHost {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface Link {
  readonly container: string;
  readonly alias: string;
}

export interface Security {
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly capabilitiesAdded: readonly string[];
  readonly capabilitiesDropped: readonly string[];
  /** As for the engine, but `seccomp=FILE` holds the profile's JSON. */
  readonly options: readonly string[];
  /** `systempaths=unconfined`: nothing masked, nothing read-only below /proc and /sys. */
  readonly unconfinedSystemPaths: boolean;
  /** Windows only. */
  readonly isolation?: string;
}

export interface Logging {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

export type DependencyCondition = "started" | "healthy" | "completed";

/** This container starts after another one of the pod has reached a condition. */
export interface Dependency {
  readonly container: string;
  readonly condition: DependencyCondition;
  /** Restart this container when that one is replaced. */
  readonly restart: boolean;
  /** false: a dependency that is missing or fails is a warning. */
  readonly required: boolean;
}

export interface RestartPolicy {
  readonly kind: "no" | "always" | "on-failure" | "unless-stopped";
  /** Tries after which it is given up; absent: without end. */
  readonly maximumRetries?: number;
  /** What the spec wrote for the engine when it is none of the kinds above; the engine will refuse it. */
  readonly verbatim?: string;
}

export interface StopPolicy {
  readonly signal?: string;
  /** From the stop signal to SIGKILL; absent: the engine's default, 10 s. */
  readonly graceMilliseconds?: number;
}

export interface HealthCheck {
  /** `["CMD", …]`, `["CMD-SHELL", text]`, or `["NONE"]` to switch off the image's own. Empty: the image's own. */
  readonly test: readonly string[];
  readonly intervalNanoseconds?: number;
  readonly timeoutNanoseconds?: number;
  readonly retries?: number;
  readonly startPeriodNanoseconds?: number;
  readonly startIntervalNanoseconds?: number;
}

export interface Hooks {
  readonly postStart: readonly Hook[];
  readonly preStop: readonly Hook[];
}

export interface Hook {
  readonly command: readonly string[];
  readonly user?: string;
  readonly privileged: boolean;
  readonly workingDirectory?: string;
  readonly environment: readonly EnvironmentVariable[];
}

/** A network of the spec. */
export interface Network {
  readonly key: string;
  /** Its name on the engine. */
  readonly name: string;
  /** Made and removed by someone else. */
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIpv4?: boolean;
  readonly enableIpv6?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly addressing?: {
    readonly driver?: string;
    readonly pools: readonly AddressPool[];
    readonly options: Readonly<Record<string, string>>;
  };
}

export interface AddressPool {
  readonly subnet?: string;
  readonly range?: string;
  readonly gateway?: string;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
}

/** A named volume of the spec. */
export interface Volume {
  readonly key: string;
  readonly name: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}
