import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { ContainerDetail, Engine } from "../docker/engine.ts";
import type { Plan, Step, StepKind } from "../plan/step.ts";
import { type EventFeed, openEventFeed } from "./event_feed.ts";
import { StepError } from "./step_error.ts";
import { StepGraph } from "./step_graph.ts";
import { type SupervisionBounds, supervisionBounds } from "./supervision_bounds.ts";
import { untilAborted } from "./until_aborted.ts";
import { waitForContainer } from "./wait_for_container.ts";
import type { WalkObserver } from "./walk_observer.ts";

/** What a walk of a plan needs. */
export interface WalkOptions {
  readonly engine: Pick<Engine, "apply" | "events" | "inspect" | "logs" | "ping">;
  readonly clock: Clock;
  /** Pre-empts the walk in any step. */
  readonly signal: AbortSignal;
  readonly observer?: WalkObserver;
  /** Ids of containers that are there already, by their name: of the list that the plan was made from. */
  readonly ids?: ReadonlyMap<string, string>;
  /** The pod's events, where a feed is open anyway. Absent: one is opened when the plan has a wait in it. */
  readonly feed?: EventFeed;
  /** Whether a container that ended while another one waits for it will be started again. Absent: never. */
  readonly startsAgain?: (detail: ContainerDetail) => boolean;
  /**
   * Whether a container whose `post_start` hook failed is stopped. The engine does not remember hooks: whoever finds
   * the container running later would take it for started well. Absent: no, as a supervisor remembers.
   */
  readonly stopAfterFailedHook?: boolean;
  readonly bounds?: Partial<SupervisionBounds>;
}

/** How a walk went. */
export interface WalkResult {
  /** `aborted`: by the signal, before the plan was through. */
  readonly outcome: "succeeded" | "failed" | "aborted";
  /** What failed, the first one first: that is why the walk stopped. Others were under way at that time. */
  readonly failures: readonly StepError[];
  readonly warnings: readonly { readonly step: Step; readonly message: string }[];
  /** In the order of their success. */
  readonly succeeded: readonly Step[];
  /** Under way when the walk was stopped and not ended: the engine may still carry them out. */
  readonly interrupted: readonly Step[];
  readonly notStarted: readonly Step[];
  /** Ids of the containers by their name, those made in this walk included. */
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * Carries out the steps of a plan: each starts the moment those it stands after have succeeded, and as many run at
 * once as `bounds.parallelCalls` allows. Steps that mostly wait (pulls, which the engine's edge bounds itself, stops,
 * hooks, conditions) do not count.
 *
 * A failure stops what has not been started, and interrupts pulls, hooks and waits; other calls under way come to
 * their end. A failing `optional` step, and a failing `pre_stop` hook, is a warning, and what comes after it runs.
 *
 * Aborting the signal stops the walk at once. Only short calls that are with the engine already are given
 * `bounds.settle`: it carries them out in any case, and a container whose creation is known can be removed.
 *
 * Failures of steps do not reject the promise: they are in the result.
 *
 * @throws {PlanDefectError} when the plan is no directed acyclic graph
 */
export async function walkPlan(plan: Plan, options: WalkOptions): Promise<WalkResult> {
  const walk = new Walk(plan, options);
  return await walk.run();
}

/** Kinds whose steps mostly wait, for long: they take no place among the parallel calls and are interrupted at once. */
const waitingKinds: ReadonlySet<StepKind> = new Set<StepKind>([
  "pull-image",
  "load-images",
  "wait-container",
  "run-hook",
  "stop-container",
]);

class Walk {
  readonly #plan: Plan;
  readonly #options: WalkOptions;
  readonly #bounds: SupervisionBounds;
  readonly #graph: StepGraph;
  readonly #ids: Map<string, string>;
  readonly #queue: Step[] = [];
  readonly #running = new Set<Step>();
  readonly #succeeded: Step[] = [];
  readonly #interrupted: Step[] = [];
  readonly #failures: StepError[] = [];
  readonly #warnings: { readonly step: Step; readonly message: string }[] = [];
  readonly #started = new Set<Step>();
  /** Aborted for steps that may be interrupted. */
  readonly #interruption = new AbortController();
  /** Aborted for stops of containers, which a failure elsewhere does not interrupt. */
  readonly #abortion = new AbortController();
  /** Aborted for calls that were given time to settle. */
  readonly #abandonment = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  #calls = 0;
  #aborted = false;
  #feed: EventFeed | undefined;
  #defect: { readonly error: unknown } | undefined;

  constructor(plan: Plan, options: WalkOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#bounds = { ...supervisionBounds, ...options.bounds };
    this.#graph = new StepGraph(plan.steps);
    this.#ids = new Map(options.ids);
    this.#feed = options.feed;
  }

  async run(): Promise<WalkResult> {
    const { signal } = this.#options;
    const onAbort = () => this.#abort();
    signal.addEventListener("abort", onAbort, { once: true });
    let ownFeed: EventFeed | undefined;
    try {
      if (signal.aborted) {
        this.#aborted = this.#plan.steps.length > 0;
      } else {
        // Before the first start: what happens from now on is not missed.
        if (this.#feed === undefined && this.#plan.steps.some((step) => step.kind === "wait-container")) {
          this.#feed = ownFeed = openEventFeed({
            engine: this.#options.engine,
            clock: this.#options.clock,
            pod: this.#plan.pod,
            bounds: this.#bounds,
          });
        }
        this.#advance();
        await this.#over.promise;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#interruption.abort();
      this.#abortion.abort();
      this.#abandonment.abort();
      await ownFeed?.close();
    }
    if (this.#defect !== undefined) throw this.#defect.error;
    return this.#result();
  }

  get #stopped(): boolean {
    return this.#aborted || this.#failures.length > 0 || this.#defect !== undefined;
  }

  #result(): WalkResult {
    const notStarted = this.#plan.steps.filter((step) => !this.#started.has(step));
    for (const step of notStarted) this.#options.observer?.skipped?.(step);
    return {
      outcome: this.#failures.length > 0 ? "failed" : this.#aborted ? "aborted" : "succeeded",
      failures: this.#failures,
      warnings: this.#warnings,
      succeeded: this.#succeeded,
      interrupted: this.#interrupted,
      notStarted,
      ids: this.#ids,
    };
  }

  /** Starts what can be started, and notices the end. */
  #advance(): void {
    if (!this.#stopped) {
      this.#queue.push(...this.#graph.takeReady());
      for (let index = 0; index < this.#queue.length && !this.#stopped;) {
        const step = this.#queue[index];
        if (step === undefined) break;
        if (!waitingKinds.has(step.kind) && this.#calls >= this.#bounds.parallelCalls) {
          index++;
          continue;
        }
        this.#queue.splice(index, 1);
        this.#start(step);
      }
    }
    if (this.#running.size === 0) this.#over.resolve();
  }

  #start(step: Step): void {
    this.#started.add(step);
    this.#running.add(step);
    const takesPlace = !waitingKinds.has(step.kind);
    if (takesPlace) this.#calls++;
    const began = this.#options.clock.elapsed();
    this.#tell((observer) => observer.started?.(step));
    const signal = this.#signalFor(step);
    untilAborted(this.#carryOut(step, signal), signal).then(
      () => this.#onSuccess(step, began),
      (error) => this.#onFailure(step, error, signal),
    ).finally(() => {
      this.#running.delete(step);
      if (takesPlace) this.#calls--;
      this.#advance();
    });
  }

  #signalFor(step: Step): AbortSignal {
    if (step.kind === "stop-container" || (step.kind === "run-hook" && step.hook === "pre_stop")) {
      return this.#abortion.signal;
    }
    return waitingKinds.has(step.kind) ? this.#interruption.signal : this.#abandonment.signal;
  }

  /** A hook is somebody's program: it may never end by itself. */
  async #runHook(step: Step<"run-hook">, signal: AbortSignal): Promise<void> {
    const { clock, engine } = this.#options;
    const bound = step.hook === "pre_stop" ? this.#bounds.preStopHook : this.#bounds.postStartHook;
    const done = new AbortController();
    const late = new AbortController();
    const guarding = clock.sleep(bound, AbortSignal.any([signal, done.signal])).then(
      () => late.abort(),
      () => {},
    );
    try {
      await engine.apply(step, {
        ids: this.#ids,
        signal: AbortSignal.any([signal, late.signal]),
        onWarning: (of, message) => this.#warn(of, message),
      });
    } catch (error) {
      if (!late.signal.aborted || signal.aborted) throw error;
      throw new MesoletError(
        `The ${step.hook} hook of ${step.target.name} did not end within ${bound / 1000} s`,
        ExitCode.temporary,
        { cause: error },
      );
    } finally {
      done.abort();
      await guarding;
    }
  }

  /** The next `up` finds a container that does not run, starts it, and runs the hook with it. */
  async #runHookOrStop(step: Step<"run-hook">, signal: AbortSignal): Promise<void> {
    try {
      await this.#runHook(step, signal);
    } catch (error) {
      const stops = this.#options.stopAfterFailedHook === true && step.hook === "post_start";
      if (!stops || signal.aborted || !(error instanceof MesoletError)) throw error;
      const { target } = step;
      const stop: Step<"stop-container"> = {
        id: `stop ${target.name}`,
        kind: "stop-container",
        cause: "its post_start hook failed",
        after: [],
        target,
      };
      let consequence = "the container is stopped: the next up starts it again, with the hook";
      try {
        await this.#options.engine.apply(stop, { ids: this.#ids, signal: this.#abortion.signal });
      } catch (failure) {
        consequence = `the container could not be stopped either: ${messageOf(failure)}`;
      }
      throw new MesoletError(`${error.message}; ${consequence}`, error.exitCode, { cause: error });
    }
  }

  async #carryOut(step: Step, signal: AbortSignal): Promise<void> {
    if (step.kind === "run-hook") return await this.#runHookOrStop(step, signal);
    if (step.kind !== "wait-container") {
      return await this.#options.engine.apply(step, {
        ids: this.#ids,
        signal,
        onProgress: (of, progress) => {
          if (this.#running.has(step)) this.#tell((observer) => observer.progress?.(of, progress));
        },
        onWarning: (of, message) => this.#warn(of, message),
      });
    }
    const feed = this.#feed;
    if (feed === undefined) return;
    const { name, id } = step.target;
    await waitForContainer({ id: id ?? this.#ids.get(name) ?? name, name }, step.condition, {
      engine: this.#options.engine,
      clock: this.#options.clock,
      feed,
      bounds: this.#bounds,
      signal,
      ...(this.#options.startsAgain === undefined ? {} : { startsAgain: this.#options.startsAgain }),
    });
  }

  #onSuccess(step: Step, began: number): void {
    this.#succeeded.push(step);
    this.#graph.finish(step);
    this.#tell((observer) => observer.succeeded?.(step, this.#options.clock.elapsed() - began));
  }

  #onFailure(step: Step, cause: unknown, signal: AbortSignal): void {
    if (signal.aborted) {
      this.#interrupted.push(step);
      this.#tell((observer) => observer.interrupted?.(step));
      return;
    }
    const error = new StepError(step, cause);
    if (step.optional === true || (step.kind === "run-hook" && step.hook === "pre_stop")) {
      this.#graph.finish(step);
      this.#warn(step, error.message);
      return;
    }
    this.#failures.push(error);
    this.#tell((observer) => observer.failed?.(step, error));
    this.#interruption.abort(error);
  }

  #abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    const reason = this.#options.signal.reason;
    this.#interruption.abort(reason);
    this.#abortion.abort(reason);
    this.#options.clock.sleep(this.#bounds.settle, this.#abandonment.signal).then(
      () => this.#abandonment.abort(reason),
      () => {},
    );
  }

  #warn(step: Step, message: string): void {
    this.#warnings.push({ step, message });
    this.#tell((observer) => observer.warning?.(step, message));
  }

  #tell(say: (observer: WalkObserver) => void): void {
    if (this.#options.observer === undefined) return;
    try {
      say(this.#options.observer);
    } catch (error) {
      this.#defect ??= { error };
      this.#interruption.abort(error);
    }
  }
}
