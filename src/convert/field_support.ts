/**
 * Which fields of a spec a target expresses. What a target does not name is lost and told, so that a field that comes
 * later is not dropped in silence. docs/convert.md shows these tables.
 */

import type { ComposeProject, ComposeService } from "../compose/model.ts";
import type { Report } from "./conversion.ts";

/** A field of a service. */
export type ServiceField = Exclude<keyof ComposeService, "extensions">;

/** `partly`: whoever makes the text says what of the field is lost. */
export type FieldSupport = "expressed" | "partly";

/** A part of a spec with fields of its own. */
export type SpecSection = "services" | "volumes" | "networks" | "x-pod";

/** What a target expresses; all else is lost. */
export interface TargetFields {
  /** As it is called in a sentence. */
  readonly target: string;
  readonly services: Readonly<Partial<Record<ServiceField, FieldSupport>>>;
  readonly volumes: Readonly<Partial<Record<VolumeField, FieldSupport>>>;
  readonly networks: Readonly<Partial<Record<NetworkField, FieldSupport>>>;
  readonly "x-pod": Readonly<Partial<Record<PodField, FieldSupport>>>;
}

/** Every field of a service, which the compiler holds to be all. */
const everyServiceField: Readonly<Record<ServiceField, true>> = {
  annotations: true,
  attach: true,
  blkio_config: true,
  build: true,
  cap_add: true,
  cap_drop: true,
  cgroup: true,
  cgroup_parent: true,
  command: true,
  configs: true,
  container_name: true,
  cpu_count: true,
  cpu_percent: true,
  cpu_period: true,
  cpu_quota: true,
  cpu_rt_period: true,
  cpu_rt_runtime: true,
  cpu_shares: true,
  cpus: true,
  cpuset: true,
  credential_spec: true,
  depends_on: true,
  deploy: true,
  develop: true,
  device_cgroup_rules: true,
  devices: true,
  dns: true,
  dns_opt: true,
  dns_search: true,
  domainname: true,
  entrypoint: true,
  env_file: true,
  environment: true,
  expose: true,
  extends: true,
  external_links: true,
  extra_hosts: true,
  gpus: true,
  group_add: true,
  healthcheck: true,
  hostname: true,
  image: true,
  init: true,
  ipc: true,
  isolation: true,
  label_file: true,
  labels: true,
  links: true,
  logging: true,
  mac_address: true,
  mem_limit: true,
  mem_reservation: true,
  mem_swappiness: true,
  memswap_limit: true,
  models: true,
  network_mode: true,
  networks: true,
  oom_kill_disable: true,
  oom_score_adj: true,
  pid: true,
  pids_limit: true,
  platform: true,
  ports: true,
  post_start: true,
  pre_start: true,
  pre_stop: true,
  privileged: true,
  profiles: true,
  provider: true,
  pull_policy: true,
  read_only: true,
  restart: true,
  runtime: true,
  scale: true,
  secrets: true,
  security_opt: true,
  shm_size: true,
  stdin_open: true,
  stop_grace_period: true,
  stop_signal: true,
  storage_opt: true,
  sysctls: true,
  tmpfs: true,
  tty: true,
  ulimits: true,
  use_api_socket: true,
  user: true,
  userns_mode: true,
  uts: true,
  volumes: true,
  volumes_from: true,
  working_dir: true,
};

/** Read into other fields before there is a pod, without an effect on one, or refused for one. */
const settled: ReadonlySet<ServiceField> = new Set<ServiceField>([
  "attach",
  "build",
  "credential_spec",
  "develop",
  "env_file",
  "extends",
  "isolation",
  "label_file",
  "models",
  "profiles",
  "provider",
  "use_api_socket",
]);

/** Fields of services that a pod has something of, in order. */
export const serviceFields: readonly ServiceField[] = (Object.keys(everyServiceField) as ServiceField[])
  .filter((field) => !settled.has(field));

export const volumeFields = ["name", "driver", "driver_opts", "external", "labels"] as const;
export type VolumeField = typeof volumeFields[number];

export const networkFields = [
  "name",
  "driver",
  "driver_opts",
  "ipam",
  "external",
  "internal",
  "attachable",
  "labels",
  "enable_ipv4",
  "enable_ipv6",
] as const;
export type NetworkField = typeof networkFields[number];

export const podFields = [
  "name",
  "network",
  "resources",
  "essential",
  "hooks",
  "pin",
  "docker_registry",
  "preload",
  "http_lifecycle",
  "ports",
  "placement",
  "replicas",
  "update",
  "unreachable",
  "roles",
  "uris",
  "containerizer",
] as const;
export type PodField = typeof podFields[number];

/** All fields of services: what the spec travels whole with expresses each. */
export const allServiceFields: Readonly<Partial<Record<ServiceField, FieldSupport>>> = Object.fromEntries(
  serviceFields.map((field) => [field, "expressed" as const]),
);
export const allVolumeFields: TargetFields["volumes"] = Object.fromEntries(
  volumeFields.map((field) => [field, "expressed" as const]),
);
export const allNetworkFields: TargetFields["networks"] = Object.fromEntries(
  networkFields.map((field) => [field, "expressed" as const]),
);

/** A pod makes none of its networks: what they say counts with `x-pod.network: services`, which is lost as a whole. */
export const sharedNetworkFields: TargetFields["networks"] = Object.fromEntries(
  networkFields.map((field) => [field, "partly" as const]),
);

/** Reports every field of the spec that says something and that the target does not express. */
export function reportLost(project: ComposeProject, fields: TargetFields, report: Report): void {
  const why = `${fields.target} has nothing like it`;
  const each = (
    path: string,
    value: object,
    known: readonly string[],
    supported: Readonly<Record<string, FieldSupport | undefined>>,
  ) => {
    const members = new Map(Object.entries(value));
    for (const name of known) {
      if (supported[name] === undefined && saysSomething(members.get(name))) {
        report.lost(`${path}.${name}`, why);
      }
    }
  };
  for (const [name, service] of byName(project.services)) {
    each(`services.${name}`, service, serviceFields, fields.services);
  }
  for (const [key, volume] of byName(project.volumes)) {
    each(`volumes.${key}`, ownOnly(volume, `${project.name}_${key}`), volumeFields, fields.volumes);
  }
  for (const [key, network] of byName(project.networks)) {
    each(`networks.${key}`, ownOnly(network, `${project.name}_${key}`), networkFields, fields.networks);
  }
  const extension = project.extensions["x-pod"];
  if (typeof extension === "object" && extension !== null) {
    each("x-pod", extension, podFields, fields["x-pod"]);
  }
}

/** A name that is made of the project's says nothing. */
function ownOnly<Resource extends { readonly name: string }>(resource: Resource, made: string): object {
  if (resource.name !== made) return resource;
  const { name: _name, ...rest } = resource;
  return rest;
}

/** Whether a value is not that of a field that nobody wrote. */
export function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (typeof value !== "object") return true;
  return Object.values(value).some((member) => saysSomething(member) || typeof member === "string");
}

function byName<Value>(record: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(record).sort(([one], [other]) => one < other ? -1 : 1);
}
