import type { Pod } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { Host } from "./host.ts";
import { Label } from "../pod/labels.ts";
import type { EngineFacts, ObservedContainer } from "./observed.ts";
import type { PlacementProblems } from "./placement_problems.ts";
import type { CgroupSpec } from "./step.ts";

/**
 * The parent cgroup that holds a pod to its total, if the spec names one and this host can have it. Where it cannot
 * be enforced the pod still runs, and says so.
 */
export function podCgroup(pod: Pod, host: Host, problems: PlacementProblems): CgroupSpec | undefined {
  const total = pod.resources;
  if (total === undefined || (total.milliCpus === undefined && total.memoryBytes === undefined)) {
    return undefined;
  }
  warnOfOvercommit(pod, problems);
  const { cgroupDriver, cgroupVersion } = host.engine;
  if (!host.cgroups.usable || cgroupDriver === "none") {
    const reason = host.cgroups.usable ? "the engine manages no cgroups" : host.cgroups.reason;
    problems.podWarning("x-pod.resources", `the total is not enforced: ${reason}`);
    return undefined;
  }
  const canNest = cgroupDriver === "cgroupfs" && cgroupVersion === 1;
  if (pod.cgroupParent !== undefined && !canNest) {
    problems.podWarning(
      "x-pod.resources",
      `the pod's cgroup is not made below ${pod.cgroupParent}: that needs cgroups of version 1, driven by cgroupfs`,
    );
  }
  return present({
    parent: pod.cgroupParent !== undefined && canNest
      ? `${pod.cgroupParent.replace(/\/+$/, "")}/${nestedName(pod.name)}`
      : parentOf(pod.name, cgroupDriver),
    driver: cgroupDriver,
    version: cgroupVersion,
    milliCpus: total.milliCpus,
    memoryBytes: total.memoryBytes,
  });
}

/**
 * The cgroup that a pod has: that which its containers name, else the one that it would have by its name. Undefined for
 * an engine that manages none.
 */
export function cgroupOfPod(
  pod: string,
  containers: readonly ObservedContainer[],
  engine: EngineFacts,
): CgroupSpec | undefined {
  const { cgroupDriver: driver, cgroupVersion: version } = engine;
  if (driver === "none") return undefined;
  // Nothing is removed that a label of somebody else's making names.
  const nested = containers.map(({ labels }) => labels[Label.cgroup] ?? "").find((parent) =>
    parent.endsWith(`/${nestedName(pod)}`)
  );
  return { parent: nested ?? parentOf(pod, driver), driver, version };
}

/** Where the parents of all pods are, below the root of a tree. */
export function allPodsParent(driver: "cgroupfs" | "systemd"): string {
  return driver === "systemd" ? "mesolet.slice" : "mesolet";
}

/** The pod whose parent cgroup has this name there; undefined when it is none of ours. */
export function podOfParent(directory: string, driver: "cgroupfs" | "systemd"): string | undefined {
  if (driver === "cgroupfs") return directory;
  return /^mesolet-(.+)\.slice$/.exec(directory)?.[1]?.replaceAll("\\x2d", "-");
}

function parentOf(pod: string, driver: "cgroupfs" | "systemd"): string {
  return driver === "systemd" ? sliceName(pod) : `/mesolet/${pod}`;
}

function nestedName(pod: string): string {
  return `mesolet-${pod}`;
}

/** In a slice's name a dash nests: those of the pod's name are written as systemd escapes them. */
function sliceName(pod: string): string {
  return `mesolet-${pod.replaceAll("-", "\\x2d")}.slice`;
}

function warnOfOvercommit(pod: Pod, problems: PlacementProblems): void {
  let nanoCpus = 0;
  let memoryBytes = 0;
  for (const { resources, replicas, name } of pod.containers) {
    nanoCpus += (resources.nanoCpus ?? 0) * replicas;
    memoryBytes += (resources.memoryBytes ?? 0) * replicas;
    if (resources.cgroupParent !== undefined) {
      problems.warning(name, "cgroup_parent", "takes the container out of the pod's total (x-pod.resources)");
    }
  }
  const { milliCpus, memoryBytes: total } = pod.resources ?? {};
  if (milliCpus !== undefined && nanoCpus > milliCpus * 1e6) {
    problems.podWarning(
      "x-pod.resources.cpus",
      `the containers' own limits add up to ${nanoCpus / 1e9} CPUs, which is more than the pod's ${
        milliCpus / 1000
      }`,
    );
  }
  if (total !== undefined && memoryBytes > total) {
    problems.podWarning(
      "x-pod.resources.memory",
      `the containers' own limits add up to ${memoryBytes} bytes, which is more than the pod's ${total}`,
    );
  }
}
