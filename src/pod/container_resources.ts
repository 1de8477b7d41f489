/** What a container gets of its host: processor, memory, devices. */

/** Limits of one container. 0 and absent differ only where the engine says so. */
export interface ContainerResources {
  /** Cpus in units of 10⁻⁹, as engines take them. */
  readonly nanoCpus?: number;
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  /** −1: no limit on swap. */
  readonly memorySwapBytes?: number;
  readonly memorySwappiness?: number;
  readonly pidsLimit?: number;
  readonly sharedMemoryBytes?: number;
  readonly cpuShares?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuRealtimePeriod?: number;
  readonly cpuRealtimeRuntime?: number;
  readonly cpuset?: string;
  readonly cpuCount?: number;
  readonly cpuPercent?: number;
  readonly cgroupParent?: string;
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdjustment?: number;
  readonly blockIo?: BlockIo;
  /** What a scheduler should set aside; no engine limit. */
  readonly reservedMilliCpus?: number;
}

export interface BlockIo {
  readonly weight?: number;
  readonly weightDevice: readonly { readonly path: string; readonly weight: number }[];
  readonly readBps: readonly BlockIoRate[];
  readonly writeBps: readonly BlockIoRate[];
  readonly readIops: readonly BlockIoRate[];
  readonly writeIops: readonly BlockIoRate[];
}

export interface BlockIoRate {
  readonly path: string;
  readonly rate: number;
}

export interface Device {
  readonly source: string;
  readonly target: string;
  readonly permissions: string;
}

export interface DeviceRequest {
  readonly driver: string;
  /** −1: all. */
  readonly count: number;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly (readonly string[])[];
  readonly options: Readonly<Record<string, string>>;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}
