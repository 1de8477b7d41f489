/**
 * A plan is a directed acyclic graph of steps. A step is one effect on the engine or the host, with its cause in words.
 * Making a plan calls nothing; `docker/apply.ts` has one executor for each kind of step (a mapped type: a kind
 * without an executor does not compile) and `supervisor/` walks the graph.
 */

/** What a JSON request body is made of. */
export type Json = string | number | boolean | null | readonly Json[] | {
  readonly [key: string]: Json | undefined;
};

/** A request body for the Engine, before ids are filled in (see {@linkcode idOf}). */
export type EngineBody = { readonly [key: string]: Json | undefined };

/**
 * Stands in a request body for the id of a container that a plan knows only by its name. The executor replaces it
 * when it makes the call.
 */
export function idOf(containerName: string): string {
  return `<id:${containerName}>`;
}

/** A container by its name on the engine, and by its id where the plan saw one. */
export interface ContainerReference {
  readonly name: string;
  readonly id?: string;
}

interface StepBase {
  /** Unique in its plan and the same for the same input: `create web`, `start web`. */
  readonly id: string;
  /** Why, in words: `the image changed`. */
  readonly cause: string;
  /** Ids of the steps that must have succeeded before. */
  readonly after: readonly string[];
  /** The container of the spec that the step is for, with its number; absent for steps of the whole pod. */
  readonly container?: { readonly name: string; readonly number: number };
  /** A failure of this step is a warning: what comes after it still runs. */
  readonly optional?: boolean;
}

/** Every kind of step, with what its executor needs. */
export interface StepPayloads {
  "load-pause-image": { readonly image: string };
  "pull-image": { readonly image: string; readonly platform?: string };
  /** Verifies an archive and loads images of it; they may be there already. */
  "load-images": {
    /** Absolute path. */
    readonly archive: string;
    /** How it is called. */
    readonly title: string;
    /** Links may not lead out of this directory. */
    readonly within: string;
    /** Names in full. */
    readonly images: readonly string[];
    /** The archive is removed when all of its images are there. */
    readonly remove: boolean;
  };
  "remove-image": { readonly image: string };
  "create-cgroup": { readonly cgroup: CgroupSpec };
  "remove-cgroup": { readonly cgroup: CgroupSpec };
  "create-network": { readonly name: string; readonly body: EngineBody };
  /** `ifUnused`: a network that others still use is left alone, without a warning. */
  "remove-network": { readonly name: string; readonly networkId?: string; readonly ifUnused?: boolean };
  "connect-network": {
    readonly network: string;
    readonly target: ContainerReference;
    readonly body: EngineBody;
  };
  "disconnect-network": { readonly network: string; readonly target: ContainerReference };
  "create-volume": { readonly name: string; readonly body: EngineBody };
  "remove-volume": { readonly name: string };
  "create-container": { readonly name: string; readonly platform?: string; readonly body: EngineBody };
  /** Copies projected files into a created container (also into one with a read-only root). */
  "copy-files": { readonly target: ContainerReference; readonly files: readonly CopiedFile[] };
  /** `again`: it ran until now, and is stopped before or has ended by itself. */
  "start-container": { readonly target: ContainerReference; readonly again?: boolean };
  /** No call: waits until the container, started before, reaches a condition. */
  "wait-container": { readonly target: ContainerReference; readonly condition: WaitCondition };
  "run-hook": {
    readonly target: ContainerReference;
    readonly hook: "post_start" | "pre_stop";
    /** Body of the exec, as the Engine takes it. */
    readonly body: EngineBody;
  };
  /** `graceSeconds` absent: what the container was created with, else the engine's default (10 s). */
  "stop-container": {
    readonly target: ContainerReference;
    readonly graceSeconds?: number;
    readonly signal?: string;
  };
  "kill-container": { readonly target: ContainerReference; readonly signal: string };
  "remove-container": {
    readonly target: ContainerReference;
    readonly force: boolean;
    readonly volumes: boolean;
  };
  "rename-container": { readonly target: ContainerReference; readonly to: string };
  /** Changes the engine's own restart policy of a container in place. */
  "update-container": { readonly target: ContainerReference; readonly body: EngineBody };
}

export type StepKind = keyof StepPayloads;

/** One step of the given kind, or of any. */
export type Step<Kind extends StepKind = StepKind> = {
  readonly [K in Kind]: StepBase & { readonly kind: K } & StepPayloads[K];
}[Kind];

/** Whether a step brings an image that others than this program made: such steps come before all others. */
export function bringsImage(step: Step): step is Step<"pull-image" | "load-images"> {
  return step.kind === "pull-image" || step.kind === "load-images";
}

/** Bytes to put into a container. Content is never printed: plans show `bytes` and `digest`. */
export interface CopiedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * - `running`: it runs. `healthy`: its health check passed. `completed`: it ended with exit code 0.
 */
export type WaitCondition = "running" | "healthy" | "completed";

/** A parent cgroup that holds a pod to its total. */
export interface CgroupSpec {
  /** As for `HostConfig.CgroupParent`: `/mesolet/shop` (cgroupfs) or `mesolet-shop.slice` (systemd). */
  readonly parent: string;
  readonly driver: "cgroupfs" | "systemd";
  readonly version: 1 | 2;
  readonly milliCpus?: number;
  readonly memoryBytes?: number;
}

/** What is to be done, in an order that is the same for the same input: every step stands behind those it needs. */
export interface Plan {
  readonly pod: string;
  readonly steps: readonly Step[];
  /** What a person should know: fields the engine is too old for, orphans left alone, changed volumes kept. */
  readonly warnings: readonly string[];
}
