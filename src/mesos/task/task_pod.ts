/** What is asked of this room, and what it gives. */

import type { Problem } from "../../pod/errors.ts";
import type { Pod } from "../../pod/model.ts";
import type { ComposeFiles } from "../../compose/files.ts";
import type { ComposeResult } from "../../compose/request.ts";
import type { ChangedProject } from "../../plugins/plugins.ts";
import type { Policies } from "../../policy/policies.ts";
import type { StatusHook } from "../../pod/status_hook.ts";
import type { ExecutorInfo, HealthCheck, TaskInfo } from "../wire/messages.ts";
import type { SandboxFiles } from "./sandbox_files.ts";

/** A task, and all that may be known of its surroundings. */
export interface TaskPodRequest {
  readonly task: TaskInfo;
  readonly executor?: ExecutorInfo;
  readonly identity: TaskIdentity;
  readonly sandbox: Sandbox;
  /** The task's container is what is to run, whatever labels, data and the sandbox say: an executor runs in it. */
  readonly containerAlone?: boolean;
  /** Words of the executor's own command line that are no flags of mesolet: Marathon appends the app's `cmd`. */
  readonly words: readonly string[];
  /** What remains of the executor's environment without what is the executor's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly files: SandboxFiles;
  /** A user of this host by name. */
  readonly users: (name: string) => HostUser | undefined;
  /** What the owner of the host lets tasks do; absent: everything. */
  readonly policies?: Policies;
  /** Lets plugins of the host change the spec; absent: there are none. */
  readonly change?: (compose: ComposeResult, access: ComposeFiles) => Promise<ChangedProject>;
}

/** Whose task it is, and where. */
export interface TaskIdentity {
  readonly frameworkId: string;
  readonly executorId: string;
  readonly agentId?: string;
  readonly containerId?: string;
  /** Of the agent. */
  readonly hostname: string;
}

/** The sandbox of the executor: as this process sees it, and as the engine's host does. */
export interface Sandbox {
  readonly path: string;
  readonly onHost: string;
}

/** A user of the host. */
export interface HostUser {
  readonly uid: number;
  readonly gid: number;
}

/** A task as a pod. */
export interface TaskPod {
  readonly pod: Pod;
  readonly origin: SpecOrigin;
  /** In the order of `PORT0`, `PORT1` …; containers on the host's network have none. */
  readonly ports: readonly AssignedPort[];
  readonly settings: TaskSettings;
  /** That of an Aurora job, for a task that has none of its own. */
  readonly healthCheck?: HealthCheck;
  readonly warnings: readonly Problem[];
  /** What the policies have against it by now: where its paths lead may have changed. Absent: nothing, ever. */
  readonly judgeAgain?: () => readonly Problem[];
  /** Its spec in normal form, as plugins are told it; absent where there are none. */
  readonly document?: unknown;
}

/** Where the spec of a pod was found. */
export interface SpecOrigin {
  readonly rule: "files-label" | "data" | "label" | "thermos" | "sandbox-file" | "docker-container" | "image";
  /** In words: `the files that the label fileName names: …`. */
  readonly description: string;
  /** Absolute paths in the sandbox; none where the spec is in the task itself. */
  readonly files: readonly string[];
}

/** A port of a container and the port of the host that it is published on. */
export interface AssignedPort {
  /** The container's name in the spec. */
  readonly container: string;
  readonly target: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly hostPort: number;
  /** The port's name in the spec, else that of `TaskInfo.discovery`. */
  readonly name?: string;
}

/** How the executor treats the pod. */
export interface TaskSettings {
  /** Milliseconds; absent: without a bound of its own. */
  readonly launchTimeout?: number;
  /** Over what the spec says for each container; absent: what it says. */
  readonly stopGraceSeconds?: number;
  /** How often a failed pull is tried again; absent: the executor's default. */
  readonly pullRetries?: number;
  /** What its images stand for, of those that are to run by digest, where the framework has found that out. */
  readonly digests?: ReadonlyMap<string, string>;
  /** The task is not meant to end: an end with 0 is a failure as well. */
  readonly isService?: boolean;
  readonly keepFailed: boolean;
  readonly removeVolumes: boolean;
  readonly removeImages: boolean;
  /** The container that checks by command run in; absent: the first essential one. */
  readonly checkContainer?: string;
  readonly statusHooks: readonly StatusHook[];
  /** Of the pod's output in the sandbox: the size of a file, and how many are kept. */
  readonly log: { readonly maximumBytes: number; readonly files: number };
  /** The pod's cgroup: one of its own, one below the agent's, or none. */
  readonly cgroup: "own" | "nested" | "none";
}
