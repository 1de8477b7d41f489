/** What a container on Linux may do, share and use. */

/** What a container on Linux may do and share. */
export interface LinuxInfo {
  /** Deprecated by Mesos. */
  readonly capability_info?: CapabilityInfo;
  readonly bounding_capabilities?: CapabilityInfo;
  readonly effective_capabilities?: CapabilityInfo;
  readonly share_pid_namespace?: boolean;
  readonly seccomp?: SeccompInfo;
  readonly ipc_mode?: LinuxInfoIpcMode;
  readonly shm_size?: number;
  /** Absent means true. */
  readonly share_cgroups?: boolean;
}

/** Whose IPC namespace a container has. */
export type LinuxInfoIpcMode = "UNKNOWN" | "PRIVATE" | "SHARE_PARENT";

/** A set of Linux capabilities. */
export interface CapabilityInfo {
  readonly capabilities?: readonly CapabilityInfoCapability[];
}

/** The capabilities of Linux. */
export type CapabilityInfoCapability =
  | "UNKNOWN"
  | "CHOWN"
  | "DAC_OVERRIDE"
  | "DAC_READ_SEARCH"
  | "FOWNER"
  | "FSETID"
  | "KILL"
  | "SETGID"
  | "SETUID"
  | "SETPCAP"
  | "LINUX_IMMUTABLE"
  | "NET_BIND_SERVICE"
  | "NET_BROADCAST"
  | "NET_ADMIN"
  | "NET_RAW"
  | "IPC_LOCK"
  | "IPC_OWNER"
  | "SYS_MODULE"
  | "SYS_RAWIO"
  | "SYS_CHROOT"
  | "SYS_PTRACE"
  | "SYS_PACCT"
  | "SYS_ADMIN"
  | "SYS_BOOT"
  | "SYS_NICE"
  | "SYS_RESOURCE"
  | "SYS_TIME"
  | "SYS_TTY_CONFIG"
  | "MKNOD"
  | "LEASE"
  | "AUDIT_WRITE"
  | "AUDIT_CONTROL"
  | "SETFCAP"
  | "MAC_OVERRIDE"
  | "MAC_ADMIN"
  | "SYSLOG"
  | "WAKE_ALARM"
  | "BLOCK_SUSPEND"
  | "AUDIT_READ"
  | "PERFMON"
  | "BPF"
  | "CHECKPOINT_RESTORE";

/** The seccomp profile of a container. */
export interface SeccompInfo {
  readonly profile_name?: string;
  readonly unconfined?: boolean;
}

/** Limits of the processes of a container. */
export interface RLimitInfo {
  readonly rlimits?: readonly RLimitInfoRLimit[];
}

/** One limit; without hard and soft it is unlimited. */
export interface RLimitInfoRLimit {
  readonly type?: RLimitInfoRLimitType;
  readonly hard?: number;
  readonly soft?: number;
}

/** The limits of setrlimit(2). */
export type RLimitInfoRLimitType =
  | "UNKNOWN"
  | "RLMT_AS"
  | "RLMT_CORE"
  | "RLMT_CPU"
  | "RLMT_DATA"
  | "RLMT_FSIZE"
  | "RLMT_LOCKS"
  | "RLMT_MEMLOCK"
  | "RLMT_MSGQUEUE"
  | "RLMT_NICE"
  | "RLMT_NOFILE"
  | "RLMT_NPROC"
  | "RLMT_RSS"
  | "RLMT_RTPRIO"
  | "RLMT_RTTIME"
  | "RLMT_SIGPENDING"
  | "RLMT_STACK";

/** Present on a container that has a terminal. */
export interface TTYInfo {
  readonly window_size?: TTYInfoWindowSize;
}

/** The size of the terminal in characters. */
export interface TTYInfoWindowSize {
  readonly rows: number;
  readonly columns: number;
}
