/** Frameworks, the master, agents, and what they offer. */

import type {
  Address,
  AgentID,
  DomainInfo,
  ExecutorID,
  FrameworkID,
  Labels,
  OfferID,
  OperationID,
  ResourceProviderID,
  Unavailability,
  URL,
  UUID,
} from "./messages_basics.ts";
import type {
  Attribute,
  Resource,
  ResourceAllocationInfo,
  ResourceDiskInfoSourceType,
  ValueScalar,
} from "./messages_resources.ts";
import type { ExecutorInfo, TaskGroupInfo, TaskInfo } from "./messages_task.ts";

/** A framework, as it subscribes. */
export interface FrameworkInfo {
  readonly user: string;
  readonly name: string;
  readonly id?: FrameworkID;
  readonly failover_timeout?: number;
  readonly checkpoint?: boolean;
  /** Absent means "*". Deprecated by Mesos. */
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly hostname?: string;
  readonly principal?: string;
  readonly webui_url?: string;
  readonly capabilities?: readonly FrameworkInfoCapability[];
  readonly labels?: Labels;
  readonly offer_filters?: Readonly<Record<string, OfferFilters>>;
}

/** One thing that a framework can do. */
export interface FrameworkInfoCapability {
  readonly type?: FrameworkInfoCapabilityType;
}

/** What a framework can do. */
export type FrameworkInfoCapabilityType =
  | "UNKNOWN"
  | "REVOCABLE_RESOURCES"
  | "TASK_KILLING_STATE"
  | "GPU_RESOURCES"
  | "SHARED_RESOURCES"
  | "PARTITION_AWARE"
  | "MULTI_ROLE"
  | "RESERVATION_REFINEMENT"
  | "REGION_AWARE";

/** What an offer must have at least to be sent for a role. */
export interface OfferFilters {
  readonly min_allocatable_resources?: OfferFiltersMinAllocatableResources;
}

/** Amounts by the name of the resource. */
export interface OfferFiltersResourceQuantities {
  readonly quantities?: Readonly<Record<string, ValueScalar>>;
}

/** Any one of these amounts is enough. */
export interface OfferFiltersMinAllocatableResources {
  readonly quantities?: readonly OfferFiltersResourceQuantities[];
}

/** The leading master. */
export interface MasterInfo {
  readonly id: string;
  readonly ip: number;
  /** Absent means 5050. */
  readonly port: number;
  readonly pid?: string;
  readonly hostname?: string;
  readonly version?: string;
  readonly address?: Address;
  readonly domain?: DomainInfo;
  readonly capabilities?: readonly MasterInfoCapability[];
}

/** One thing that a master can do. */
export interface MasterInfoCapability {
  readonly type?: MasterInfoCapabilityType;
}

/** What a master can do. */
export type MasterInfoCapabilityType = "UNKNOWN" | "AGENT_UPDATE" | "AGENT_DRAINING" | "QUOTA_V2";

/** An agent, as an executor sees it. */
export interface AgentInfo {
  readonly hostname: string;
  /** Absent means 5051. */
  readonly port?: number;
  readonly resources?: readonly Resource[];
  readonly attributes?: readonly Attribute[];
  readonly id?: AgentID;
  readonly domain?: DomainInfo;
}

/** Resources of one agent, offered to one role of a framework. */
export interface Offer {
  readonly id: OfferID;
  readonly framework_id: FrameworkID;
  readonly agent_id: AgentID;
  readonly hostname: string;
  readonly url?: URL;
  readonly domain?: DomainInfo;
  readonly resources?: readonly Resource[];
  readonly attributes?: readonly Attribute[];
  readonly executor_ids?: readonly ExecutorID[];
  readonly unavailability?: Unavailability;
  readonly allocation_info?: ResourceAllocationInfo;
}

/** One thing to do with the resources of accepted offers. */
export interface OfferOperation {
  readonly type?: OfferOperationType;
  readonly id?: OperationID;
  readonly launch?: OfferOperationLaunch;
  readonly launch_group?: OfferOperationLaunchGroup;
  readonly reserve?: OfferOperationReserve;
  readonly unreserve?: OfferOperationUnreserve;
  readonly create?: OfferOperationCreate;
  readonly destroy?: OfferOperationDestroy;
  readonly grow_volume?: OfferOperationGrowVolume;
  readonly shrink_volume?: OfferOperationShrinkVolume;
  readonly create_disk?: OfferOperationCreateDisk;
  readonly destroy_disk?: OfferOperationDestroyDisk;
}

/** The kinds of operations. */
export type OfferOperationType =
  | "UNKNOWN"
  | "LAUNCH"
  | "LAUNCH_GROUP"
  | "RESERVE"
  | "UNRESERVE"
  | "CREATE"
  | "DESTROY"
  | "GROW_VOLUME"
  | "SHRINK_VOLUME"
  | "CREATE_DISK"
  | "DESTROY_DISK";

/** Launch tasks, each for itself. */
export interface OfferOperationLaunch {
  readonly task_infos?: readonly TaskInfo[];
}

/** Launch the tasks of a group together, all or none. */
export interface OfferOperationLaunchGroup {
  readonly executor: ExecutorInfo;
  readonly task_group: TaskGroupInfo;
}

/** Reserve resources. */
export interface OfferOperationReserve {
  readonly source?: readonly Resource[];
  readonly resources?: readonly Resource[];
}

/** Take the last layer of reservation off. */
export interface OfferOperationUnreserve {
  readonly resources?: readonly Resource[];
}

/** Create persistent volumes. */
export interface OfferOperationCreate {
  readonly volumes?: readonly Resource[];
}

/** Destroy persistent volumes. */
export interface OfferOperationDestroy {
  readonly volumes?: readonly Resource[];
}

/** Make a volume larger. */
export interface OfferOperationGrowVolume {
  readonly volume: Resource;
  readonly addition: Resource;
}

/** Make a volume smaller. */
export interface OfferOperationShrinkVolume {
  readonly volume: Resource;
  readonly subtract: ValueScalar;
}

/** Make a disk of raw storage. */
export interface OfferOperationCreateDisk {
  readonly source: Resource;
  readonly target_type: ResourceDiskInfoSourceType;
  readonly target_profile?: string;
}

/** Turn a disk back into raw storage. */
export interface OfferOperationDestroyDisk {
  readonly source: Resource;
}

/** A request of the master to leave an agent, because of maintenance. */
export interface InverseOffer {
  readonly id: OfferID;
  readonly url?: URL;
  readonly framework_id: FrameworkID;
  readonly agent_id?: AgentID;
  readonly unavailability: Unavailability;
  readonly resources?: readonly Resource[];
}

/** A request for resources; today's allocator ignores it. */
export interface Request {
  readonly agent_id?: AgentID;
  readonly resources?: readonly Resource[];
}

/** The states of an operation. */
export type OperationState =
  | "OPERATION_UNSUPPORTED"
  | "OPERATION_PENDING"
  | "OPERATION_FINISHED"
  | "OPERATION_FAILED"
  | "OPERATION_ERROR"
  | "OPERATION_DROPPED"
  | "OPERATION_UNREACHABLE"
  | "OPERATION_GONE_BY_OPERATOR"
  | "OPERATION_RECOVERING"
  | "OPERATION_UNKNOWN";

/** A report on an operation. */
export interface OperationStatus {
  readonly operation_id?: OperationID;
  readonly state: OperationState;
  readonly message?: string;
  readonly converted_resources?: readonly Resource[];
  readonly uuid?: UUID;
  readonly agent_id?: AgentID;
  readonly resource_provider_id?: ResourceProviderID;
}
