import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { OperatorMetrics } from "../operator/operator_metrics.ts";
import type { PodBoard } from "../operator/pod_board.ts";
import type { PodPhase } from "../pod/status.ts";
import { ClusterMetrics } from "./cluster_metrics.ts";

/** The media type of {@linkcode StatusMetrics.text}. */
export const metricsMediaType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Every phase is told always: a series that comes and goes can be neither compared nor alerted on. */
const phases: readonly PodPhase[] = [
  "pending",
  "pulling",
  "starting",
  "running",
  "stopping",
  "succeeded",
  "failed",
  "removed",
];

/**
 * Counts and prints what Prometheus asks for; docs/operator-http.md lists the names. What the board shows is read from
 * it when somebody asks, all else is told while it happens.
 */
export class StatusMetrics implements OperatorMetrics {
  readonly #registry = new Registry();
  readonly #pods: Gauge<"phase">;
  readonly #restarts: Counter<"pod" | "container">;
  readonly #specErrors: Gauge;
  readonly #reconciled: Histogram;
  readonly #pulled: Histogram;
  readonly #watchMisses: Counter;
  readonly #engineCalls: Counter<"kind" | "result">;
  /** Made with the first sight of a cluster: an operator of one host has none of its series. */
  #cluster: ClusterMetrics | undefined;

  /** @param version of mesolet */
  constructor(version: string) {
    const registers = [this.#registry];
    new Gauge({
      name: "mesolet_build_info",
      help: "1, with the version of mesolet that runs",
      labelNames: ["version"],
      registers,
    }).set({ version }, 1);
    this.#pods = new Gauge({
      name: "mesolet_pods",
      help: "Pods by the phase that they are in",
      labelNames: ["phase"],
      registers,
    });
    this.#specErrors = new Gauge({
      name: "mesolet_spec_errors",
      help: "Errors in specs at this moment",
      registers,
    });
    this.#reconciled = new Histogram({
      name: "mesolet_reconcile_seconds",
      help: "Time that it took to bring a pod to what its spec says",
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    });
    this.#pulled = new Histogram({
      name: "mesolet_pull_seconds",
      help: "Time that it took to pull an image",
      buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
      registers,
    });
    this.#watchMisses = new Counter({
      name: "mesolet_watch_misses_total",
      help: "Changes of specs that only the full rescan found",
      registers,
    });
    this.#engineCalls = new Counter({
      name: "mesolet_engine_calls_total",
      help: "Calls of the container engine",
      labelNames: ["kind", "result"],
      registers,
    });
    this.#restarts = new Counter({
      name: "mesolet_container_restarts_total",
      help: "Restarts of a container of a pod",
      labelNames: ["pod", "container"],
      registers,
    });
  }

  reconciled(milliseconds: number): void {
    this.#reconciled.observe(milliseconds / 1_000);
  }

  pulled(milliseconds: number): void {
    this.#pulled.observe(milliseconds / 1_000);
  }

  watchMissed(): void {
    this.#watchMisses.inc();
  }

  engineCall(kind: string, ok: boolean): void {
    this.#engineCalls.inc({ kind, result: ok ? "ok" : "error" });
  }

  /** All metrics in the text format of Prometheus, with what the board shows now. */
  async text(board: Pick<PodBoard, "pods" | "problems" | "cluster">): Promise<string> {
    const byPhase = new Map<PodPhase, number>(phases.map((phase) => [phase, 0]));
    // Pods that are gone take their series along.
    this.#restarts.reset();
    const pods = board.pods();
    for (const { name, status } of pods) {
      byPhase.set(status.phase, (byPhase.get(status.phase) ?? 0) + 1);
      for (const container of status.containers) {
        this.#restarts.inc({ pod: name, container: replicaOf(container) }, container.restarts);
      }
    }
    for (const [phase, count] of byPhase) this.#pods.set({ phase }, count);
    this.#specErrors.set(board.problems().filter(({ problem }) => problem.severity === "error").length);
    if (board.cluster !== undefined) {
      this.#cluster ??= new ClusterMetrics(this.#registry);
      this.#cluster.read(board.cluster, pods);
    }
    return await this.#registry.metrics();
  }
}

/** The name in the spec; of further replicas with their number, since each of them counts for itself. */
function replicaOf(container: { readonly name: string; readonly number: number }): string {
  return container.number === 1 ? container.name : `${container.name}-${container.number}`;
}
