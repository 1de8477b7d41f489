import type { Resource } from "../mesos/wire/messages.ts";
import { present } from "../pod/present.ts";

/** What a container may use; absent is what nothing is said of. */
export interface Limits {
  /** Cpus in units of 10⁻⁹, as engines take them. */
  readonly nanoCpus?: number;
  readonly memoryBytes?: number;
}

/** Engines refuse less than a hundredth of a cpu, and less memory than 6 MiB. */
const least = { nanoCpus: 10_000_000, memoryBytes: 6 * 1024 * 1024 };

/** The `cpus` (of whatever reservation, with their fractions) and `mem` among resources. */
export function limitsOf(resources: readonly Resource[]): Limits {
  const cpus = sumOf(resources, "cpus");
  const memory = sumOf(resources, "mem");
  return present({
    // Mesos keeps three decimals.
    nanoCpus: cpus === 0 ? undefined : Math.max(least.nanoCpus, Math.round(cpus * 1000) * 1_000_000),
    memoryBytes: memory === 0 ? undefined : Math.max(least.memoryBytes, Math.round(memory * 1024) * 1024),
  });
}

function sumOf(resources: readonly Resource[], name: string): number {
  return resources.reduce(
    (sum, resource) => resource.name === name ? sum + (resource.scalar?.value ?? 0) : sum,
    0,
  );
}
