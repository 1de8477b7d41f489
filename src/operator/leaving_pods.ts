/** When a pod without a spec is believed to be gone. */

import type { NamedPods } from "./claim_pods.ts";
import { earlier, type RunningPod, type SpecBounds, type SpecsState } from "./decide_specs.ts";
import type { WantedPod } from "./spec_source.ts";

/** A pod that no spec names. */
export interface Leaving {
  /** The watched directory that it was in. */
  readonly directory: string;
  /** `clock.elapsed()` since when no spec names it; undefined while its directory cannot be read. */
  readonly since?: number;
  /** As it was wanted last; undefined for one that an earlier operator left. */
  readonly pod?: WantedPod;
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
  readonly running: ReadonlyMap<string, RunningPod> | undefined;
  readonly now: number;
  readonly bounds: SpecBounds;
}

interface Gone {
  /** Those that are kept for now. */
  readonly leaving: ReadonlyMap<string, Leaving>;
  /** Those that are not, until nothing of them runs. */
  readonly gone: ReadonlySet<string>;
  readonly losses: readonly Loss[];
  readonly lookAgainAt: number | undefined;
}

/**
 * Tells pods that are gone from those that only look like it: a pod is kept while its directory cannot be read, until no
 * spec has named it for a while, and for longer where more than half of the pods, and five at least, go at once. An
 * orphan is kept as well while a spec of its directory has never said which pod it is.
 */
export function believedGone({ before, claimed, running, now, bounds }: Question): Gone {
  const candidates = leavingNow(before, claimed, running, now);
  const losses = bounds.allowEmpty ? [] : lossesAmong(candidates, claimed);
  const inLoss = new Set(losses.map(({ directory }) => directory));
  const unsaid = directoriesWithUnsaid(before);
  const leaving = new Map<string, Leaving>();
  const gone = new Set(
    [...before.gone].filter((name) => !claimed.has(name) && (running === undefined || running.has(name))),
  );
  const losing = new Set<string>();
  let lookAgainAt: number | undefined;
  for (const [name, entry] of candidates) {
    const due = (entry.since ?? now) + (inLoss.has(entry.directory) ? bounds.rescan : bounds.settle);
    const held = before.unreadable.has(entry.directory) ||
      (entry.pod === undefined && unsaid.has(entry.directory));
    if (held || now < due) {
      leaving.set(name, entry);
      if (held) continue;
      losing.add(entry.directory);
      lookAgainAt = earlier(lookAgainAt, due);
    } else gone.add(name);
  }
  return {
    leaving,
    gone,
    losses: losses.filter(({ directory }) => losing.has(directory)),
    lookAgainAt,
  };
}

function leavingNow(
  { pods, leaving, gone, unreadable, directories }: SpecsState,
  claimed: NamedPods,
  running: ReadonlyMap<string, RunningPod> | undefined,
  now: number,
): Map<string, Leaving> {
  const found = new Map<string, Leaving>();
  const add = (name: string, directory: string, pod?: WantedPod) => {
    if (claimed.has(name) || found.has(name) || gone.has(name)) return;
    // What is not seen is not gone: the time counts anew when the directory can be read again.
    const since = unreadable.has(directory) ? {} : { since: leaving.get(name)?.since ?? now };
    found.set(name, { directory, ...since, ...(pod === undefined ? {} : { pod }) });
  };
  for (const [name, pod] of pods) add(name, pod.directory, pod);
  for (const [name, { directory }] of running ?? []) {
    if (directories.includes(directory)) add(name, directory);
  }
  return found;
}

function lossesAmong(leaving: ReadonlyMap<string, Leaving>, claimed: NamedPods): Loss[] {
  const lost = countByDirectory(leaving.values());
  const kept = countByDirectory(claimed.values());
  const isLoss = (gone: number, left: number) => gone >= fewestOfLoss && gone > left;
  const everywhere = isLoss(leaving.size, claimed.size);
  return [...lost].flatMap(([directory, count]) => {
    const left = kept.get(directory) ?? 0;
    return everywhere || isLoss(count, left) ? [{ directory, lost: count, of: count + left }] : [];
  });
}

function countByDirectory(entries: Iterable<{ readonly directory: string }>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { directory } of entries) counts.set(directory, (counts.get(directory) ?? 0) + 1);
  return counts;
}

/** Directories with a spec of which no version was ever right: nobody knows which pod it means. */
function directoriesWithUnsaid({ specs, unclear }: SpecsState): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const { directory } of unclear.values()) directories.add(directory);
  for (const { directory, good } of specs.values()) if (good === undefined) directories.add(directory);
  return directories;
}
