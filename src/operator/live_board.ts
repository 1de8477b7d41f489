import type { Clock } from "../pod/clock.ts";
import type { LogLine } from "../docker/engine.ts";
import type { PodStatus } from "../pod/status.ts";
import type { ClusterBoard } from "./cluster_board.ts";
import {
  type PodBoard,
  type PodEntry,
  type PodEvent,
  type PodInstance,
  type PodLogOptions,
  type ReadInstance,
  rememberedEvents,
  type SpecProblem,
} from "./pod_board.ts";

/** Reads the log of a pod that is on the board, until it ends or the signal is aborted. */
export type ReadLogs = PodBoard["logs"];

/** The board that an operator writes on. */
export class LiveBoard implements PodBoard {
  readonly #clock: Clock;
  readonly #readLogs: ReadLogs;
  readonly readInstance: ReadInstance | undefined;
  readonly #onEvent: (event: PodEvent) => void;
  readonly #pods = new Map<string, Omit<PodEntry, "problem">>();
  readonly #listeners = new Set<() => void>();
  #problems: readonly SpecProblem[] = [];
  #events: PodEvent[] = [];
  #number = 0;
  #ready = false;
  #cluster: ClusterBoard | undefined;
  #lastProgress: number;

  /** @param options.onEvent is told of each event, for a log. Must not throw. */
  constructor(options: {
    readonly clock: Clock;
    readonly readLogs: ReadLogs;
    /** Of a cluster. */
    readonly readInstance?: ReadInstance;
    readonly onEvent: (event: PodEvent) => void;
  }) {
    this.#clock = options.clock;
    this.#readLogs = options.readLogs;
    this.readInstance = options.readInstance;
    this.#onEvent = options.onEvent;
    this.#lastProgress = options.clock.elapsed();
  }

  pods(): readonly PodEntry[] {
    return [...this.#pods.values()]
      .sort((one, other) => one.name < other.name ? -1 : 1)
      .map((entry) => {
        const problem = this.#problems.find(({ pod, key }) =>
          pod === entry.name || (pod === undefined && key === entry.file)
        );
        return problem === undefined ? entry : { ...entry, problem };
      });
  }

  problems(): readonly SpecProblem[] {
    return this.#problems;
  }

  events(since = 0): readonly PodEvent[] {
    const kept = this.#events.slice(-rememberedEvents);
    return since <= 0 ? kept : kept.filter(({ number }) => number > since);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get lastProgress(): number {
    return this.#lastProgress;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get waitsFor(): string | undefined {
    return this.#ready ? undefined : this.#cluster?.master.reason;
  }

  get cluster(): ClusterBoard | undefined {
    return this.#cluster;
  }

  async *logs(
    pod: string,
    options: PodLogOptions,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly container: string; readonly line: LogLine }, void, undefined> {
    if (!this.#pods.has(pod)) return;
    const gone = new AbortController();
    const unlisten = this.onChange(() => {
      if (!this.#pods.has(pod)) gone.abort();
    });
    try {
      yield* this.#readLogs(pod, options, AbortSignal.any([signal, gone.signal]));
    } finally {
      unlisten();
    }
  }

  // What the operator writes

  /**
   * A pod is as its status says.
   *
   * @param instances of a pod on a cluster
   */
  show(name: string, file: string, status: PodStatus, instances?: readonly PodInstance[]): void {
    const before = this.#pods.get(name);
    const since = before?.status.phase === status.phase ? before.since : status.observedAt;
    this.#pods.set(name, { name, file, status, since, ...(instances === undefined ? {} : { instances }) });
    this.#changed();
  }

  /** A pod is none of ours any more. */
  remove(name: string): void {
    if (this.#pods.delete(name)) this.#changed();
  }

  /** The pods are on a cluster, of which there is more to see. */
  setCluster(cluster: ClusterBoard): void {
    this.#cluster = cluster;
    this.#changed();
  }

  /** What is wrong with specs from now on. */
  setProblems(problems: readonly SpecProblem[]): void {
    this.#problems = problems;
    this.#changed();
  }

  /** Something happened. */
  tell(kind: PodEvent["kind"], text: string, pod?: string): void {
    const event: PodEvent = {
      number: ++this.#number,
      time: this.#clock.now(),
      ...(pod === undefined ? {} : { pod }),
      kind,
      text: pod === undefined ? text : `${pod}: ${text}`,
    };
    this.#events.push(event);
    if (this.#events.length >= 2 * rememberedEvents) this.#events = this.#events.slice(-rememberedEvents);
    this.#onEvent(event);
    this.#changed();
  }

  /** The loop goes on. */
  progress(): void {
    this.#lastProgress = this.#clock.elapsed();
  }

  setReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
