/** What directories hold: specs as they are found, loaded, and believed. */

import type { Problem } from "../pod/errors.ts";
import type { TravellingSpec } from "../compose/travelling_spec.ts";
import type { Pod } from "../pod/model.ts";
import type { SpecProblem } from "./pod_board.ts";

/** A spec as a scan finds it: nothing of it is read. */
export interface SpecVersion {
  /** Absolute path of the file, or of the directory of a Compose project. */
  readonly key: string;
  /**
   * Made of the stat data of all files that the spec is known to be made of: another text means that one of them is
   * another one now, or that a missing one is there.
   */
  readonly version: string;
}

/** What one look at a directory finds, by stat alone. */
export interface SpecScan {
  /** Absolute path, as it was given. */
  readonly directory: string;
  /** Sorted by key. */
  readonly specs: readonly SpecVersion[];
  /** Paths of the directories in it that hold a project, or may come to hold one. */
  readonly directories: readonly string[];
  /** Entries that could not be looked at, so that nobody knows whether they are specs; sorted by key. */
  readonly unclear: readonly { readonly key: string; readonly problem: Problem }[];
  /** Why the directory itself cannot be read. */
  readonly problems: readonly Problem[];
  /** Only what a readable directory does not hold is gone. */
  readonly readable: boolean;
  /** The file system that it is on, as text; absent where that is not known. */
  readonly device?: string;
  /** Another text means that it is another directory; absent where that is not known. */
  readonly identity?: string;
}

/** A spec that is right. */
export interface GoodSpec extends SpecVersion {
  readonly pod: Pod;
  /** What tasks of a cluster are made of; only where specs are read for one. */
  readonly forCluster?: {
    readonly travelling: TravellingSpec;
    /** `x-pod.ports`, as written. */
    readonly offeredPorts: readonly string[];
  };
  /** Absolute paths of all files that it was made of. */
  readonly files: readonly string[];
  /** With their places. */
  readonly warnings: readonly Problem[];
  /** Gives problems that name a field its place in the texts that this version was made of. */
  readonly locate: (problems: readonly Problem[]) => Promise<Problem[]>;
}

/** A spec that is wrong: unreadable, half-written, no pod. */
export interface BadSpec extends SpecVersion {
  readonly files: readonly string[];
  /** With their places; at least one of them is an error. */
  readonly problems: readonly Problem[];
}

/** What became of reading one version of a spec. */
export type LoadedSpec = GoodSpec | BadSpec;

/** Whether a spec can be run. */
export function isGood(spec: LoadedSpec): spec is GoodSpec {
  return "pod" in spec;
}

/** A pod that is to run. The same version of a spec gives the same object for it, pass by pass. */
export interface WantedPod extends GoodSpec {
  /** The watched directory that the spec is in. */
  readonly directory: string;
}

/**
 * How far a directory is believed.
 * - `known`: every spec in it has said which pod it is, now or in an earlier version.
 * - `unclear`: one at least never said, so a pod of this directory without a spec may be just that one's.
 * - `unreadable`: nothing is known of what it holds by now.
 */
export type DirectoryState = "known" | "unclear" | "unreadable";

/** What is to run, by all that the directories say and said. */
export interface WantedPods {
  /**
   * By the pod's name. A pod that is not in here any more is to be stopped and removed: it is not gone by a mistake, as
   * far as that can be ruled out. One that this operator never saw in here (an orphan of an earlier one) is to be removed
   * only where its directory is `known`.
   */
  readonly pods: ReadonlyMap<string, WantedPod>;
  /** Sorted by key. */
  readonly problems: readonly SpecProblem[];
  readonly directories: ReadonlyMap<string, DirectoryState>;
  /** Specs that were read in this pass and say something else than before, whether good or bad. */
  readonly loaded: readonly LoadedSpec[];
}
