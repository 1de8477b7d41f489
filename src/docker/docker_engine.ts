import type { EngineFacts, ObservationNeeds, Observed, ObservedContainer } from "../plan/observed.ts";
import type { Step } from "../plan/step.ts";
import { applyStep, type StepTools } from "./apply.ts";
import { type CgroupHost, cgroupHostOfProcess, readCgroupLimits } from "./cgroup.ts";
import type { Connection } from "./connection.ts";
import { containerStatistics } from "./container_statistics.ts";
import { inspectContainer } from "./detail.ts";
import type {
  ApplyContext,
  ContainerDetail,
  ContainerMeter,
  Engine,
  EngineCall,
  EngineEvent,
  ExecuteOptions,
  ImageLoader,
  LabelledPart,
  LogLine,
  LogOptions,
  LogPiece,
} from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { containerEvents } from "./events.ts";
import { execute, executeBody } from "./execute.ts";
import { EngineImages } from "./image_store.ts";
import { containerLogPieces } from "./log_pieces.ts";
import { listLabelledParts } from "./labelled_parts.ts";
import { containerLogs } from "./logs.ts";
import { inspectRaw, listContainers, observe } from "./observe.ts";
import { ping } from "./ping.ts";
import { Puller } from "./pull.ts";

/** A real Docker or Podman behind a connection. */
export class DockerEngine implements Engine, ImageLoader, ContainerMeter {
  readonly facts: EngineFacts;
  readonly images: EngineImages;
  readonly #connection: Connection;
  readonly #cgroupHost: CgroupHost;
  readonly #tools: StepTools;

  constructor(
    connection: Connection,
    facts: EngineFacts,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.facts = facts;
    this.#connection = connection;
    this.#cgroupHost = cgroupHostOfProcess(connection.clock);
    this.images = new EngineImages(connection, facts);
    this.#tools = {
      images: this.images,
      connection,
      facts,
      cgroupHost: this.#cgroupHost,
      puller: new Puller(connection, environment),
    };
  }

  get calls(): readonly EngineCall[] {
    return this.#connection.calls;
  }

  listContainers(pod?: string, signal?: AbortSignal): Promise<ObservedContainer[]> {
    return listContainers(this.#connection, pod, signal);
  }

  listParts(label: string, signal?: AbortSignal): Promise<readonly LabelledPart[]> {
    return listLabelledParts(this.#connection, label, signal);
  }

  async observe(
    request: {
      readonly pod: string;
      readonly containers: readonly ObservedContainer[];
      readonly needs: ObservationNeeds;
    },
    signal?: AbortSignal,
  ): Promise<Observed> {
    const spec = request.needs.cgroup;
    const [observed, cgroup] = await Promise.all([
      observe(this.#connection, request, signal),
      spec === undefined ? undefined : readCgroupLimits(spec, this.#cgroupHost),
    ]);
    return { engine: this.facts, ...observed, ...(cgroup === undefined ? {} : { cgroup }) };
  }

  apply(step: Step, context: ApplyContext): Promise<void> {
    return applyStep(step, this.#tools, context);
  }

  async *events(
    options: { readonly pod?: string; readonly since?: number; readonly until?: number },
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, void, undefined> {
    const stop = new AbortController();
    try {
      yield* await containerEvents(this.#connection, options, AbortSignal.any([signal, stop.signal]));
    } catch (error) {
      if (signal.aborted || error instanceof EngineError) return;
      throw error;
    } finally {
      // The reader may have left its loop early.
      stop.abort();
    }
  }

  inspect(id: string, signal?: AbortSignal): Promise<ContainerDetail | null> {
    return inspectContainer(this.#connection, id, signal);
  }

  inspectVerbatim(id: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>> | null> {
    return inspectRaw(this.#connection, id, signal);
  }

  statistics(id: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>> | null> {
    return containerStatistics(this.#connection, id, signal);
  }

  async *logs(
    id: string,
    options: LogOptions,
    signal: AbortSignal,
  ): AsyncGenerator<LogLine, void, undefined> {
    const stop = new AbortController();
    try {
      const detail = await inspectContainer(this.#connection, id, signal);
      if (detail === null) return;
      const request = { id, terminal: detail.tty, options };
      yield* containerLogs(this.#connection, request, AbortSignal.any([signal, stop.signal]));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop.abort();
    }
  }

  async *logPieces(
    id: string,
    options: { readonly since?: number },
    signal: AbortSignal,
  ): AsyncGenerator<readonly LogPiece[], void, undefined> {
    const stop = new AbortController();
    try {
      const detail = await inspectContainer(this.#connection, id, signal);
      if (detail === null) return;
      const request = { id, terminal: detail.tty, since: options.since };
      yield* containerLogPieces(this.#connection, request, AbortSignal.any([signal, stop.signal]));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop.abort();
    }
  }

  execute(
    id: string,
    options: ExecuteOptions,
    signal?: AbortSignal,
  ): Promise<{ readonly exitCode: number }> {
    return execute(this.#connection, {
      id,
      body: executeBody(options),
      stdin: options.stdin,
      onOutput: options.onOutput,
      size: options.size,
      resizes: options.resizes,
    }, signal);
  }

  async ping(signal?: AbortSignal): Promise<boolean> {
    try {
      await ping(this.#connection, signal);
      return true;
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }
}
