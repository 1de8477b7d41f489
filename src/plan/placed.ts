import type { Dependency, PodNetworking, PullPolicy } from "../pod/model.ts";
import type { CgroupSpec, CopiedFile, EngineBody } from "./step.ts";

/**
 * A pod that has a place: everything an engine is to hold for it, with the request bodies that would make it. The
 * planner compares it with what is there.
 */
export interface PlacedPod {
  readonly name: string;
  readonly networking: PodNetworking;
  readonly supervision: "mesolet" | "engine";
  /** The pause container first, then the others by name and number. */
  readonly containers: readonly PlacedContainer[];
  readonly networks: readonly PlacedNetwork[];
  readonly volumes: readonly PlacedVolume[];
  readonly cgroup?: CgroupSpec;
  /** Names of containers of the spec that are switched off by profiles: theirs are no orphans. */
  readonly disabled: readonly string[];
}

export interface PlacedContainer {
  readonly role: "pause" | "container";
  /** The container's name in the spec; `pause` for the pause container. */
  readonly container: string;
  readonly number: number;
  /** The name on the engine. */
  readonly name: string;
  readonly image: string;
  /** The spec gives no image but a build: the image has to be there already. */
  readonly imageIsBuilt: boolean;
  readonly platform?: string;
  readonly pull: PullPolicy;
  /** Images that are mounted into it. */
  readonly mountedImages: readonly string[];
  /** With the schema's version: the label {@linkcode Label.hash}. */
  readonly hash: string;
  readonly body: EngineBody;
  /** Names of containers of this pod whose ids stand in the body: when one is replaced, so is this. */
  readonly bodyReferences: readonly string[];
  /** Of the pause container: names that resolve to loopback. */
  readonly names: readonly string[];
  /** Containers outside the pod that the body names. */
  readonly externalContainers: readonly string[];
  /** The label {@linkcode Label.definition}: changes when a volume's definition does. */
  readonly volumesDefinition: string;
  /** Networks to connect after the create call, in order: engines before API 1.44 take only one in it. */
  readonly laterNetworks: readonly { readonly network: string; readonly body: EngineBody }[];
  /** Names on the engine of all networks it has to be on. */
  readonly networks: readonly string[];
  /** Names on the engine of the volumes that have to be mounted, with their targets. */
  readonly volumes: readonly { readonly name: string; readonly target: string }[];
  /** The volumes that hold its copied files. */
  readonly filesVolumes: readonly string[];
  /** Anonymous volumes: their targets, so that a replacement carries the data over. */
  readonly anonymousVolumeTargets: readonly string[];
  readonly files: readonly CopiedFile[];
  readonly dependsOn: readonly Dependency[];
  /** The container that it has to have ended for, once or for each of its replicas. */
  readonly preStartOf?: { readonly container: string; readonly perReplica: boolean };
  readonly hasHealthCheck: boolean;
  /** Bodies of the hooks' exec calls. */
  readonly postStart: readonly EngineBody[];
  readonly preStop: readonly EngineBody[];
  /** `RestartPolicy` of the engine as the body has it. */
  readonly enginePolicy: EngineBody;
}

export interface PlacedNetwork {
  /** Key in the spec; absent for the shared network of the host. */
  readonly key?: string;
  readonly name: string;
  readonly external: boolean;
  /** Made once for the host and used by many pods. */
  readonly shared: boolean;
  readonly definition: string;
  readonly body: EngineBody;
}

export interface PlacedVolume {
  readonly key: string;
  readonly name: string;
  readonly external: boolean;
  /** Holds copied files of one container and goes with it, whatever is asked for data volumes. */
  readonly files: boolean;
  readonly definition: string;
  readonly body: EngineBody;
}
