import type { Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { planPutBack } from "../plan/put_back.ts";
import type { Plan } from "../plan/step.ts";
import type { Clock } from "../pod/clock.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";
import type { WalkObserver } from "./walk_observer.ts";
import { walkPlan } from "./walk_plan.ts";

/** What putting back needs. */
export interface PutBackTools {
  readonly engine: Pick<Engine, "apply" | "events" | "inspect" | "listContainers" | "logs" | "ping">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly bounds?: Partial<SupervisionBounds>;
  readonly observer?: WalkObserver | undefined;
  /** Is told of the plan before it is walked; not called when there is nothing to put back. */
  readonly onPlan?: (plan: Plan) => void;
}

/**
 * Undoes a change of a pod that failed or was broken off: see {@linkcode planPutBack}. What is to be done is read from
 * the engine alone, so that it can be done at any time, and twice.
 *
 * @param before the containers as they were before the change; absent: as they are now
 * @returns what became of it, for the end of a message; undefined when nothing had been stopped
 */
export async function putBack(
  pod: string,
  before: readonly ObservedContainer[] | undefined,
  tools: PutBackTools,
): Promise<string | undefined> {
  const { engine, clock, signal, bounds, observer } = tools;
  const containers = await listOrNothing(pod, tools);
  const plan = planPutBack(pod, containers, before ?? containers);
  if (plan.steps.length === 0) return undefined;
  tools.onPlan?.(plan);
  const result = await walkPlan(plan, {
    engine,
    clock,
    signal,
    ids: new Map(containers.map(({ name, id }) => [name, id])),
    ...(bounds === undefined ? {} : { bounds }),
    ...(observer === undefined ? {} : { observer }),
  });
  const started = plan.steps.filter(({ kind }) => kind === "start-container").length;
  const renamed = plan.steps.filter(({ kind }) => kind === "rename-container").length;
  if (result.outcome !== "succeeded") {
    const [failure] = result.failures;
    const why = failure === undefined ? "it was broken off" : failure.message;
    return `what was there before could not be put back: ${why}. Run mesolet up again`;
  }
  if (started > 0) {
    return started === 1 ? "the previous container runs again" : "the previous containers run again";
  }
  if (renamed === 0) return undefined;
  return renamed === 1 ? "the previous container is there again" : "the previous containers are there again";
}

/** An engine that does not answer is why the change failed: that is said already. */
async function listOrNothing(pod: string, { engine, signal }: PutBackTools): Promise<ObservedContainer[]> {
  try {
    return await engine.listContainers(pod, signal);
  } catch {
    return [];
  }
}
