import type { Resource } from "../../../src/mesos/wire/messages.ts";
import { Amounts, resourceText } from "./amounts.ts";

/** What is wrong with a resource by itself, in the words of the master. */
export function resourceProblem(resource: Resource): string | undefined {
  const why = valueProblem(resource);
  if (why === undefined) return undefined;
  return `Resource '${resourceText(resource)}' is invalid: ${why}`;
}

/** What is wrong with all resources of a task or an executor together. */
export function allocationProblem(resources: readonly Resource[]): string | undefined {
  const roles = resources.map(({ allocation_info }) => allocation_info?.role);
  if (roles.includes(undefined)) return "The resources are not allocated to a role";
  const [first] = roles;
  const other = roles.find((role) => role !== first);
  if (other === undefined) return undefined;
  return `The resources have multiple allocation roles ('${other}' and '${first}') but only one allocation ` +
    "role is allowed";
}

/** Whether parts claim the same port or the same word of a set. */
export function overlap(parts: readonly (readonly Resource[])[]): boolean {
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const { name, ranges, set } of Amounts.of(part).toResources()) {
      const size = (ranges?.range ?? []).reduce((sum, { begin, end }) => sum + end - begin + 1, 0);
      counts.set(name, (counts.get(name) ?? 0) + size + (set?.item?.length ?? 0));
    }
  }
  const joined = new Map<string, number>();
  for (const { name, ranges, set } of Amounts.of(parts.flat()).toResources()) {
    const size = (ranges?.range ?? []).reduce((sum, { begin, end }) => sum + end - begin + 1, 0);
    joined.set(name, (joined.get(name) ?? 0) + size + (set?.item?.length ?? 0));
  }
  return [...counts].some(([name, count]) => joined.get(name) !== count && count > 0);
}

function valueProblem({ name, type, scalar, ranges, set }: Resource): string | undefined {
  if (name === "") return "Empty resource name";
  switch (type) {
    case "SCALAR":
      if (scalar === undefined || ranges !== undefined || set !== undefined) {
        return "Invalid scalar resource";
      }
      return Math.round(scalar.value * 1_000) <= 0 ? "Invalid scalar resource: value <= 0" : undefined;
    case "RANGES": {
      if (ranges === undefined || scalar !== undefined || set !== undefined) return "Invalid ranges resource";
      const all = ranges.range ?? [];
      if (all.some(({ begin, end }) => begin > end)) return "Invalid ranges resource: begin > end";
      const meets = all.some((one, index) =>
        all.slice(index + 1).some((other) => one.begin <= other.end && other.begin <= one.end)
      );
      return meets ? "Invalid ranges resource: overlapping ranges" : undefined;
    }
    case "SET": {
      if (set === undefined || scalar !== undefined || ranges !== undefined) return "Invalid set resource";
      const items = set.item ?? [];
      return new Set(items).size < items.length ? "Invalid set resource: duplicated elements" : undefined;
    }
    default:
      return "Unsupported resource type";
  }
}
