import type { Clock } from "../pod/clock.ts";
import type {
  ApplyContext,
  ContainerDetail,
  Engine,
  EngineCall,
  EngineEvent,
  ExecuteOptions,
  LabelledPart,
  LogLine,
  LogOptions,
  LogPiece,
} from "../docker/engine.ts";
import type { EngineFacts, ObservationNeeds, Observed, ObservedContainer } from "../plan/observed.ts";
import { Label } from "../pod/labels.ts";
import type { Step, StepKind } from "../plan/step.ts";
import { EventHub } from "./event_hub.ts";
import { ListBatch } from "./list_batch.ts";
import type { OperatorMetrics } from "./operator_metrics.ts";
import { PodSeats } from "./pod_seats.ts";

/** How an engine is shared. */
export interface SharedEngineOptions {
  readonly clock: Clock;
  /** How many pods may have calls that change the engine under way at one time. */
  readonly parallel: number;
  /** Milliseconds that a request for containers waits for others, to be answered with them. */
  readonly listWindow: number;
  readonly metrics?: Pick<OperatorMetrics, "engineCall" | "pulled">;
}

/** Steps that mostly wait, on others than the engine: they take no seat. */
const waitingKinds: ReadonlySet<StepKind> = new Set<StepKind>([
  "pull-image",
  "load-images",
  "wait-container",
  "run-hook",
  "stop-container",
]);

/**
 * One engine for the supervisors of a thousand pods: it has one event stream for all of them, answers their lists
 * together, and lets only so many pods change something at one time. Nothing else of it differs from the engine that
 * is below.
 */
export class SharedEngine {
  readonly #engine: Engine;
  readonly #options: SharedEngineOptions;
  readonly #lists: ListBatch;
  readonly #hub: EventHub;
  readonly #seats: PodSeats;

  constructor(engine: Engine, options: SharedEngineOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#seats = new PodSeats(options.parallel);
    this.#lists = new ListBatch(
      (pod) => this.#counted("list", () => engine.listContainers(pod)),
      { clock: options.clock, window: options.listWindow },
    );
    this.#hub = new EventHub(counting(engine, options.metrics), ({ labels }) => {
      const pod = labels[Label.pod];
      if (pod !== undefined) this.#lists.changed(pod);
    });
  }

  /** The containers of all pods, or of one. */
  listContainers(pod?: string, signal?: AbortSignal): Promise<ObservedContainer[]> {
    return this.#lists.request(pod, signal);
  }

  /** See {@linkcode Engine.listParts}. */
  listParts(label: string, signal?: AbortSignal): Promise<readonly LabelledPart[]> {
    return this.#counted("list-parts", () => this.#engine.listParts(label, signal));
  }

  /** The engine as the supervisor of this pod is to use it. */
  forPod(pod: string): Engine {
    return new EngineOfPod(pod, {
      engine: this.#engine,
      lists: this.#lists,
      hub: this.#hub,
      seats: this.#seats,
      clock: this.#options.clock,
      metrics: this.#options.metrics,
    });
  }

  /** Ends the event stream. The engine below stays open. */
  async close(): Promise<void> {
    await this.#hub.close();
  }

  #counted<T>(kind: string, call: () => Promise<T>): Promise<T> {
    return counted(this.#options.metrics, kind, call);
  }
}

interface Shared {
  readonly engine: Engine;
  readonly lists: ListBatch;
  readonly hub: EventHub;
  readonly seats: PodSeats;
  readonly clock: Clock;
  readonly metrics: SharedEngineOptions["metrics"];
}

class EngineOfPod implements Engine {
  readonly #pod: string;
  readonly #shared: Shared;

  constructor(pod: string, shared: Shared) {
    this.#pod = pod;
    this.#shared = shared;
  }

  get facts(): EngineFacts {
    return this.#shared.engine.facts;
  }

  get calls(): readonly EngineCall[] {
    return this.#shared.engine.calls;
  }

  listContainers(pod?: string, signal?: AbortSignal): Promise<ObservedContainer[]> {
    return this.#shared.lists.request(pod, signal);
  }

  listParts(label: string, signal?: AbortSignal): Promise<readonly LabelledPart[]> {
    return this.#counted("list-parts", () => this.#shared.engine.listParts(label, signal));
  }

  observe(
    request: {
      readonly pod: string;
      readonly containers: readonly ObservedContainer[];
      readonly needs: ObservationNeeds;
    },
    signal?: AbortSignal,
  ): Promise<Observed> {
    return this.#counted("observe", () => this.#shared.engine.observe(request, signal));
  }

  async apply(step: Step, context: ApplyContext): Promise<void> {
    const call = () => this.#counted(step.kind, () => this.#shared.engine.apply(step, context));
    try {
      if (step.kind === "pull-image") await this.#pull(call);
      else if (waitingKinds.has(step.kind)) await call();
      else await this.#shared.seats.hold(this.#pod, context.signal, call);
    } finally {
      // Also where it failed, or was given up: it may have changed something nevertheless.
      this.#shared.lists.changed(this.#pod);
    }
  }

  events(
    options: { readonly pod?: string; readonly since?: number; readonly until?: number },
    signal: AbortSignal,
  ): AsyncIterable<EngineEvent> {
    const { pod, since, until } = options;
    if (pod === undefined || since === undefined || until !== undefined) {
      return this.#shared.engine.events(options, signal);
    }
    return this.#shared.hub.events({ pod, since }, signal);
  }

  inspect(id: string, signal?: AbortSignal): Promise<ContainerDetail | null> {
    return this.#counted("inspect", () => this.#shared.engine.inspect(id, signal));
  }

  inspectVerbatim(id: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>> | null> {
    return this.#counted("inspect", () => this.#shared.engine.inspectVerbatim(id, signal));
  }

  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    return this.#shared.engine.logs(id, options, signal);
  }

  logPieces(
    id: string,
    options: { readonly since?: number },
    signal: AbortSignal,
  ): AsyncIterable<readonly LogPiece[]> {
    return this.#shared.engine.logPieces(id, options, signal);
  }

  execute(id: string, options: ExecuteOptions, signal?: AbortSignal): Promise<{ readonly exitCode: number }> {
    return this.#counted("execute", () => this.#shared.engine.execute(id, options, signal));
  }

  ping(signal?: AbortSignal): Promise<boolean> {
    return this.#counted("ping", () => this.#shared.engine.ping(signal));
  }

  close(): void {
    // It is not this pod's to close.
  }

  async #pull(call: () => Promise<void>): Promise<void> {
    const { clock, metrics } = this.#shared;
    const began = clock.elapsed();
    await call();
    metrics?.pulled(clock.elapsed() - began);
  }

  #counted<T>(kind: string, call: () => Promise<T>): Promise<T> {
    return counted(this.#shared.metrics, kind, call);
  }
}

async function counted<T>(
  metrics: SharedEngineOptions["metrics"],
  kind: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    const result = await call();
    metrics?.engineCall(kind, true);
    return result;
  } catch (error) {
    metrics?.engineCall(kind, false);
    throw error;
  }
}

/** A subscription counts when it is made: it has no other end than a loss. */
function counting(engine: Engine, metrics: SharedEngineOptions["metrics"]): Pick<Engine, "events"> {
  return {
    events(options, signal) {
      metrics?.engineCall("events", true);
      return engine.events(options, signal);
    },
  };
}
