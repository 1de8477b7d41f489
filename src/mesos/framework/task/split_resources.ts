import type { Resource } from "../../wire/messages_resources.ts";
import { type ScalarName, scalarNames, thousandths } from "../placement/needs.ts";

/** Resources of a task, and of its executor. */
export interface SplitResources {
  readonly task: readonly Resource[];
  readonly executor: readonly Resource[];
}

/**
 * Takes the executor's share out of what was taken for both. Mesos charges the two apart, each with roles, reservations
 * and allocation as they were offered.
 *
 * @param share thousandths by name
 * @throws {Error} where less was taken, a defect of ours
 */
export function splitResources(
  taken: readonly Resource[],
  share: Readonly<Partial<Record<ScalarName, number>>>,
): SplitResources {
  const missing = new Map<string, number>(
    (Object.entries(share) as [ScalarName, number][]).map(([name, amount]) => [scalarNames[name], amount]),
  );
  const task: Resource[] = [];
  const executor: Resource[] = [];
  for (const resource of taken) {
    const there = thousandths(resource.scalar?.value ?? 0);
    const own = resource.scalar === undefined ? 0 : Math.min(there, missing.get(resource.name) ?? 0);
    if (own > 0) {
      missing.set(resource.name, (missing.get(resource.name) ?? 0) - own);
      executor.push({ ...resource, scalar: { value: own / 1000 } });
    }
    if (resource.scalar === undefined) task.push(resource);
    else if (there > own) task.push({ ...resource, scalar: { value: (there - own) / 1000 } });
  }
  const [lacking] = [...missing].find(([, amount]) => amount > 0) ?? [];
  if (lacking !== undefined) throw new Error(`what was taken has not the ${lacking} of an executor`);
  return { task, executor };
}
