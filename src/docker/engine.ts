import type { ImageStore } from "../images/image_store.ts";
import type { EngineFacts, ObservationNeeds, Observed, ObservedContainer } from "../plan/observed.ts";
import type { Step } from "../plan/step.ts";

/**
 * What the rooms above ask of an engine. `connectEngine` makes one for a real Docker or Podman; nothing above knows
 * more of an engine than this.
 */
export interface Engine {
  readonly facts: EngineFacts;
  /** What the engine was asked so far, for tests and `--debug`: the newest last. */
  readonly calls: readonly EngineCall[];

  /** One list call: the containers that carry a pod's labels, or those of all pods. */
  listContainers(pod?: string, signal?: AbortSignal): Promise<ObservedContainer[]>;
  /** What was made for pods and carries a label: three list calls. */
  listParts(label: string, signal?: AbortSignal): Promise<readonly LabelledPart[]>;
  /** Looks up what `needs` names and puts it together with the containers. */
  observe(
    request: {
      readonly pod: string;
      readonly containers: readonly ObservedContainer[];
      readonly needs: ObservationNeeds;
    },
    signal?: AbortSignal,
  ): Promise<Observed>;
  /** Carries out one step. Doing it twice is harmless: "already there", "already stopped", "gone" count as done. */
  apply(step: Step, context: ApplyContext): Promise<void>;
  /**
   * Container events of the pods of mesolet, from `since` (milliseconds since 1970) on. Ends without an error when
   * the stream is lost or `signal` is aborted; the caller lists anew and calls again.
   *
   * @param options.until milliseconds since 1970: ends with what happened up to then
   */
  events(
    options: { readonly pod?: string; readonly since?: number; readonly until?: number },
    signal: AbortSignal,
  ): AsyncIterable<EngineEvent>;
  /** Everything about one container; null when it is gone. */
  inspect(id: string, signal?: AbortSignal): Promise<ContainerDetail | null>;
  /** The same in the engine's own words, an element of what `docker inspect` prints; null when it is gone. */
  inspectVerbatim(id: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>> | null>;
  /** Lines a container wrote. Ends when `follow` is off, the container ended or `signal` is aborted. */
  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;
  /**
   * The same byte for byte, from `since` (milliseconds since 1970) or the beginning on: pieces that arrived together.
   * Ends when the container ended or `signal` is aborted.
   */
  logPieces(
    id: string,
    options: { readonly since?: number },
    signal: AbortSignal,
  ): AsyncIterable<readonly LogPiece[]>;
  /** Runs a command in a container and waits for its end. */
  execute(id: string, options: ExecuteOptions, signal?: AbortSignal): Promise<{ readonly exitCode: number }>;
  /** True when the engine answers within its bound. */
  ping(signal?: AbortSignal): Promise<boolean>;
  /** Frees what the connection holds. */
  close(): void;
}

/** What else an engine of a host has: nothing of it is for a pod alone. */
export interface ImageLoader {
  readonly images: ImageStore;
}

/** What an engine counts for its containers. */
export interface ContainerMeter {
  /** What a container uses now, in the engine's own words; null when it is gone. */
  statistics(id: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>> | null>;
}

/** Something on the engine that was made for a pod. */
export interface LabelledPart {
  readonly kind: "container" | "network" | "volume";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One request that was sent to the engine. */
export interface EngineCall {
  readonly method: string;
  /** Path with its query, without the version. */
  readonly path: string;
  readonly mutating: boolean;
  readonly milliseconds?: number;
  readonly status?: number;
}

/** What the steps of one run of a plan share. */
export interface ApplyContext {
  /** Ids of containers by their name; executors read and extend it (create, rename). */
  readonly ids: Map<string, string>;
  readonly signal: AbortSignal;
  /** Progress of a pull, in words and numbers. */
  readonly onProgress?: (step: Step, progress: PullProgress) => void;
  /** Something a person should know that is no failure (`Warnings` of a create answer). */
  readonly onWarning?: (step: Step, message: string) => void;
}

export interface PullProgress {
  /** Layers that are complete, and all known. */
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly text: string;
}

/** A change of a container (or an out-of-memory kill in it). */
export interface EngineEvent {
  readonly action:
    | "create"
    | "start"
    | "die"
    | "stop"
    | "kill"
    | "oom"
    | "destroy"
    | "rename"
    | "pause"
    | "unpause"
    | "update"
    | "health";
  readonly containerId: string;
  readonly containerName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** With `die`. */
  readonly exitCode?: number;
  /** With `health`. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** Milliseconds since 1970, by the engine's clock. */
  readonly time: number;
}

/** What an inspection tells beyond a list. */
export interface ContainerDetail {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ObservedContainer["state"];
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly error: string;
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** What the health check printed last. */
  readonly healthOutput?: string;
  /** Milliseconds since 1970; absent when it never started or never ended. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly engineRestarts: number;
  readonly restartPolicy: string;
  readonly processId?: number;
  readonly tty: boolean;
  readonly addresses: readonly string[];
  readonly stopGraceSeconds?: number;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Number of last lines; absent: all. */
  readonly tail?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds, as the engine gives it: sorts as text. */
  readonly time: string;
  /** Without the line's end. */
  readonly text: string;
}

/** What the engine keeps of a container's output as one: a line, or a part of a long one. */
export interface LogPiece {
  readonly stream: "stdout" | "stderr";
  /**
   * RFC 3339 with nanoseconds, always as long: sorts as text. The parts of a line may have the same. Empty where the
   * engine gives none.
   */
  readonly time: string;
  /** With the line's end, where there is one. Valid until the next pieces are asked for. */
  readonly bytes: Uint8Array;
}

export interface ExecuteOptions {
  readonly command: readonly string[];
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly environment?: readonly string[];
  readonly privileged?: boolean;
  readonly tty: boolean;
  /** Absent: no standard input. */
  readonly stdin?: ReadableStream<Uint8Array>;
  readonly onOutput: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** Of the command's terminal at its start; absent, or with a zero: the engine's own choice. */
  readonly size?: TerminalSize;
  /** Calls back whenever the terminal has another size, until what it gives back is called. */
  readonly resizes?: (changed: (size: TerminalSize) => void) => () => void;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}
