/** The `deploy` part of a service, with types. */

import { defined, type FieldReader } from "./field_reader.ts";
import type {
  ComposeDeploy,
  ComposeDeviceRequest,
  ComposeResource,
  ComposeUpdateConfig,
} from "./model_deploy.ts";
import { parseInteger } from "./units.ts";
import { textOf } from "./scalars.ts";

/** Gives a canonical `deploy` its types. */
export function decodeDeploy(deploy: FieldReader): ComposeDeploy {
  return {
    ...defined({
      mode: deploy.text("mode"),
      replicas: deploy.integer("replicas"),
      labels: deploy.textMap("labels"),
      update_config: deploy.object("update_config", decodeUpdateConfig),
      rollback_config: deploy.object("rollback_config", decodeUpdateConfig),
      restart_policy: deploy.object("restart_policy", (policy) =>
        defined({
          condition: policy.text("condition"),
          delay: policy.duration("delay"),
          max_attempts: policy.unsigned("max_attempts"),
          window: policy.duration("window"),
        })),
      endpoint_mode: deploy.text("endpoint_mode"),
    }),
    resources: deploy.object("resources", (resources) =>
      defined({
        limits: resources.object("limits", decodeResource),
        reservations: resources.object("reservations", decodeResource),
      })) ?? {},
    placement: deploy.object("placement", (placement) =>
      defined({
        constraints: placement.texts("constraints"),
        preferences: placement.objects("preferences", (preference) =>
          defined({ spread: preference.text("spread") })),
        max_replicas_per_node: placement.unsigned("max_replicas_per_node") || undefined,
      })) ?? {},
  };
}

function decodeUpdateConfig(config: FieldReader): ComposeUpdateConfig {
  return defined({
    parallelism: config.unsigned("parallelism"),
    delay: config.positiveDuration("delay"),
    failure_action: config.text("failure_action"),
    monitor: config.positiveDuration("monitor"),
    max_failure_ratio: config.float("max_failure_ratio"),
    order: config.text("order"),
  });
}

function decodeResource(resource: FieldReader): ComposeResource {
  return defined({
    cpus: resource.float("cpus"),
    memory: resource.bytes("memory"),
    pids: resource.count("pids"),
    devices: resource.objects("devices", decodeDeviceRequest),
    generic_resources: resource.objects("generic_resources", (generic) =>
      defined({
        discrete_resource_spec: generic.object("discrete_resource_spec", (spec) => ({
          kind: spec.text("kind") ?? "",
          value: spec.integer("value") ?? 0,
        })),
      })),
  });
}

/** Gives a request for devices its types; `all` is −1. */
export function decodeDeviceRequest(request: FieldReader): ComposeDeviceRequest {
  return defined({
    capabilities: request.texts("capabilities"),
    driver: request.text("driver"),
    count: decodeCount(request),
    device_ids: request.texts("device_ids"),
    options: request.textMap("options"),
  });
}

function decodeCount(request: FieldReader): number | undefined {
  const value = request.raw("count");
  if (value === undefined) return undefined;
  const text = textOf(value);
  if (text.toLowerCase() === "all") return -1;
  const count = request.attempt("count", () => {
    try {
      return parseInteger(text);
    } catch {
      throw new RangeError(`must be "all" or a number, not ${JSON.stringify(text)}`);
    }
  });
  return count === 0 ? undefined : count;
}
