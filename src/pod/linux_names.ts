/** Names of Linux that a specification may use, as the Mesos containerizer knows them. */

/** Capabilities, without `CAP_` (capabilities(7)). */
export const linuxCapabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
  "PERFMON",
  "BPF",
  "CHECKPOINT_RESTORE",
] as const;

/** One of {@linkcode linuxCapabilities}. */
export type LinuxCapability = (typeof linuxCapabilities)[number];

/** What containers of Docker may do by default (moby, `oci/caps/defaults.go`). */
export const usualCapabilities: readonly LinuxCapability[] = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
];

/** The capability of a name as specifications write it: `CAP_NET_ADMIN`, `net_admin`; `ALL` is all of them. */
export function capabilityNamed(text: string): LinuxCapability | "ALL" | undefined {
  const name = text.toUpperCase().replace(/^CAP_/, "");
  return name === "ALL" ? "ALL" : linuxCapabilities.find((one) => one === name);
}

/** Limits of setrlimit(2), as `ulimits` calls them. */
export const resourceLimits = [
  "as",
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
] as const;

/** One of {@linkcode resourceLimits}. */
export type ResourceLimit = (typeof resourceLimits)[number];

/** The limit of a name. */
export function resourceLimitNamed(text: string): ResourceLimit | undefined {
  return resourceLimits.find((one) => one === text);
}
