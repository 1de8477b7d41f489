/** Resources and attributes of agents. */

import type { Empty, Labels, ResourceProviderID } from "./messages_basics.ts";
import type { Volume } from "./messages_container.ts";

/** A value of any kind. */
export interface Value {
  readonly type: ValueType;
  readonly scalar?: ValueScalar;
  readonly ranges?: ValueRanges;
  readonly set?: ValueSet;
  readonly text?: ValueText;
}

/** The four kinds of values. */
export type ValueType = "SCALAR" | "RANGES" | "SET" | "TEXT";

/** A number; Mesos keeps three decimals of a resource. */
export interface ValueScalar {
  readonly value: number;
}

/** Whole numbers from `begin` to `end`, both included. */
export interface ValueRange {
  readonly begin: number;
  readonly end: number;
}

/** A set of ranges. */
export interface ValueRanges {
  readonly range?: readonly ValueRange[];
}

/** A set of words. */
export interface ValueSet {
  readonly item?: readonly string[];
}

/** A text. */
export interface ValueText {
  readonly value: string;
}

/** What an operator says of an agent. */
export interface Attribute {
  readonly name: string;
  readonly type: ValueType;
  readonly scalar?: ValueScalar;
  readonly ranges?: ValueRanges;
  readonly set?: ValueSet;
  readonly text?: ValueText;
}

/** An amount of one resource, with its reservations, its disk and the role it is allocated to. */
export interface Resource {
  readonly provider_id?: ResourceProviderID;
  readonly name: string;
  readonly type: ValueType;
  readonly scalar?: ValueScalar;
  readonly ranges?: ValueRanges;
  readonly set?: ValueSet;
  /** Absent means "*". Deprecated by Mesos. */
  readonly role?: string;
  readonly allocation_info?: ResourceAllocationInfo;
  readonly reservation?: ResourceReservationInfo;
  readonly reservations?: readonly ResourceReservationInfo[];
  readonly disk?: ResourceDiskInfo;
  readonly revocable?: ResourceRevocableInfo;
  readonly shared?: ResourceSharedInfo;
}

/** The role that a resource is allocated to. */
export interface ResourceAllocationInfo {
  readonly role?: string;
}

/** One layer of reservation; later ones refine earlier ones. */
export interface ResourceReservationInfo {
  readonly type?: ResourceReservationInfoType;
  readonly role?: string;
  readonly principal?: string;
  readonly labels?: Labels;
}

/** Reserved by the agent's flags, or by an operation. */
export type ResourceReservationInfoType = "UNKNOWN" | "STATIC" | "DYNAMIC";

/** What kind of disk a disk resource is. */
export interface ResourceDiskInfo {
  readonly persistence?: ResourceDiskInfoPersistence;
  readonly volume?: Volume;
  readonly source?: ResourceDiskInfoSource;
}

/** A persistent volume on the disk. */
export interface ResourceDiskInfoPersistence {
  readonly id: string;
  readonly principal?: string;
}

/** Where the disk comes from; absent means the root disk of the agent. */
export interface ResourceDiskInfoSource {
  readonly type: ResourceDiskInfoSourceType;
  readonly path?: ResourceDiskInfoSourcePath;
  readonly mount?: ResourceDiskInfoSourceMount;
  readonly vendor?: string;
  readonly id?: string;
  readonly metadata?: Labels;
  readonly profile?: string;
}

/** The kinds of disk sources. */
export type ResourceDiskInfoSourceType = "UNKNOWN" | "PATH" | "MOUNT" | "BLOCK" | "RAW";

/** A directory of the agent. */
export interface ResourceDiskInfoSourcePath {
  readonly root?: string;
}

/** A whole mount of the agent. */
export interface ResourceDiskInfoSourceMount {
  readonly root?: string;
}

/** Present on a resource that may be taken back at any time. */
export type ResourceRevocableInfo = Empty;

/** Present on a volume that more than one task may use. */
export type ResourceSharedInfo = Empty;
