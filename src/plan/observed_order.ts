import { Label } from "../pod/labels.ts";
import type { ObservedContainer } from "./observed.ts";

/**
 * What the containers of a pod depend on, read from their labels and namespaces: for a pod whose spec is not given.
 * By name on the engine; the pause container comes before all others.
 */
export function observedDependencies(
  containers: readonly ObservedContainer[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const bySpecName = new Map<string, ObservedContainer[]>();
  for (const container of containers) {
    const name = container.labels[Label.container];
    if (name === undefined || container.labels[Label.role] === "pause") continue;
    bySpecName.set(name, [...(bySpecName.get(name) ?? []), container]);
  }
  const byId = new Map(containers.map((container) => [container.id, container]));
  const pauses = containers.filter((container) => container.labels[Label.role] === "pause");
  const result = new Map<string, Set<string>>();
  for (const container of containers) {
    const needed = new Set<string>();
    if (container.labels[Label.role] !== "pause") { for (const pause of pauses) needed.add(pause.name); }
    for (const text of (container.labels[Label.dependsOn] ?? "").split(",")) {
      const [name = ""] = text.split(":");
      for (const other of bySpecName.get(name) ?? []) needed.add(other.name);
    }
    if (container.networkMode.startsWith("container:")) {
      const owner = byId.get(container.networkMode.slice("container:".length));
      if (owner !== undefined) needed.add(owner.name);
    }
    needed.delete(container.name);
    result.set(container.name, needed);
  }
  return result;
}

/** The inverse: by name, who depends on it. */
export function observedDependents(
  containers: readonly ObservedContainer[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map<string, Set<string>>(containers.map(({ name }) => [name, new Set()]));
  for (const [name, needed] of observedDependencies(containers)) {
    for (const other of needed) result.get(other)?.add(name);
  }
  return result;
}
