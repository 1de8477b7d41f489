import { messageOf } from "../pod/errors.ts";
import type { Engine } from "../docker/engine.ts";
import type { Clock } from "../pod/clock.ts";
import type { Pod } from "../pod/model.ts";
import type { ContainerReference, Plan } from "../plan/step.ts";
import type { EventFeed } from "./event_feed.ts";
import type { PodPlanner } from "./pod_planner.ts";
import { StepError } from "./step_error.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";
import type { RestartFailure } from "./supervisor_state.ts";
import type { WalkObserver } from "./walk_observer.ts";
import { walkPlan } from "./walk_plan.ts";
import { answers } from "./work.ts";

/** Starts a container that is there, with its `post_start` hooks. Never rejected. */
export async function startAgain(
  pod: Pod,
  container: Parameters<PodPlanner["startAgain"]>[0]["container"],
  tools: {
    readonly engine: Engine;
    readonly clock: Clock;
    readonly planner: PodPlanner;
    readonly feed: EventFeed;
    readonly bounds: SupervisionBounds;
    readonly observer?: WalkObserver;
    readonly onPlan: (plan: Plan) => void;
    /** Aborted when the pod is not kept any more. */
    readonly signal: AbortSignal;
    /** Aborted at the end of all. */
    readonly lifetime: AbortSignal;
  },
): Promise<"started" | "aborted" | RestartFailure> {
  const { engine, clock, planner, feed, bounds, observer, signal } = tools;
  try {
    const plan = planner.startAgain({ pod, container });
    tools.onPlan(plan);
    const result = await walkPlan(plan, {
      engine,
      clock,
      signal,
      ids: new Map([[container.containerName, container.id]]),
      feed,
      bounds,
      ...(observer === undefined ? {} : { observer }),
    });
    if (result.outcome === "failed") throw result.failures[0];
    return result.outcome === "aborted" ? "aborted" : "started";
  } catch (error) {
    const engineGone = !await answers(engine, tools.lifetime);
    const byHook = error instanceof StepError && error.step.kind === "run-hook";
    return { reason: messageOf(error), engineGone, byHook };
  }
}

/**
 * Stops a container whose `post_start` hook failed, for as long as that is wanted: an engine that is away or busy makes
 * it no better. Never rejected.
 */
export async function stopUnhooked(
  target: ContainerReference,
  tools: {
    readonly engine: Engine;
    readonly clock: Clock;
    readonly bounds: SupervisionBounds;
    readonly signal: AbortSignal;
    /** False as soon as it does not run any more, or another life of it has begun. */
    readonly isWanted: () => boolean;
  },
): Promise<void> {
  const { engine, clock, bounds, signal } = tools;
  while (!signal.aborted && tools.isWanted()) {
    try {
      await engine.apply({
        id: `stop ${target.name}`,
        kind: "stop-container",
        cause: "its post_start hook failed",
        after: [],
        target,
      }, { ids: new Map(), signal });
      return;
    } catch {
      await clock.sleep(bounds.reconnectLast, signal).catch(() => {});
    }
  }
}
