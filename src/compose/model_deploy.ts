/** What `deploy` of a service says, as it is after normalisation. */

import type { StringMap } from "./model.ts";

export interface ComposeDeploy {
  mode?: string;
  replicas?: number;
  labels?: StringMap;
  update_config?: ComposeUpdateConfig;
  rollback_config?: ComposeUpdateConfig;
  resources: ComposeResources;
  restart_policy?: ComposeRestartPolicy;
  placement: ComposePlacement;
  endpoint_mode?: string;
}

export interface ComposeUpdateConfig {
  parallelism?: number;
  delay?: string;
  failure_action?: string;
  monitor?: string;
  max_failure_ratio?: number;
  order?: string;
}

export interface ComposeResources {
  limits?: ComposeResource;
  reservations?: ComposeResource;
}

export interface ComposeResource {
  cpus?: number;
  memory?: string;
  pids?: number;
  devices?: ComposeDeviceRequest[];
  generic_resources?: { discrete_resource_spec?: { kind: string; value: number } }[];
}

export interface ComposeRestartPolicy {
  condition?: string;
  delay?: string;
  max_attempts?: number;
  window?: string;
}

export interface ComposePlacement {
  constraints?: string[];
  preferences?: { spread?: string }[];
  max_replicas_per_node?: number;
}

/** Devices asked for by what they can do. `count` −1 is all. */
export interface ComposeDeviceRequest {
  capabilities?: string[];
  driver?: string;
  count?: number;
  device_ids?: string[];
  options?: StringMap;
}
