/** How a pod's resources are shared out among its containers, which are tasks with resources of their own each. */

import type { ProblemList } from "../../../compose/problem_list.ts";
import type { Container, Pod } from "../../../pod/model.ts";
import { gpusOf, inMebibytes, usualContainer } from "../wish/pod_needs.ts";
import type { GroupShare, GroupTask } from "./group_template.ts";

/**
 * What the executor of Mesos needs for itself, in thousandths: Mesos wants 0.01 CPUs, 32 MiB and some disk at least
 * (`master/validation.cpp`), and its process has about half of this memory.
 */
export const nativeExecutorShare: GroupShare = { cpus: 100, memory: 64_000, disk: 32_000, gpus: 0 };

/** Least of a container: 0.01 CPUs, and 4 MiB, in thousandths. */
const least = { cpus: 10, memory: 4_000 } as const;

/** What each container has, and what its executor has. */
export interface NativeShares {
  readonly executor: GroupShare;
  /** By container; each of its replicas has as much. */
  readonly of: ReadonlyMap<string, Pick<GroupTask, "share" | "limits">>;
}

interface Wanted {
  readonly container: Container;
  readonly request: number | undefined;
  readonly limit: number | undefined;
}

/**
 * Each container has what it reserves, else its limit. `x-pod.resources` is the whole: containers that say nothing share
 * what is left of it alike, and have {@linkcode usualContainer} where nothing is said at all. What no container asks for
 * is with the executor, which all of them use together where none has a limit.
 */
export function nativeShares(
  { containers, resources, cluster }: Pick<Pod, "containers" | "resources" | "cluster">,
  problems: ProblemList,
): NativeShares {
  const cpus = sharedOut("cpus", containers.map(cpusOf), resources?.milliCpus, problems);
  const { memoryBytes } = resources ?? {};
  const whole = memoryBytes === undefined ? undefined : inMebibytes(memoryBytes);
  const memory = sharedOut("memory", containers.map(memoryOf), whole, problems);
  const gpus = new Map(
    containers.map((one) => [one.name, 1000 * gpusOf([{ ...one, replicas: 1 }], problems)]),
  );
  const asked = containers.reduce((sum, { name, replicas }) => sum + (gpus.get(name) ?? 0) * replicas, 0);
  if (cluster?.gpus !== undefined && 1000 * cluster.gpus !== asked) {
    problems.error(
      "x-pod.resources.gpus",
      `says ${cluster.gpus}, and the containers ask for ${
        asked / 1000
      }: Mesos gives GPUs to containers, by gpus`,
    );
  }
  const { disk } = nativeExecutorShare;
  return {
    executor: {
      cpus: nativeExecutorShare.cpus + cpus.rest,
      memory: nativeExecutorShare.memory + memory.rest,
      // The sandboxes of all containers are in that of the executor.
      disk: disk + inMebibytes(cluster?.diskBytes ?? 0),
      gpus: 0,
    },
    of: new Map(containers.map((container) => {
      const { name } = container;
      const share = {
        cpus: cpus.of.get(name) ?? 0,
        memory: memory.of.get(name) ?? 0,
        disk: 0,
        gpus: gpus.get(name) ?? 0,
      };
      const [limitedCpus, limitedMemory] = [cpusOf(container).limit, memoryOf(container).limit];
      const limits = {
        ...(limitedCpus === undefined ? {} : { cpus: limitedCpus }),
        ...(limitedMemory === undefined ? {} : { mem: limitedMemory }),
      };
      return [name, { share, limits }];
    })),
  };
}

function cpusOf(container: Container): Wanted {
  const { nanoCpus = 0, reservedMilliCpus = 0 } = container.resources;
  return wanted(container, reservedMilliCpus, Math.ceil(nanoCpus / 1e6));
}

function memoryOf(container: Container): Wanted {
  const { memoryBytes = 0, memoryReservationBytes = 0 } = container.resources;
  return wanted(container, inMebibytes(memoryReservationBytes), inMebibytes(memoryBytes));
}

function wanted(container: Container, reserved: number, limit: number): Wanted {
  const known = limit > 0 ? limit : undefined;
  const request = reserved > 0 ? Math.min(reserved, known ?? reserved) : known;
  return { container, request, limit: known };
}

function sharedOut(
  name: "cpus" | "memory",
  wanted: readonly Wanted[],
  whole: number | undefined,
  problems: ProblemList,
): { readonly of: ReadonlyMap<string, number>; readonly rest: number } {
  const path = `x-pod.resources.${name}`;
  const asked = wanted.reduce((sum, { request = 0, container }) => sum + request * container.replicas, 0);
  const silent = wanted.filter(({ request }) => request === undefined);
  const count = silent.reduce((sum, { container }) => sum + container.replicas, 0);
  const unit = name === "cpus" ? "CPUs" : "MiB";
  if (whole === undefined && count > 0) {
    problems.warning(
      path,
      `is not said, nor what ${silent.map(({ container }) => container.name).join(", ")} may use: ` +
        `${usualContainer[name] / 1000} ${unit} are taken for each`,
    );
  }
  const left = whole === undefined ? usualContainer[name] * count : whole - asked;
  const each = count === 0 ? 0 : Math.floor(left / count);
  if (left < 0 || (count > 0 && each < least[name])) {
    problems.error(
      path,
      `is ${(whole ?? 0) / 1000} ${unit}, and containers ask for ${asked / 1000}` +
        (count === 0 ? "" : `, which leaves too little for the ${count} that say nothing`),
    );
  }
  return {
    of: new Map(wanted.map(({ container, request }) => [container.name, request ?? each])),
    rest: Math.max(0, left - each * count),
  };
}
