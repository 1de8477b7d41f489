/** Ids, times, addresses and labels: what every other message of Mesos is made of. */

/** A message without members: that it is there says it. */
export type Empty = Readonly<Record<string, never>>;

/** Id of a framework, given by the master. */
export interface FrameworkID {
  readonly value: string;
}

/** Id of an offer or of an inverse offer. */
export interface OfferID {
  readonly value: string;
}

/** Id of an agent. */
export interface AgentID {
  readonly value: string;
}

/** Id of a task, given by the framework: 1 to 255 characters, no `/`. */
export interface TaskID {
  readonly value: string;
}

/** Id of an executor, given by the framework. */
export interface ExecutorID {
  readonly value: string;
}

/** Id of a container of the agent; a nested one names its parent. */
export interface ContainerID {
  readonly value: string;
  readonly parent?: ContainerID;
}

/** Id of a resource provider. */
export interface ResourceProviderID {
  readonly value: string;
}

/** Id of an operation on an offer, given by the framework. */
export interface OperationID {
  readonly value: string;
}

/** A UUID as 16 raw bytes. */
export interface UUID {
  readonly value: Uint8Array;
}

/** A time since 1970, in nanoseconds. */
export interface TimeInfo {
  readonly nanoseconds: number;
}

/** A length of time, in nanoseconds. */
export interface DurationInfo {
  readonly nanoseconds: number;
}

/** Where a process listens. */
export interface Address {
  readonly hostname?: string;
  readonly ip?: string;
  readonly port: number;
}

/** A URL in parts. */
export interface URL {
  readonly scheme: string;
  readonly address: Address;
  readonly path?: string;
  readonly query?: readonly Parameter[];
  readonly fragment?: string;
}

/** A window of maintenance; without a duration it is open-ended. */
export interface Unavailability {
  readonly start: TimeInfo;
  readonly duration?: DurationInfo;
}

/** A key and a value. */
export interface Parameter {
  readonly key: string;
  readonly value: string;
}

/** A list of parameters, wrapped. */
export interface Parameters {
  readonly parameter?: readonly Parameter[];
}

/** A list of labels, wrapped. */
export interface Labels {
  readonly labels?: readonly Label[];
}

/** A label; a key may occur more than once. */
export interface Label {
  readonly key: string;
  readonly value?: string;
}

/** For how long the resources of declined or partly used offers are not offered again. */
export interface Filters {
  /** Absent means 5. */
  readonly refuse_seconds?: number;
}

/** A principal and its secret. */
export interface Credential {
  readonly principal: string;
  readonly secret?: string;
}

/** The fault domain of a machine. */
export interface DomainInfo {
  readonly fault_domain?: DomainInfoFaultDomain;
}

/** A region and a zone in it. */
export interface DomainInfoFaultDomain {
  readonly region: DomainInfoFaultDomainRegionInfo;
  readonly zone: DomainInfoFaultDomainZoneInfo;
}

/** A region, by name. */
export interface DomainInfoFaultDomainRegionInfo {
  readonly name: string;
}

/** A zone, by name. */
export interface DomainInfoFaultDomainZoneInfo {
  readonly name: string;
}
