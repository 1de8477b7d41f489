import { cgroupHostOfProcess, readCgroupOom } from "../docker/cgroup.ts";
import type { Host } from "../plan/host.ts";
import { place } from "../plan/place.ts";
import type { CgroupSpec } from "../plan/step.ts";
import { SpecError } from "../pod/errors.ts";
import type { Clock } from "../pod/clock.ts";
import type { Pod } from "../pod/model.ts";

/**
 * Counts the processes that the pod's total has had killed: none, as long as only containers' own limits were reached.
 *
 * @returns undefined where the pod has no total, it cannot be enforced on this host, or this host cannot have the pod at
 * all: that is for whoever brings it up to say
 */
export function podOomCounter(
  pod: Pod,
  host: Host,
  clock: Clock,
  version: string,
): (() => Promise<number>) | undefined {
  const cgroup = cgroupOf(pod, host, version);
  return cgroup === undefined ? undefined : cgroupOomCounter(cgroup, clock);
}

/** As {@linkcode podOomCounter}, where the pod is placed already. */
export function cgroupOomCounter(cgroup: CgroupSpec, clock: Clock): () => Promise<number> {
  const cgroups = cgroupHostOfProcess(clock);
  return async () => {
    const { kills, limitReached } = await readCgroupOom(cgroup, cgroups);
    return limitReached > 0 ? kills : 0;
  };
}

function cgroupOf(pod: Pod, host: Host, version: string): CgroupSpec | undefined {
  try {
    return place(pod, host, { supervision: "mesolet", version }).placed.cgroup;
  } catch (error) {
    if (error instanceof SpecError) return undefined;
    throw error;
  }
}
