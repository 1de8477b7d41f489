/** What a pod needs of an agent, without its executor and its ports. */

import type { Container, Pod } from "../../../pod/model.ts";
import type { ProblemList } from "../../../compose/problem_list.ts";
import type { Needs } from "../placement/needs.ts";

/** Of a container that says nothing: 0.1 CPUs and 128 MiB, in thousandths. */
export const usualContainer = { cpus: 100, memory: 128_000 } as const;

const mebibyte = 1024 * 1024;

/** What a pod needs by itself. */
export type OwnNeeds = Omit<Needs, "ports">;

/**
 * What a pod needs: `x-pod.resources`, and what that does not name as the sum of its containers, each with its limit,
 * else its reservation, else {@linkcode usualContainer}. A container of `pre_start` has the place of the one that waits
 * for it. A task is held to what it asked for, so a pod that is known by defaults alone is warned about.
 */
export function needsOfPod(
  pod: Pick<Pod, "containers" | "resources" | "cluster">,
  problems: ProblemList,
): OwnNeeds {
  const { milliCpus, memoryBytes } = pod.resources ?? {};
  const counted = pod.containers.filter(({ preStartOf }) => preStartOf === undefined);
  if (milliCpus === undefined) warnOfDefaults("cpus", counted, cpusOf, problems);
  if (memoryBytes === undefined) warnOfDefaults("memory", counted, memoryOf, problems);
  return {
    cpus: milliCpus ?? sum(counted, (container) => cpusOf(container) ?? usualContainer.cpus),
    memory: memoryBytes === undefined
      ? sum(counted, (container) => memoryOf(container) ?? usualContainer.memory)
      : inMebibytes(memoryBytes),
    disk: inMebibytes(pod.cluster?.diskBytes ?? 0),
    gpus: 1000 * (pod.cluster?.gpus ?? gpusOf(counted, problems)),
  };
}

function cpusOf({ resources }: Container): number | undefined {
  const { nanoCpus = 0, cpuQuota = 0, cpuPeriod = 100_000, reservedMilliCpus = 0 } = resources;
  const milliCpus = nanoCpus > 0
    ? Math.ceil(nanoCpus / 1e6)
    : cpuQuota > 0
    ? Math.ceil(1000 * cpuQuota / cpuPeriod)
    : reservedMilliCpus;
  return milliCpus > 0 ? milliCpus : undefined;
}

function memoryOf({ resources }: Container): number | undefined {
  const bytes = resources.memoryBytes || resources.memoryReservationBytes || 0;
  return bytes > 0 ? inMebibytes(bytes) : undefined;
}

/** Thousandths of a MiB, rounded up: less would be less than was asked for. */
export function inMebibytes(bytes: number): number {
  return Math.ceil(bytes * 1000 / mebibyte);
}

function sum(containers: readonly Container[], amountOf: (container: Container) => number): number {
  return containers.reduce((total, container) => total + amountOf(container) * container.replicas, 0);
}

function warnOfDefaults(
  name: "cpus" | "memory",
  containers: readonly Container[],
  amountOf: (container: Container) => number | undefined,
  problems: ProblemList,
): void {
  const silent = containers.filter((container) =>
    container.replicas > 0 && amountOf(container) === undefined
  );
  if (silent.length === 0) return;
  const amount = name === "cpus"
    ? `${usualContainer.cpus / 1000} CPUs`
    : `${usualContainer.memory / 1000} MiB`;
  problems.warning(
    `x-pod.resources.${name}`,
    `is not said, nor what ${
      silent.map((container) => container.name).join(", ")
    } may use: ${amount} are taken for ` +
      "each, and the pod is held to the sum",
  );
}

/** How many GPUs containers ask for together. */
export function gpusOf(containers: readonly Container[], problems: ProblemList): number {
  let gpus = 0;
  for (const { name, deviceRequests, replicas } of containers) {
    for (const { capabilities, count, deviceIds } of deviceRequests) {
      if (!capabilities.some((all) => all.includes("gpu"))) continue;
      if (count < 0) {
        problems.error(
          "x-pod.resources.gpus",
          `has to say how many: ${name} asks for all GPUs of whatever host it runs on`,
        );
      } else gpus += replicas * (deviceIds.length > 0 ? deviceIds.length : count);
    }
  }
  return gpus;
}
