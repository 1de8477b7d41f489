import type { CoveredImages } from "./covered_images.ts";

/** What a person or a program wants of a plan beyond the placed pod. */
export interface UpOptions {
  /** Replace containers although nothing changed, or keep them although something did. */
  readonly recreate: "changed" | "always" | "never";
  /** Replace anonymous volumes by empty ones instead of carrying them over. */
  readonly renewAnonymousVolumes: boolean;
  /** Remove containers of the pod that the spec no longer names; otherwise they are warned about. */
  readonly removeOrphans: boolean;
  /** Create, but start nothing. */
  readonly start: boolean;
  /**
   * Containers that have ended: `start` them again (a person said `up`), or `leave` them to their restart policy
   * (a running pod is adopted).
   */
  readonly ended: "start" | "leave";
  /** Only these containers and what they depend on. Absent: all. */
  readonly only?: readonly string[];
  /** With `only`: not what they depend on. */
  readonly withoutDependencies: boolean;
  /** Pull policy from the command line, for all images. */
  readonly pull?: "always" | "missing" | "never";
  /** Images that archives have: no registry is asked for them, unless `pull` is `always`. Absent: none. */
  readonly covered?: CoveredImages;
  /** Paths of archives that were loaded for this plan, or could not be: they are not loaded again. */
  readonly triedArchives?: ReadonlySet<string>;
  /** Images that have just been pulled: they are not pulled again by this plan. */
  readonly pulled: ReadonlySet<string>;
  /**
   * By id, hashes that containers are taken to have in place of their own, which are of another schema: those of the
   * spec that they were found beside.
   */
  readonly takenHashes?: ReadonlyMap<string, string>;
  /** Milliseconds since 1970, for pull policies with an interval. */
  readonly now: number;
  /** Stop time for containers that are replaced, over that of their spec. */
  readonly graceSeconds?: number;
}

/** The options of a plain `up`. */
export const defaultUpOptions: UpOptions = {
  recreate: "changed",
  renewAnonymousVolumes: false,
  removeOrphans: false,
  start: true,
  ended: "start",
  withoutDependencies: false,
  pulled: new Set(),
  now: 0,
};
