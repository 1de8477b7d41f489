import type { ClusterBoard } from "../../src/operator/cluster_board.ts";
import type { PodBoard, PodEntry, PodEvent, SpecProblem } from "../../src/operator/pod_board.ts";
import { rememberedEvents } from "../../src/operator/pod_board.ts";
import type { ContainerStatus, PodStatus } from "../../src/pod/status.ts";

type LogEntry = { readonly container: string; readonly line: Awaited<LogLines> };
type LogLines = PodBoard["logs"] extends (...all: never[]) => AsyncIterable<{ line: infer Line }> ? Line
  : never;

/** 2026-01-01, in milliseconds since 1970. */
export const newYear: number = Date.UTC(2026, 0, 1);

/** A board that shows what a test tells it to. */
export class FakeBoard implements PodBoard {
  entries: PodEntry[] = [];
  wrong: SpecProblem[] = [];
  ready = true;
  waitsFor: string | undefined;
  awaits: PodBoard["awaits"];
  cluster: ClusterBoard | undefined;
  lastProgress = 0;
  /** What is answered to requests for logs. */
  log: (signal: AbortSignal) => AsyncIterable<LogEntry> = () => lines([]);
  readonly logRequests: unknown[] = [];
  readonly #events: PodEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #number = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  pods(): readonly PodEntry[] {
    return this.entries;
  }

  problems(): readonly SpecProblem[] {
    return this.wrong;
  }

  events(since = 0): readonly PodEvent[] {
    return this.#events.filter(({ number }) => number > since);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async *logs(pod: string, options: unknown, signal: AbortSignal): AsyncGenerator<LogEntry> {
    this.logRequests.push([pod, options]);
    yield* this.log(signal);
  }

  /** Something happens. */
  happen(text: string, pod?: string): void {
    this.#number++;
    this.#events.push({
      number: this.#number,
      time: newYear + this.#number * 1_000,
      kind: "pod",
      text,
      ...(pod === undefined ? {} : { pod }),
    });
    if (this.#events.length > rememberedEvents) this.#events.shift();
    this.changed();
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

export async function* lines(texts: readonly string[], container = "api"): AsyncGenerator<LogEntry> {
  for (const text of texts) yield logEntry(text, container);
}

export function logEntry(text: string, container = "api"): LogEntry {
  return { container, line: { stream: "stdout", time: "2026-01-01T00:00:00.000000000Z", text } };
}

/** A pod with one container; what a test is about is given. */
export function podEntry(
  name: string,
  changes: {
    readonly entry?: Partial<PodEntry>;
    readonly status?: Partial<PodStatus>;
    readonly containers?: readonly Partial<ContainerStatus>[];
  } = {},
): PodEntry {
  return {
    name,
    file: `/etc/pods/${name}.yaml`,
    since: newYear,
    status: {
      pod: name,
      phase: "running",
      reason: "",
      reasonCode: "none",
      containers: (changes.containers ?? [{}]).map((container) => containerStatus(name, container)),
      observedAt: newYear,
      ...changes.status,
    },
    ...changes.entry,
  };
}

/** What is essential has a health check here. */
function containerStatus(pod: string, changes: Partial<ContainerStatus>): ContainerStatus {
  return {
    name: "api",
    number: 1,
    containerName: `${pod}-api-1`,
    id: "0123456789ab",
    image: "registry.example/api:1",
    state: "running",
    ...(changes.essential === false ? {} : { health: "healthy" }),
    outOfMemory: false,
    restarts: 0,
    startedAt: newYear,
    addresses: ["10.0.0.2"],
    ports: [{ target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 8080 }],
    essential: true,
    ...changes,
  };
}

/** A spec that is wrong. */
export function specProblem(key: string, changes: Partial<SpecProblem> = {}): SpecProblem {
  return {
    key,
    problem: {
      severity: "error",
      message: "takes a number, not a list",
      path: "services.web.ports[0]",
      position: { file: key, line: 3, column: 7 },
    },
    keptVersion: true,
    since: newYear,
    ...changes,
  };
}
