import { findOrphans, type Labelled, type OrphanBounds } from "../../operator/find_orphans.ts";
import type { SpecTeller } from "../../operator/spec_teller.ts";
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
  readonly teller: Pick<SpecTeller, "tellKept">;
}

/** Pods of before whose specs were taken away while nobody looked. */
export class OrphanedPods {
  readonly #options: OrphanedPodsOptions;
  readonly #bounds: OrphanBounds;
  #since: ReadonlyMap<string, number> = new Map();

  constructor(options: OrphanedPodsOptions) {
    this.#options = options;
    this.#bounds = { settle, doubt, allowEmpty: options.allowEmpty ?? false };
  }

  /** The pods that are to go, by what is wanted now. */
  find({ pods, directories }: Pick<WantedPods, "pods" | "directories">): readonly string[] {
    const { cluster, clock, teller } = this.#options;
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
    teller.tellKept(found.kept);
    return found.orphans;
  }
}
