/** When a pod without a spec is believed to be gone. */

import type { NamedPods } from "./claim_pods.ts";
import { earlier, type SpecBounds, type SpecsState } from "./decide_specs.ts";
import type { WantedPod } from "./spec_source.ts";

/** A pod that no spec names. */
export interface Leaving {
  /** As it was wanted last. */
  readonly pod: WantedPod;
  /** `clock.elapsed()` when no spec named it any more. */
  readonly lostAt: number;
  /** The same, as far as it counts: undefined while its directory cannot be read, or {@linkcode heir} may be its spec. */
  readonly since?: number;
  /** What came when its spec went, and has not said yet which pod it is: a file that was renamed and edited in one. */
  readonly heir?: string;
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
  /** As it was, with the specs as they are. */
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
 * Tells pods that are gone from those that only look like it: a pod is kept while its directory cannot be read, or
 * something that came with the loss of its spec may be that spec under another name, until no spec has named it for a
 * while, and for longer where more than half of the pods, and five at least, go at once, or the directory was replaced by
 * an empty one.
 */
export function believedGone({ before, claimed, now, bounds }: Question): Gone {
  const candidates = leavingNow(before, claimed, now, bounds);
  const losses = bounds.allowEmpty
    ? []
    : lossesAmong([...candidates.values()].map(({ pod }) => pod), claimed, before.replaced);
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
  { pods, leaving, unreadable, specs, unclear }: SpecsState,
  claimed: NamedPods,
  now: number,
  { rescan }: SpecBounds,
): Map<string, Leaving> {
  const found = new Map<string, Leaving>();
  let heirs: readonly Heir[] | undefined;
  for (const [name, pod] of pods) {
    if (claimed.has(name)) continue;
    const { lostAt = now, since = now } = leaving.get(name) ?? {};
    // What is not seen is not gone: the time counts anew when the directory can be read again.
    if (unreadable.has(pod.directory)) {
      found.set(name, { pod, lostAt });
      continue;
    }
    heirs ??= [...neverRight(specs, unclear)];
    // A new name may be seen before the old one is gone, by a program that copies and then deletes.
    const heir = heirs.find(({ appearedAt }) => appearedAt >= lostAt - rescan);
    found.set(name, heir === undefined ? { pod, lostAt, since } : { pod, lostAt, heir: heir.key });
  }
  return found;
}

interface Heir {
  readonly key: string;
  readonly appearedAt: number;
}

/** What is there and has never said which pod it is. */
function* neverRight(specs: SpecsState["specs"], unclear: SpecsState["unclear"]): Generator<Heir> {
  for (const { key, appearedAt, good } of specs.values()) if (good === undefined) yield { key, appearedAt };
  for (const [key, { appearedAt }] of unclear) if (!specs.has(key)) yield { key, appearedAt };
}

function lossesAmong(
  leaving: readonly WantedPod[],
  claimed: NamedPods,
  replaced: ReadonlySet<string>,
): Loss[] {
  const lost = countByDirectory(leaving);
  const kept = countByDirectory(claimed.values());
  const isLoss = (gone: number, left: number) => gone >= fewestOfLoss && gone > left;
  const everywhere = isLoss(leaving.length, claimed.size);
  return [...lost].flatMap(([directory, count]) => {
    const left = kept.get(directory) ?? 0;
    return everywhere || isLoss(count, left) || replaced.has(directory)
      ? [{ directory, lost: count, of: count + left }]
      : [];
  });
}

function countByDirectory(pods: Iterable<WantedPod>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { directory } of pods) counts.set(directory, (counts.get(directory) ?? 0) + 1);
  return counts;
}
