import { messageOf } from "../../pod/errors.ts";
import { Label } from "../../pod/labels.ts";
import { cgroupOfPod } from "../../plan/pod_cgroup.ts";
import { type CgroupHost, cgroupsUsable, removeCgroup } from "../../docker/cgroup.ts";
import { podsWithEmptyCgroup } from "../../docker/empty_cgroups.ts";
import type { Engine } from "../../docker/engine.ts";
import { isTaskPodName } from "../task/pod_name.ts";

/** A pod that is being made has an empty cgroup for an instant; what is empty for longer than this is left over. */
export const emptyFor = 10_000;

/** The cgroup of a pod that nothing else is left of, and what came of it. */
export interface ReapedCgroup {
  readonly pod: string;
  readonly outcome: "would be removed" | "removed" | "failed";
  readonly problem?: string;
}

/**
 * Removes parent cgroups of tasks' pods that an executor left which was killed between making the cgroup and the first
 * container. Labels cannot tell of those: what counts is that the directory is empty, that the engine has nothing of a
 * pod of its name, and that both were so at a look ten seconds ago or longer.
 */
export class CgroupReaper {
  readonly #engine: Pick<Engine, "facts" | "listParts">;
  readonly #host: CgroupHost;
  /** When each was seen to be left over first, in milliseconds of the clock. */
  readonly #seen: Map<string, number>;

  /** @param before one that looked before, whose suspicions this one takes on: engines are connected anew */
  constructor(engine: Pick<Engine, "facts" | "listParts">, host: CgroupHost, before?: CgroupReaper) {
    this.#engine = engine;
    this.#host = host;
    this.#seen = new Map(before === undefined ? [] : before.#seen);
  }

  /** How many are suspected, and were not for long enough yet. */
  get suspected(): number {
    return this.#seen.size;
  }

  /**
   * Looks once.
   *
   * @throws {MesoletError} when the engine does not list what there is
   */
  async look(dryRun: boolean, signal: AbortSignal): Promise<readonly ReapedCgroup[]> {
    const { facts } = this.#engine;
    if (!(await cgroupsUsable(facts, this.#host)).usable) return [];
    const empty = (await podsWithEmptyCgroup(facts, this.#host)).filter(isTaskPodName);
    if (empty.length === 0) {
      this.#seen.clear();
      return [];
    }
    const owned = new Set(
      (await this.#engine.listParts(Label.pod, signal)).map(({ labels }) => labels[Label.pod]),
    );
    const left = empty.filter((pod) => !owned.has(pod));
    for (const pod of this.#seen.keys()) if (!left.includes(pod)) this.#seen.delete(pod);
    const now = this.#host.clock.elapsed();
    const reaped: ReapedCgroup[] = [];
    for (const pod of left) {
      const since = this.#seen.get(pod) ?? now;
      this.#seen.set(pod, since);
      if (now - since < emptyFor) continue;
      this.#seen.delete(pod);
      reaped.push(dryRun ? { pod, outcome: "would be removed" } : await this.#remove(pod, signal));
    }
    return reaped;
  }

  async #remove(pod: string, signal: AbortSignal): Promise<ReapedCgroup> {
    const spec = cgroupOfPod(pod, [], this.#engine.facts);
    try {
      if (spec !== undefined) await removeCgroup(spec, this.#host, signal);
      return { pod, outcome: "removed" };
    } catch (error) {
      if (signal.aborted) throw error;
      return { pod, outcome: "failed", problem: messageOf(error) };
    }
  }
}
