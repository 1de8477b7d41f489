/**
 * The normal form of a Compose project: what `docker compose config --format json` prints, as types.
 *
 * Field names are those of the Compose Specification. Sizes are decimal strings of bytes (`"536870912"`), durations
 * are Go's (`"1m30s"`), a published port is a string because it may be a range, file modes are octal strings.
 * `x-*` fields are kept in `extensions` and never printed, except those at the top of a file.
 */

import type { ComposeDeploy, ComposeDeviceRequest } from "./model_deploy.ts";

/** Text by name. */
export type StringMap = Record<string, string>;

/** Text by name, where `null` says: named, but without a value. */
export type NullableStringMap = Record<string, string | null>;

/** `x-*` fields, as they stand in the file. */
export type Extensions = Record<string, unknown>;

/** One Compose project after files, variables, profiles and defaults were applied. */
export interface ComposeProject {
  /** The project's name: lower-case letters, digits, `-` and `_`. */
  name: string;
  /** Absolute path of the project directory, which relative paths start from. */
  workingDirectory: string;
  /** Absolute paths of the Compose files, in merge order; `-` is standard input. */
  files: string[];
  /** Absolute paths of the files given with `--env-file`; a `.env` that was found by itself is not in it. */
  environmentFiles: string[];
  /** The variables that interpolation saw: the shell's, then those of the environment files. */
  environment: StringMap;
  /** The active profiles. */
  profiles: string[];
  services: Record<string, ComposeService>;
  /** Services whose profiles are all inactive. */
  disabledServices: Record<string, ComposeService>;
  networks: Record<string, ComposeNetwork>;
  volumes: Record<string, ComposeVolume>;
  configs: Record<string, ComposeFileObject>;
  secrets: Record<string, ComposeFileObject>;
  models: Record<string, ComposeModel>;
  /** Top-level `x-*` fields, `x-pod` among them. */
  extensions: Extensions;
}

/** One service. `null` of command and entrypoint is "as the image says", `[]` is "none". */
export interface ComposeService {
  annotations?: StringMap;
  attach?: boolean;
  blkio_config?: ComposeBlkioConfig;
  build?: ComposeBuild;
  cap_add?: string[];
  cap_drop?: string[];
  cgroup?: string;
  cgroup_parent?: string;
  command: string[] | null;
  configs?: ComposeFileReference[];
  container_name?: string;
  cpu_count?: number;
  cpu_percent?: number;
  cpu_period?: number;
  cpu_quota?: number;
  cpu_rt_period?: number;
  cpu_rt_runtime?: number;
  cpu_shares?: number;
  cpus?: number;
  cpuset?: string;
  credential_spec?: { config?: string; file?: string; registry?: string };
  depends_on?: Record<string, ComposeDependency>;
  deploy?: ComposeDeploy;
  develop?: ComposeDevelop;
  device_cgroup_rules?: string[];
  devices?: ComposeDevice[];
  dns?: string[];
  dns_opt?: string[];
  dns_search?: string[];
  domainname?: string;
  entrypoint: string[] | null;
  /** Only before env files are read into {@linkcode environment}. */
  env_file?: ComposeEnvironmentFile[];
  environment?: NullableStringMap;
  expose?: string[];
  /** Only where the service that is extended is `null`, and with it nothing was inherited. */
  extends?: { file?: string; service: string };
  external_links?: string[];
  /** `host=address`, sorted. */
  extra_hosts?: string[];
  gpus?: ComposeDeviceRequest[];
  group_add?: string[];
  healthcheck?: ComposeHealthcheck;
  hostname?: string;
  image?: string;
  init?: boolean;
  ipc?: string;
  isolation?: string;
  /** Only before label files are read into {@linkcode labels}. */
  label_file?: string[];
  labels?: StringMap;
  links?: string[];
  logging?: { driver?: string; options?: StringMap };
  mac_address?: string;
  mem_limit?: string;
  mem_reservation?: string;
  mem_swappiness?: string;
  memswap_limit?: string;
  models?: Record<string, ComposeServiceModel | null>;
  network_mode?: string;
  networks?: Record<string, ComposeServiceNetwork | null>;
  oom_kill_disable?: boolean;
  oom_score_adj?: number;
  pid?: string;
  pids_limit?: number;
  platform?: string;
  ports?: ComposePort[];
  post_start?: ComposeHook[];
  pre_start?: ComposeHook[];
  pre_stop?: ComposeHook[];
  privileged?: boolean;
  profiles?: string[];
  provider?: { type: string; options?: Record<string, string[]> };
  pull_policy?: string;
  read_only?: boolean;
  restart?: string;
  runtime?: string;
  scale?: number;
  secrets?: ComposeFileReference[];
  security_opt?: string[];
  shm_size?: string;
  stdin_open?: boolean;
  stop_grace_period?: string;
  stop_signal?: string;
  storage_opt?: StringMap;
  sysctls?: StringMap;
  tmpfs?: string[];
  tty?: boolean;
  ulimits?: Record<string, ComposeUlimit>;
  use_api_socket?: boolean;
  user?: string;
  userns_mode?: string;
  uts?: string;
  volumes?: ComposeMount[];
  volumes_from?: string[];
  working_dir?: string;
  /** The service's `x-*` fields; not printed. */
  extensions: Extensions;
}

/** Names are capital because Docker Compose prints them so. */
export interface ComposeBlkioConfig {
  weight?: number;
  weight_device?: { Path: string; Weight: number }[];
  device_read_bps?: ComposeThrottle[];
  device_read_iops?: ComposeThrottle[];
  device_write_bps?: ComposeThrottle[];
  device_write_iops?: ComposeThrottle[];
}

/** A limit of one device; `Rate` is bytes, or operations, in a second. */
export interface ComposeThrottle {
  Path: string;
  Rate: string;
}

/** How an image would be built. mesolet runs images and does not build them. */
export interface ComposeBuild {
  context?: string;
  dockerfile?: string;
  dockerfile_inline?: string;
  entitlements?: string[];
  args?: NullableStringMap;
  provenance?: string;
  sbom?: string;
  /** `id`, or `id: path`. */
  ssh?: string[];
  labels?: StringMap;
  cache_from?: string[];
  cache_to?: string[];
  no_cache?: boolean;
  no_cache_filter?: string[];
  additional_contexts?: StringMap;
  pull?: boolean;
  extra_hosts?: string[];
  isolation?: string;
  network?: string;
  target?: string;
  secrets?: ComposeFileReference[];
  shm_size?: string;
  tags?: string[];
  ulimits?: Record<string, ComposeUlimit>;
  platforms?: string[];
  privileged?: boolean;
}

/** What must have happened to another service before this one starts. */
export type ComposeCondition = "service_started" | "service_healthy" | "service_completed_successfully";

export interface ComposeDependency {
  condition: ComposeCondition;
  /** Restart this service when the other one is recreated. Absent is false. */
  restart?: boolean;
  required: boolean;
}

export interface ComposeDevelop {
  watch?: ComposeWatch[];
}

export interface ComposeWatch {
  path: string;
  action: string;
  target?: string;
  exec?: ComposeHook;
  include?: string[];
  ignore?: string[];
  initial_sync?: boolean;
}

/** A device of the host. A CDI name (`vendor/class=name`) stands in both `source` and `target`. */
export interface ComposeDevice {
  source: string;
  target: string;
  permissions?: string;
}

export interface ComposeEnvironmentFile {
  path: string;
  /** Absent is true. */
  required?: false;
  format?: string;
}

/** A config or a secret as a service uses it. */
export interface ComposeFileReference {
  source: string;
  target?: string;
  uid?: string;
  gid?: string;
  /** Octal, with a leading 0. */
  mode?: string;
}

export interface ComposeHealthcheck {
  /** Starts with `CMD`, `CMD-SHELL` or `NONE`. */
  test?: string[];
  timeout?: string;
  interval?: string;
  retries?: number;
  start_period?: string;
  start_interval?: string;
  disable?: boolean;
}

/** A command run before start (in a container of its own), after start or before stop. */
export interface ComposeHook {
  command: string[] | null;
  /** Only of `pre_start`. */
  image?: string;
  user?: string;
  privileged?: boolean;
  working_dir?: string;
  environment?: NullableStringMap;
  /** Only of `pre_start`: once for each replica. Absent is false. */
  per_replica?: boolean;
}

export interface ComposeServiceModel {
  endpoint_var?: string;
  model_var?: string;
}

export interface ComposeServiceNetwork {
  aliases?: string[];
  driver_opts?: StringMap;
  gw_priority?: number;
  interface_name?: string;
  ipv4_address?: string;
  ipv6_address?: string;
  link_local_ips?: string[];
  mac_address?: string;
  priority?: number;
}

export interface ComposePort {
  name?: string;
  mode?: string;
  host_ip?: string;
  target: number;
  /** A port or a range `first-last`; absent is "any". */
  published?: string;
  protocol?: string;
  app_protocol?: string;
}

/** A number for both limits, or each limit. −1 is unlimited. */
export type ComposeUlimit = number | { soft: number; hard: number };

export type ComposeMountType = "bind" | "volume" | "tmpfs" | "image" | "npipe" | "cluster";

export interface ComposeMount {
  type: ComposeMountType;
  /** Absolute path of a bind, name of a volume, reference of an image; absent is an anonymous volume. */
  source?: string;
  target: string;
  read_only?: boolean;
  consistency?: string;
  bind?: {
    propagation?: string;
    /** Absent is true: a missing directory is made. */
    create_host_path?: false;
    recursive?: string;
    selinux?: string;
  };
  volume?: { labels?: StringMap; nocopy?: boolean; subpath?: string };
  /** `size` in bytes, `mode` as a number (493 is 0755). */
  tmpfs?: { size?: string; mode?: number };
  image?: { subpath?: string };
}

export interface ComposeNetwork {
  name: string;
  driver?: string;
  driver_opts?: StringMap;
  ipam: ComposeIpam;
  external?: boolean;
  internal?: boolean;
  attachable?: boolean;
  labels?: StringMap;
  enable_ipv4?: boolean;
  enable_ipv6?: boolean;
  extensions?: Extensions;
}

export interface ComposeIpam {
  driver?: string;
  config?: ComposeIpamPool[];
  options?: StringMap;
}

export interface ComposeIpamPool {
  subnet?: string;
  gateway?: string;
  ip_range?: string;
  aux_addresses?: StringMap;
}

export interface ComposeVolume {
  name: string;
  driver?: string;
  driver_opts?: StringMap;
  external?: boolean;
  labels?: StringMap;
  extensions?: Extensions;
}

/** A config or a secret: exactly one of `file`, `environment` and (configs) `content`, unless external. */
export interface ComposeFileObject {
  name: string;
  /** Absolute path. */
  file?: string;
  /** The name of a variable. */
  environment?: string;
  content?: string;
  external?: boolean;
  labels?: StringMap;
  driver?: string;
  driver_opts?: StringMap;
  template_driver?: string;
  /** The value of the variable `environment`; absent where it is not set. Never printed. */
  environmentValue?: string;
  extensions?: Extensions;
}

export interface ComposeModel {
  name?: string;
  model: string;
  context_size?: number;
  runtime_flags?: string[];
  extensions?: Extensions;
}
