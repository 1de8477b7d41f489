import { Label, OperatorLabel } from "../pod/labels.ts";
import type { DirectoryState } from "./spec_source.ts";

/** Something on the engine, by its labels. */
export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

/** What orphans are told by. */
export interface OrphanRequest {
  /** What is on the engine. */
  readonly parts: readonly Labelled[];
  /** Names of the pods that are wanted, or on their way out already. */
  readonly known: ReadonlySet<string>;
  /** The directories of this operator, and how far each is believed. */
  readonly directories: ReadonlyMap<string, DirectoryState>;
  /** Pods without a spec that were found before, with the `elapsed` time since when. */
  readonly since: ReadonlyMap<string, number>;
  /** `clock.elapsed()` */
  readonly now: number;
  readonly bounds: OrphanBounds;
}

/** Times in milliseconds. */
export interface OrphanBounds {
  /** A pod must have no spec for so long: many programs take a file away to put another in its place. */
  readonly settle: number;
  /** The same for most of the pods of a directory at once: a directory may appear before what is in it. */
  readonly doubt: number;
  /** Most of the pods are believed to be gone as soon as one. */
  readonly allowEmpty: boolean;
}

/** What came of a look. */
export interface FoundOrphans {
  /** Pods to be removed; sorted. */
  readonly orphans: readonly string[];
  /** Those that are kept for now. */
  readonly since: ReadonlyMap<string, number>;
  /** Directories whose pods are kept, and why. */
  readonly kept: ReadonlyMap<string, { readonly pods: number; readonly why: "unclear" | "too-many" }>;
  /** `elapsed` time at which to look again. */
  readonly lookAgainAt: number | undefined;
}

/** Fewer than this are believed to be gone without being asked for twice. */
const few = 5;

/**
 * Finds the pods of an operator's directories that have no spec any more: it was deleted while no operator was there.
 * Pods of other directories, and those that no operator made, are never among them.
 *
 * Nothing is believed of a directory that cannot be read, nor where a spec in it has never said which pod it is: a pod
 * without a spec may be just that one's.
 */
export function findOrphans(request: OrphanRequest): FoundOrphans {
  const { parts, known, directories, now, bounds } = request;
  const orphans: string[] = [];
  const since = new Map<string, number>();
  const kept = new Map<string, { pods: number; why: "unclear" | "too-many" }>();
  let lookAgainAt: number | undefined;
  for (const [directory, state] of directories) {
    const pods = podsOf(directory, parts);
    const lost = [...pods].filter((pod) => !known.has(pod));
    if (lost.length === 0) continue;
    if (state !== "known") {
      kept.set(directory, { pods: lost.length, why: "unclear" });
      continue;
    }
    const isMost = lost.length >= few && lost.length * 2 > pods.size && !bounds.allowEmpty;
    for (const pod of lost) {
      const begun = request.since.get(pod) ?? now;
      const due = begun + (isMost ? bounds.doubt : bounds.settle);
      if (now >= due) {
        orphans.push(pod);
        continue;
      }
      since.set(pod, begun);
      lookAgainAt = Math.min(lookAgainAt ?? due, due);
      if (isMost) kept.set(directory, { pods: lost.length, why: "too-many" });
    }
  }
  return { orphans: orphans.sort(), since, kept, lookAgainAt };
}

function podsOf(directory: string, parts: readonly Labelled[]): ReadonlySet<string> {
  return new Set(
    parts.filter(({ labels }) => labels[OperatorLabel.directory] === directory)
      .flatMap(({ labels }) => labels[Label.pod] ?? []),
  );
}
