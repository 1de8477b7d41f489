/** A spec as a wish of the cluster. */

import { gzipSync } from "node:zlib";
import { ProblemList } from "../../../compose/problem_list.ts";
import type { TravellingSpec } from "../../../compose/travelling_spec.ts";
import { canonicalJson } from "../../../pod/canonical.ts";
import { defaultCluster } from "../../../pod/cluster.ts";
import type { Problem } from "../../../pod/errors.ts";
import type { Container, Pod } from "../../../pod/model.ts";
import { sha256 } from "../../../pod/sha256.ts";
import { longestGrace, shareOfAll, templateOfPod } from "../native/template_of_pod.ts";
import { executorShare } from "./executor_share.ts";
import { needsOfPod } from "./pod_needs.ts";
import type { PodOrigin } from "./pod_origin.ts";
import type { PodWish } from "./pod_wish.ts";
import { portNeedsOf } from "./port_needs.ts";
import { stopTimeOf } from "./stop_time.ts";

/** A spec that was loaded for a cluster. */
export interface WishRequest {
  readonly pod: Pod;
  readonly origin: PodOrigin;
  readonly travelling: TravellingSpec;
  /** `x-pod.ports`, as written. */
  readonly offeredPorts: readonly string[];
  /** Of the framework: a pod that names none may have resources of all of them. */
  readonly roles: readonly string[];
}

/** What a spec comes to; without a wish where there is an error among the problems, which name fields by their paths. */
export interface WishResult {
  readonly wish?: PodWish;
  readonly problems: readonly Problem[];
}

/** It changes where the same spec has to give another task: all instances of all pods are then replaced. */
const versionSchema = 1;

/** A task's id has 255 bytes, and the pod's name is one part of it. */
const longestName = 150;

/** Makes the wish of a spec. */
export function wishOfPod({ pod, origin, travelling, offeredPorts, roles }: WishRequest): WishResult {
  const problems = new ProblemList();
  const cluster = pod.cluster ?? defaultCluster;
  if (pod.name.length > longestName) {
    problems.error("name", `has ${pod.name.length} letters, and a pod on a cluster ${longestName} at most`);
  }
  (cluster.roles ?? []).forEach((role, index) => {
    if (roles.includes(role)) return;
    problems.error(
      `x-pod.roles[${index}]`,
      `the framework has not the role ${role}: it has ${roles.join(", ")}`,
    );
  });
  const group = cluster.containerizer === "mesos" ? templateOfPod(pod, problems) : undefined;
  const own = group === undefined ? needsOfPod(pod, problems) : shareOfAll(group);
  const { needs: ports, ports: taskPorts } = portNeedsOf(pod, offeredPorts, problems);
  // Of its volumes the loader has told what there is to tell.
  const packing = group === undefined
    ? travelling.problems
    : travelling.problems.filter(({ severity, path }) =>
      severity === "error" || !path.startsWith("volumes.")
    );
  const all = [...packing, ...problems.problems];
  if (all.some(({ severity }) => severity === "error")) return { problems: all };
  const version = versionOf({
    identity: travelling.identity,
    own,
    ports,
    uris: cluster.uris,
    ...(group === undefined ? {} : { containerizer: cluster.containerizer }),
  });
  const pins = [...new Set(pod.containers.flatMap((container) => container.pins ?? []))].sort();
  const wish: PodWish = {
    name: pod.name,
    origin,
    version,
    replicas: cluster.replicas,
    ...(pins.length === 0 ? {} : { pins }),
    needs: {
      ...own,
      ...(group === undefined
        ? { cpus: own.cpus + executorShare.cpus, memory: own.memory + executorShare.memory }
        : {}),
      ports,
    },
    rules: cluster.placement,
    roles: cluster.roles ?? roles,
    update: cluster.update,
    unreachableWait: cluster.unreachableWait,
    stopTime: group === undefined ? stopTimeOf(pod) : longestGrace(group),
    hasHealth: group === undefined ? hasHealth(pod) : group.tasks.some(({ health }) => health !== undefined),
    task: {
      ...(group === undefined ? {} : { group }),
      payload: group === undefined ? packed(travelling.text) : "",
      uris: cluster.uris,
      labels: {},
      ports: taskPorts,
    },
  };
  return { wish, problems: all };
}

/** Everything that a running task is made of; neither where nor how often, nor the program, which may be upgraded. */
function versionOf(parts: Readonly<Record<string, unknown>>): string {
  return sha256(canonicalJson({ schema: versionSchema, ...parts })).slice(0, 16);
}

/**
 * Whether the executor tells of the pod's health: by its rule, an essential container has a health check. One of the
 * image alone is not known here; then the task is ready when it runs, which it is not before that check succeeded.
 */
function hasHealth({ containers, essential }: Pick<Pod, "containers" | "essential">): boolean {
  const deciding = containers.filter(({ name }) => essential.includes(name));
  return (deciding.length > 0 ? deciding : containers).some(checksHealth);
}

function checksHealth({ health, replicas }: Container): boolean {
  const [kind = "NONE"] = health?.test ?? [];
  return kind !== "NONE" && replicas > 0;
}

function packed(text: string): string {
  return new Uint8Array(gzipSync(text)).toBase64();
}
