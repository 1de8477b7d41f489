/** When a pod without a spec is believed to be gone. */

import type { NamedPods } from "./claim_pods.ts";
import { earlier, type SpecBounds, type SpecsState } from "./decide_specs.ts";
import type { WantedPod } from "./spec_source.ts";

/** A pod that no spec names. */
export interface Leaving {
  /** As it was wanted last. */
  readonly pod: WantedPod;
  /** `clock.elapsed()` since when no spec names it; undefined while its directory cannot be read. */
  readonly since?: number;
}

/** So many pods that have lost their specs at once that a mistake is likelier than a wish. */
export interface Loss {
  readonly directory: string;
  readonly lost: number;
  readonly of: number;
}

/** Fewer may go without being asked for twice. */
const fewestOfLoss = 5;

interface Question {
  readonly before: SpecsState;
  readonly claimed: NamedPods;
  readonly now: number;
  readonly bounds: SpecBounds;
}

interface Gone {
  /** Those that are kept for now. */
  readonly leaving: ReadonlyMap<string, Leaving>;
  readonly losses: readonly Loss[];
  readonly lookAgainAt: number | undefined;
}

/**
 * Tells pods that are gone from those that only look like it: a pod is kept while its directory cannot be read, until no
 * spec has named it for a while, and for longer where more than half of the pods, and five at least, go at once.
 */
export function believedGone({ before, claimed, now, bounds }: Question): Gone {
  const candidates = leavingNow(before, claimed, now);
  const losses = bounds.allowEmpty
    ? []
    : lossesAmong([...candidates.values()].map(({ pod }) => pod), claimed);
  const inLoss = new Set(losses.map(({ directory }) => directory));
  const leaving = new Map<string, Leaving>();
  const losing = new Set<string>();
  let lookAgainAt: number | undefined;
  for (const [name, entry] of candidates) {
    const { pod: { directory }, since } = entry;
    if (since === undefined) {
      leaving.set(name, entry);
      continue;
    }
    const due = since + (inLoss.has(directory) ? bounds.rescan : bounds.settle);
    if (now >= due) continue;
    leaving.set(name, entry);
    losing.add(directory);
    lookAgainAt = earlier(lookAgainAt, due);
  }
  return { leaving, losses: losses.filter(({ directory }) => losing.has(directory)), lookAgainAt };
}

function leavingNow(
  { pods, leaving, unreadable }: SpecsState,
  claimed: NamedPods,
  now: number,
): Map<string, Leaving> {
  const found = new Map<string, Leaving>();
  for (const [name, pod] of pods) {
    if (claimed.has(name)) continue;
    // What is not seen is not gone: the time counts anew when the directory can be read again.
    found.set(
      name,
      unreadable.has(pod.directory) ? { pod } : { pod, since: leaving.get(name)?.since ?? now },
    );
  }
  return found;
}

function lossesAmong(leaving: readonly WantedPod[], claimed: NamedPods): Loss[] {
  const lost = countByDirectory(leaving);
  const kept = countByDirectory(claimed.values());
  const isLoss = (gone: number, left: number) => gone >= fewestOfLoss && gone > left;
  const everywhere = isLoss(leaving.length, claimed.size);
  return [...lost].flatMap(([directory, count]) => {
    const left = kept.get(directory) ?? 0;
    return everywhere || isLoss(count, left) ? [{ directory, lost: count, of: count + left }] : [];
  });
}

function countByDirectory(pods: Iterable<WantedPod>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { directory } of pods) counts.set(directory, (counts.get(directory) ?? 0) + 1);
  return counts;
}
