import { messageOf } from "../../pod/errors.ts";
import type { Clock } from "../../pod/clock.ts";
import { MesosLabel } from "../../pod/labels.ts";
import type { Engine } from "../../docker/engine.ts";
import { removePod, removeShared } from "../../supervisor/remove_pod.ts";
import { type AgentView, type Judgement, judgePods } from "./judge.ts";
import type { ProcessView } from "./owner.ts";

/** What a look for pods without an executor works with. */
export interface ReapOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly view: ProcessView;
  /** What the agent says; undefined: it is not asked. */
  readonly agent?: AgentView | undefined;
  /** Only these; absent: all. */
  readonly isWanted?: (labels: Readonly<Record<string, string>>) => boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly graceSeconds?: number;
  /** Also what all pods of a host share, where none is left that uses it. */
  readonly shared: boolean;
  readonly signal: AbortSignal;
}

/** What came of one pod. */
export interface Reaped extends Judgement {
  readonly outcome: "kept" | "would be removed" | "removed" | "failed";
  /** Why it could not be removed. */
  readonly problem?: string;
}

/**
 * Looks once for pods of Mesos tasks whose executor is gone, and removes them side by side. What fails with one pod
 * keeps no other from being removed.
 *
 * @throws {MesoletError} when the engine does not list what there is
 */
export async function reapOnce(options: ReapOptions): Promise<readonly Reaped[]> {
  const { engine, clock, view, agent, dryRun, graceSeconds, shared, signal } = options;
  const all = await engine.listParts(MesosLabel.executor, signal);
  const parts = options.isWanted === undefined ? all : all.filter(({ labels }) => options.isWanted?.(labels));
  const reaped = await Promise.all(
    judgePods(parts, view, agent).map(async (judgement): Promise<Reaped> => {
      if (judgement.verdict === "keep") return { ...judgement, outcome: "kept" };
      if (dryRun) return { ...judgement, outcome: "would be removed" };
      try {
        await removePod(judgement.pod, {
          engine,
          clock,
          signal,
          ...(graceSeconds === undefined ? {} : { graceSeconds }),
        });
        return { ...judgement, outcome: "removed" };
      } catch (error) {
        if (signal.aborted) throw error;
        return {
          ...judgement,
          outcome: "failed",
          problem: messageOf(error),
        };
      }
    }),
  );
  if (shared && !dryRun && reaped.every(({ outcome }) => outcome === "removed")) {
    await removeShared({ engine, clock, signal });
  }
  return reaped;
}
