import type { Resource } from "../../wire/messages.ts";
import { scalarNames, scalars, thousandths } from "../placement/needs.ts";
import type { GroupShare } from "./group_template.ts";

/** What one task has, or the executor. */
export interface ResourceShare extends GroupShare {
  /** Of the host. */
  readonly ports: readonly number[];
}

/**
 * Shares out what was taken for a group: Mesos charges its tasks and their executor apart, each with roles, reservations
 * and allocation as they were offered.
 *
 * @returns the resources of each share, in their order
 * @throws {Error} where less was taken, a defect of ours
 */
export function shareOut(taken: readonly Resource[], shares: readonly ResourceShare[]): Resource[][] {
  const left = new Map(taken.map((resource) => [resource, thousandths(resource.scalar?.value ?? 0)]));
  return shares.map((share) => {
    const own: Resource[] = [];
    for (const name of scalars) {
      let missing = share[name];
      for (const [resource, there] of left) {
        if (resource.name !== scalarNames[name]) continue;
        const amount = Math.min(missing, there);
        if (amount <= 0) continue;
        missing -= amount;
        left.set(resource, there - amount);
        own.push({ ...resource, scalar: { value: amount / 1000 } });
      }
      if (missing > 0) throw new Error(`what was taken has not the ${name} of a group`);
    }
    return [...own, ...taken.flatMap((resource) => portsIn(resource, share.ports))];
  });
}

function portsIn(resource: Resource, ports: readonly number[]): Resource[] {
  const range = ports
    .filter((port) => resource.ranges?.range?.some(({ begin, end }) => begin <= port && port <= end))
    .sort((one, other) => one - other)
    .map((port) => ({ begin: port, end: port }));
  return range.length === 0 ? [] : [{ ...resource, ranges: { range } }];
}
