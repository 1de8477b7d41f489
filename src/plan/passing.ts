import { Label } from "../pod/labels.ts";
import { nameBeforeSetAside, replacementNameOf } from "../pod/names.ts";
import type { ObservedContainer } from "./observed.ts";

/** The passing name under which a container is made that replaces another. */
export function passingNameOf(existing: ObservedContainer, finalName: string): string {
  return replacementNameOf(existing.id, finalName);
}

/** The name that a container had which was set aside for its replacement; undefined for any other. */
export function setAsideFrom(container: ObservedContainer): string | undefined {
  return nameBeforeSetAside(container.id, container.name);
}

/** Whether a container was set aside for its replacement. */
export function isSetAside(container: ObservedContainer): boolean {
  return setAsideFrom(container) !== undefined;
}

/** Whether a crash left a replacement with its passing name; one that was renamed is the container itself. */
export function isLeftover(existing: ObservedContainer): boolean {
  const replaces = existing.labels[Label.replaces];
  return replaces !== undefined && existing.name !== replaces && !isSetAside(existing);
}

/** Whether a container has a passing name: it is on its way in, or out. */
export function isPassing(container: ObservedContainer): boolean {
  return isLeftover(container) || isSetAside(container);
}

/** Whether a container was started at least once: the engine leaves one whose start it refused as created. */
export function wasStarted(container: ObservedContainer): boolean {
  return container.state !== "created";
}

/**
 * The containers that were set aside, by the name they had. Where a crash left several of one name, the newest: the
 * others were set aside for it.
 */
export function setAside(containers: readonly ObservedContainer[]): ReadonlyMap<string, ObservedContainer> {
  const newest = new Map<string, ObservedContainer>();
  for (const container of containers) {
    const name = setAsideFrom(container);
    if (name === undefined) continue;
    const other = newest.get(name);
    if (other === undefined || other.created < container.created) newest.set(name, container);
  }
  return newest;
}

/** The id of the container whose network a container was made to join. */
export function joinedNetwork(container: ObservedContainer): string | undefined {
  const prefix = "container:";
  return container.networkMode.startsWith(prefix) ? container.networkMode.slice(prefix.length) : undefined;
}

/** Ids of the containers whose namespaces or volumes a container was made to use, as far as they are known. */
export function usedIds(container: ObservedContainer): readonly string[] {
  const label = container.labels[Label.uses];
  return [
    ...new Set([...(label === undefined ? [] : label.split(",")), joinedNetwork(container) ?? []].flat()),
  ];
}
