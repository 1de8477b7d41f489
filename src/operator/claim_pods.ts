/** Which spec a pod's name belongs to. */

import type { KnownSpec, RunningFiles } from "./decide_specs.ts";
import type { WantedPod } from "./spec_source.ts";

/** Pods by name, sorted. */
export type NamedPods = ReadonlyMap<string, WantedPod>;

/** A spec that names a pod which another one has already. */
export interface Rival {
  readonly key: string;
  readonly pod: string;
  /** The spec that has it. */
  readonly owner: string;
}

/**
 * Gives each name to one spec: the one that had it before; at the start, the one that the running pod was made of; else
 * the first by its path. A name whose owner is gone, or names another pod now, goes to whoever names it too: that is how
 * a spec is renamed or moved while its pod runs on.
 */
export function claimPods(
  specs: Iterable<KnownSpec>,
  before: NamedPods,
  running: RunningFiles,
): { readonly pods: NamedPods; readonly rivals: readonly Rival[] } {
  const candidates = new Map<string, WantedPod[]>();
  for (const { good } of specs) {
    if (good === undefined) continue;
    const { name } = good.pod;
    const others = candidates.get(name);
    if (others === undefined) candidates.set(name, [good]);
    else others.push(good);
  }
  const pods = new Map<string, WantedPod>();
  const rivals: Rival[] = [];
  for (const name of [...candidates.keys()].sort()) {
    const named = candidates.get(name) ?? [];
    const owner = named.length === 1
      ? named[0]
      : ownerOf(named, before.get(name)?.key, running.get(name) ?? []);
    if (owner === undefined) continue;
    pods.set(name, owner);
    for (const { key } of named) if (key !== owner.key) rivals.push({ key, pod: name, owner: owner.key });
  }
  return { pods, rivals };
}

function ownerOf(
  named: readonly WantedPod[],
  before: string | undefined,
  running: readonly string[],
): WantedPod | undefined {
  const sorted = [...named].sort((one, other) => one.key < other.key ? -1 : 1);
  return sorted.find(({ key }) => key === before) ??
    sorted.find(({ pod }) => pod.source.files.some((file) => running.includes(file))) ??
    sorted[0];
}
