import { findOrphans, type Labelled, type OrphanBounds } from "../../operator/find_orphans.ts";
import type { WantedPods } from "../../operator/spec_source.ts";
import type { Clock } from "../../pod/clock.ts";
import { Label, OperatorLabel } from "../../pod/labels.ts";
import type { Cluster } from "./cluster/cluster.ts";

/** The times of looking, in milliseconds; those of an operator on one host. */
const settle = 250;
const doubt = 5_000;

/** What pods without a spec are found with. */
export interface OrphanedPodsOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Believe at once that most pods have no spec any more. */
  readonly allowEmpty?: boolean;
  readonly tell: (text: string) => void;
}

/** Pods of before whose specs were taken away while nobody looked. */
export class OrphanedPods {
  readonly #options: OrphanedPodsOptions;
  readonly #bounds: OrphanBounds;
  readonly #told = new Map<string, string>();
  #since: ReadonlyMap<string, number> = new Map();

  constructor(options: OrphanedPodsOptions) {
    this.#options = options;
    this.#bounds = { settle, doubt, allowEmpty: options.allowEmpty ?? false };
  }

  /** The pods that are to go, by what is wanted now. */
  find({ pods, directories }: Pick<WantedPods, "pods" | "directories">): readonly string[] {
    const { cluster, clock, tell } = this.#options;
    const parts: Labelled[] = [];
    const known = new Set(pods.keys());
    for (const [name, { origin, isDecided }] of cluster.pods) {
      if (isDecided) known.add(name);
      if (origin === undefined) continue;
      parts.push({ labels: { [Label.pod]: name, [OperatorLabel.directory]: origin.directory } });
    }
    const found = findOrphans({
      parts,
      known,
      directories,
      since: this.#since,
      now: clock.elapsed(),
      bounds: this.#bounds,
    });
    this.#since = found.since;
    for (const [directory, { pods: count, why }] of found.kept) {
      const text = why === "too-many"
        ? `${directory} has no specs of ${count} pods that run, most of all: they are kept until a second look, ` +
          "unless --allow-empty is given"
        : `${count} pods of ${directory} have no spec, and are kept as long as not every spec there can be read`;
      if (this.#told.get(directory) !== text) tell(text);
      this.#told.set(directory, text);
    }
    return found.orphans;
  }
}
