import { messageOf } from "../pod/errors.ts";
import type { Clock } from "../pod/clock.ts";
import type { Pod } from "../pod/model.ts";
import type { Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { Plan, Step } from "../plan/step.ts";
import { bounded } from "./bounded.ts";
import type { PodPlanner } from "./pod_planner.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";
import { walkPlan } from "./walk_plan.ts";
import type { WalkObserver } from "./walk_observer.ts";
import { inWords } from "./words.ts";

/** What taking a pod down needs. */
export interface TakeDownTools {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly planner: PodPlanner;
  readonly bounds: SupervisionBounds;
  readonly observer?: WalkObserver;
  readonly onWalk?: (plan: Plan) => void;
  /** Aborted when nobody wants to wait for graces any more. */
  readonly hastened: AbortSignal;
}

/**
 * Stops a pod's containers, and removes all of it if asked to: it lists, plans and walks until a list shows that
 * nothing is left, so that a container whose creation was still under way is not forgotten.
 *
 * Bounded, whatever the engine does: the graces that the plan has to wait for one after the other and
 * `bounds.stopMargin`; then, or when hastened, everything is killed, within `bounds.killMargin`.
 *
 * @returns what is left and why, in a sentence; undefined when all is done
 */
export async function takeDown(
  request: {
    readonly pod: Pod;
    readonly remove: boolean;
    /** With `remove`: the pod's volumes as well, with all data in them. */
    readonly volumes?: boolean;
    readonly graceSeconds?: number;
  },
  tools: TakeDownTools,
): Promise<string | undefined> {
  const attempts = new Attempts(request, tools);
  const began = tools.clock.elapsed();
  if (
    !tools.hastened.aborted &&
    await attempts.run(request.graceSeconds, tools.bounds.stopMargin, tools.hastened)
  ) {
    return undefined;
  }
  // Nothing hastens a kill.
  if (await attempts.run(0, tools.bounds.killMargin, new AbortController().signal)) return undefined;
  return attempts.leftBehind(tools.clock.elapsed() - began);
}

class Attempts {
  #last: readonly ObservedContainer[] | undefined;
  #problem = "the engine does not answer";

  constructor(
    readonly request: { readonly pod: Pod; readonly remove: boolean; readonly volumes?: boolean },
    readonly tools: TakeDownTools,
  ) {}

  /** Tries until nothing is left or the time is over. True: nothing is left. */
  async run(graceSeconds: number | undefined, margin: number, signal: AbortSignal): Promise<boolean> {
    const { clock, bounds } = this.tools;
    const began = clock.elapsed();
    // What the plan takes is known when there is one.
    let budget = margin;
    for (let attempt = 1;; attempt++) {
      const left = () => Math.max(0, budget - (clock.elapsed() - began));
      try {
        await bounded("list what is left", left(), { clock, signal }, (bound) => this.#list(bound));
        if (attempt > 1 && this.#isDone()) return true;
        const plan = await bounded(
          "plan the end of the pod",
          left(),
          { clock, signal },
          (bound) => this.#plan(graceSeconds, bound),
        );
        budget = Math.max(budget, margin + longestWait(plan, this.request.pod, bounds));
        await this.#walk(plan, signal, left());
      } catch (error) {
        if (signal.aborted) return false;
        this.#problem = messageOf(error);
        if (left() > 0) await this.#pause(Math.min(bounds.stopRetry, left()), signal);
      }
      if (signal.aborted || left() <= 0) return this.#last !== undefined && attempt > 1 && this.#isDone();
    }
  }

  leftBehind(elapsed: number): string {
    const { pod, remove } = this.request;
    const alive = (this.#last ?? []).filter((container) => remove || isAlive(container));
    const what = this.#last === undefined
      ? "what is left of it is not known"
      : `left: ${alive.map(({ name, state }) => `${name} (${state})`).join(", ") || "networks or volumes"}`;
    return `Cannot ${remove ? "remove" : "stop"} pod ${pod.name} within ${
      inWords(elapsed)
    }: ${this.#problem}; ${what}. ` +
      `Run mesolet down ${pod.name} when the engine answers again`;
  }

  #isDone(): boolean {
    const left = this.#last ?? [];
    return this.request.remove ? left.length === 0 : !left.some(isAlive);
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#last = await this.tools.engine.listContainers(this.request.pod.name, signal);
  }

  async #plan(graceSeconds: number | undefined, signal: AbortSignal): Promise<Plan> {
    const { pod, remove, volumes } = this.request;
    return await this.tools.planner.takeDown({
      pod,
      containers: this.#last ?? [],
      remove,
      ...(volumes === undefined ? {} : { volumes }),
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
    }, signal);
  }

  async #walk(plan: Plan, signal: AbortSignal, milliseconds: number): Promise<void> {
    const { engine, clock, bounds, observer } = this.tools;
    const ids = new Map((this.#last ?? []).map(({ name, id }) => [name, id]));
    this.tools.onWalk?.(plan);
    const timer = new AbortController();
    const over = new AbortController();
    const timeOut = clock.sleep(milliseconds, timer.signal).then(() => over.abort(), () => {});
    try {
      const result = await walkPlan(plan, {
        engine,
        clock,
        signal: AbortSignal.any([signal, over.signal]),
        ids,
        bounds,
        ...(observer === undefined ? {} : { observer }),
      });
      if (result.outcome === "failed") throw result.failures[0];
      if (result.outcome === "aborted" && !signal.aborted) {
        const names = result.interrupted.map((step) => step.id).join(", ");
        throw new Error(`no answer within ${inWords(milliseconds)} to: ${names}`);
      }
    } finally {
      timer.abort();
      await timeOut;
    }
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await this.tools.clock.sleep(milliseconds, signal);
    } catch {
      // Hastened: the caller sees it.
    }
  }
}

/** The longest that graces and hooks of a plan can add up to, one after the other, in milliseconds. */
export function longestWait(plan: Plan, pod: Pod, bounds: SupervisionBounds): number {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const known = new Map<string, number>();
  const until = (step: Step): number => {
    const before = known.get(step.id);
    if (before !== undefined) return before;
    known.set(step.id, 0);
    const earlier = step.after.flatMap((id) => steps.get(id) ?? []).map(until);
    const total = Math.max(0, ...earlier) + ownWait(step, pod, bounds);
    known.set(step.id, total);
    return total;
  };
  return Math.max(0, ...plan.steps.map(until));
}

function ownWait(step: Step, pod: Pod, bounds: SupervisionBounds): number {
  if (step.kind === "run-hook") return bounds.preStopHook;
  if (step.kind !== "stop-container") return 0;
  if (step.graceSeconds !== undefined) return step.graceSeconds * 1000;
  const spec = pod.containers.find((container) => container.name === step.container?.name);
  return spec?.stop.graceMilliseconds ?? bounds.defaultGraceSeconds * 1000;
}

function isAlive(container: ObservedContainer): boolean {
  return container.state === "running" || container.state === "paused" || container.state === "restarting";
}
