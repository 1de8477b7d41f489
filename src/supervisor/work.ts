import type { Clock } from "../pod/clock.ts";
import { SpecError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { ContainerDetail, Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import type { EventFeed } from "./event_feed.ts";
import type { PodPlanner } from "./pod_planner.ts";
import { PullCounter } from "./pull_counter.ts";
import { StepError } from "./step_error.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";
import type { Effect, WorkResult } from "./supervisor_state.ts";
import { untilAborted } from "./until_aborted.ts";
import { walkPlan } from "./walk_plan.ts";
import type { WalkObserver } from "./walk_observer.ts";

/** What making and walking a plan needs. */
export interface WorkTools {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly planner: PodPlanner;
  readonly feed: EventFeed;
  readonly bounds: SupervisionBounds;
  readonly observer: WalkObserver | undefined;
  readonly startsAgain: (detail: ContainerDetail) => boolean;
  /** A plan is made; {@linkcode Work.walk} has to be called, or {@linkcode Work.abort}. */
  readonly onPlanned: (plan: Plan, containers: readonly ObservedContainer[]) => void;
  readonly onPulls: (pullsLeft: number) => void;
}

type WalkEffect = Extract<Effect, { kind: "walk" }>;

/** One way from what is there to what is wanted: a list, a plan, and its walk. */
export class Work {
  /** How it went. Never rejected; fulfilled soon after an abort. */
  readonly ended: Promise<WorkResult>;
  readonly #tools: WorkTools;
  readonly #abort = new AbortController();
  readonly #told = Promise.withResolvers<WalkEffect>();

  /**
   * @param containers a list from this very moment; absent: one is made
   * @param previous work that has to have ended first
   */
  constructor(
    tools: WorkTools,
    request: {
      readonly pod: Pod;
      readonly containers: readonly ObservedContainer[] | undefined;
      readonly previous: Promise<unknown> | undefined;
    },
  ) {
    this.#tools = tools;
    this.ended = this.#run(request);
  }

  abort(): void {
    this.#abort.abort();
  }

  /** What of the plan is to be walked is decided. */
  walk(effect: WalkEffect): void {
    this.#told.resolve(effect);
  }

  async #run(request: ConstructorParameters<typeof Work>[1]): Promise<WorkResult> {
    const { signal } = this.#abort;
    try {
      await request.previous;
      signal.throwIfAborted();
      await untilAborted(this.#plan(request.pod, request.containers, signal), signal);
      return await this.#walk(await untilAborted(this.#told.promise, signal), signal);
    } catch (error) {
      return signal.aborted ? { kind: "aborted" } : await this.#failure(error);
    }
  }

  async #plan(
    pod: Pod,
    listed: readonly ObservedContainer[] | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { engine, planner } = this.#tools;
    const containers = listed ?? await engine.listContainers(pod.name, signal);
    const plan = await planner.bringUp({ pod, containers }, signal);
    if (!signal.aborted) this.#tools.onPlanned(plan, containers);
  }

  async #walk(effect: WalkEffect, signal: AbortSignal): Promise<WorkResult> {
    const { engine, clock, feed, bounds, observer } = this.#tools;
    const result = await walkPlan(effect.plan, {
      engine,
      clock,
      signal,
      ids: effect.ids,
      feed,
      bounds,
      startsAgain: this.#tools.startsAgain,
      observer: new PullCounter(effect.plan, observer, this.#tools.onPulls),
    });
    switch (result.outcome) {
      case "succeeded":
        return { kind: "succeeded", changed: effect.plan.steps.length > 0 };
      case "aborted":
        return { kind: "aborted" };
      case "failed":
        return await this.#failure(result.failures[0]);
    }
  }

  async #failure(error: unknown): Promise<WorkResult> {
    const step = error instanceof StepError ? error : undefined;
    return {
      kind: "failed",
      reason: error instanceof Error ? error.message : String(error),
      reasonCode: step?.reasonCode ?? (error instanceof SpecError ? "spec-invalid" : "create-failed"),
      engineGone: !await answers(this.#tools.engine, this.#abort.signal),
      lastLog: step?.lastLog ?? [],
      ...(step?.step.container === undefined ? {} : { container: step.step.container }),
    };
  }
}

/** Whether the engine answers: after a failure, it tells whose fault it was. */
export async function answers(engine: Pick<Engine, "ping">, signal: AbortSignal): Promise<boolean> {
  try {
    return await engine.ping(signal);
  } catch {
    return false;
  }
}
