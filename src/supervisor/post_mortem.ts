import type { Clock } from "../pod/clock.ts";
import type { ContainerDetail, Engine } from "../docker/engine.ts";
import { bounded } from "./bounded.ts";
import { readLastLog } from "./last_log.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";

/** What was found of a container that ended, or is unwell. */
export interface Findings {
  /** `unknown`: the engine did not answer. null: the container is gone. */
  readonly detail: ContainerDetail | null | "unknown";
  /** Oldest first; empty for a container that is well. */
  readonly lastLog: readonly string[];
  /** Whether it has ended, or is unhealthy. */
  readonly isUnwell: boolean;
}

/** Looks at a container that ended or became unhealthy, and at what it said last. Bounded, and never throws. */
export async function postMortem(
  id: string,
  tools: {
    readonly engine: Pick<Engine, "inspect" | "logs">;
    readonly clock: Clock;
    readonly bounds: SupervisionBounds;
    readonly signal: AbortSignal;
  },
): Promise<Findings> {
  let detail: Findings["detail"];
  try {
    detail = await bounded(
      `inspect ${id}`,
      tools.bounds.postMortem,
      tools,
      (signal) => tools.engine.inspect(id, signal),
    );
  } catch {
    detail = "unknown";
  }
  if (detail === null || detail === "unknown") return { detail, lastLog: [], isUnwell: false };
  const isUnwell = detail.state === "exited" || detail.state === "dead" || detail.health === "unhealthy";
  const lastLog = isUnwell ? await readLastLog(id, { ...tools, since: detail.startedAt }) : [];
  return { detail, lastLog, isUnwell };
}
