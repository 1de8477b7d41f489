import type { Clock } from "../pod/clock.ts";
import { messageOf, SpecError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { ContainerDetail, Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { BroughtImages } from "../plan/brought_images.ts";
import { bringsImage, type Plan } from "../plan/step.ts";
import type { EventFeed } from "./event_feed.ts";
import { PinError } from "./pod_pinner.ts";
import type { PodPlanner } from "./pod_planner.ts";
import { putBack } from "./put_back.ts";
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
  readonly onWalk: (plan: Plan, purpose: "pull" | "bring-up" | "put-back") => void;
  /** A change failed, and this plan undoes it. */
  readonly onPutBack: (plan: Plan) => void;
}

type WalkEffect = Extract<Effect, { kind: "walk" }>;

/** One way from what is there to what is wanted: a list, a plan, and its walk. */
export class Work {
  /** How it went. Never rejected; fulfilled soon after an abort. */
  readonly ended: Promise<WorkResult>;
  readonly #tools: WorkTools;
  readonly #abort = new AbortController();
  readonly #decided = Promise.withResolvers<WalkEffect>();
  readonly #pod: string;
  readonly #told = new Set<string>();
  /** Archives that could not be loaded: in words. */
  readonly #unloaded: string[] = [];
  /** What was there when the last plan was made. */
  #before: readonly ObservedContainer[] | undefined;

  /**
   * @param containers a list from this very moment; absent: one is made
   * @param previous work that has to have ended first
   */
  constructor(
    tools: WorkTools,
    request: {
      readonly pod: Pod;
      readonly containers: readonly ObservedContainer[] | undefined;
      /** See {@linkcode BringUpRequest.restore}. */
      readonly restore: boolean;
      readonly previous: Promise<unknown> | undefined;
    },
  ) {
    this.#tools = tools;
    this.#pod = request.pod.name;
    this.ended = this.#run(request);
  }

  abort(): void {
    this.#abort.abort();
  }

  /** What of the plan is to be walked is decided. */
  walk(effect: WalkEffect): void {
    this.#decided.resolve(effect);
  }

  async #run(request: ConstructorParameters<typeof Work>[1]): Promise<WorkResult> {
    const { signal } = this.#abort;
    try {
      await request.previous;
      signal.throwIfAborted();
      const failure = await untilAborted(this.#plan(request, signal), signal);
      if (failure !== undefined) return failure;
      return await this.#walk(await untilAborted(this.#decided.promise, signal), signal);
    } catch (error) {
      return signal.aborted ? { kind: "aborted" } : await this.#failure(error);
    }
  }

  /**
   * Makes the plan. Images are pulled first, and then it is planned anew: only then it is known whether a tag has
   * moved, and with it which containers are replaced.
   */
  async #plan(
    { pod, containers: listed, restore }: ConstructorParameters<typeof Work>[1],
    signal: AbortSignal,
  ): Promise<WorkResult | undefined> {
    const { engine, planner } = this.#tools;
    let containers = listed ?? await engine.listContainers(pod.name, signal);
    this.#before = containers;
    let plan = await planner.bringUp({ pod, containers, pulled: new Set(), restore }, signal);
    const brought = new BroughtImages();
    // Two times: what an archive did not bring may be pulled.
    for (let round = 1; round <= 2; round++) {
      const pulls = plan.steps.filter(bringsImage);
      if (pulls.length === 0) break;
      this.#tools.onPulls(pulls.length);
      const steps = pulls.map((step) => ({ ...step, after: [] }));
      const images = { pod: pod.name, steps, warnings: this.#untold(plan.warnings) };
      const result = await this.#walkSteps(images, "pull", new Map(), signal);
      if (result.kind !== "succeeded") return result;
      brought.add(pulls);
      containers = await engine.listContainers(pod.name, signal);
      this.#before = containers;
      plan = await planner.bringUp({ pod, containers, restore, ...brought.options }, signal);
    }
    const warnings = this.#untold([...plan.warnings, ...this.#unloaded]);
    if (!signal.aborted) this.#tools.onPlanned({ ...plan, warnings }, containers);
    return undefined;
  }

  /** The plan is made anew once there are images, and says the same again. */
  #untold(warnings: readonly string[]): string[] {
    const untold = warnings.filter((warning) => !this.#told.has(warning));
    for (const warning of untold) this.#told.add(warning);
    return untold;
  }

  async #walk(effect: WalkEffect, signal: AbortSignal): Promise<WorkResult> {
    return await this.#walkSteps(effect.plan, "bring-up", effect.ids, signal);
  }

  async #walkSteps(
    plan: Plan,
    purpose: "pull" | "bring-up",
    ids: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const { engine, clock, feed, bounds, observer } = this.#tools;
    this.#tools.onWalk(plan, purpose);
    const result = await walkPlan(plan, {
      engine,
      clock,
      signal,
      ids,
      feed,
      bounds,
      startsAgain: this.#tools.startsAgain,
      observer: new PullCounter(plan, observer, this.#tools.onPulls),
    });
    // Whoever watches the steps is told by them.
    if (observer?.warning === undefined) {
      this.#unloaded.push(
        ...result.warnings.flatMap(({ step, message }) => step.kind === "load-images" ? [message] : []),
      );
    }
    switch (result.outcome) {
      case "succeeded":
        return { kind: "succeeded", changed: plan.steps.length > 0 };
      case "aborted":
        return { kind: "aborted" };
      case "failed":
        return await this.#failure(result.failures[0]);
    }
  }

  /** A running pod is not left without what a failed change has stopped. */
  async #putBack(): Promise<string | undefined> {
    const { engine, clock, bounds, observer } = this.#tools;
    return await putBack(this.#pod, this.#before, {
      engine,
      clock,
      bounds,
      observer,
      signal: this.#abort.signal,
      onPlan: (plan) => {
        this.#tools.onPutBack(plan);
        this.#tools.onWalk(plan, "put-back");
      },
    });
  }

  async #failure(error: unknown): Promise<WorkResult> {
    const step = error instanceof StepError ? error : undefined;
    // An image may be missing because of its archive.
    const reason = [messageOf(error), ...this.#unloaded].join("; ");
    const consequence = await this.#putBack();
    if (this.#abort.signal.aborted) return { kind: "aborted" };
    return {
      kind: "failed",
      reason: consequence === undefined ? reason : `${reason}; ${consequence}`,
      reasonCode: step?.reasonCode ??
        (error instanceof SpecError
          ? "spec-invalid"
          : error instanceof PinError
          ? "image-pull-failed"
          : "create-failed"),
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
