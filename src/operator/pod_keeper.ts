import type { Clock } from "../pod/clock.ts";
import type { Pod } from "../pod/model.ts";
import type { Engine } from "../docker/engine.ts";
import type { PodPlanner } from "../supervisor/pod_planner.ts";
import { removeShared } from "../supervisor/remove_pod.ts";
import type { RestartHistory } from "../supervisor/restart_history.ts";
import type { SupervisionBounds } from "../supervisor/supervision_bounds.ts";
import type { LiveBoard } from "./live_board.ts";
import type { OperatorMetrics } from "./operator_metrics.ts";
import { PodRun, type Wanted } from "./pod_run.ts";
import type { SharedEngine } from "./shared_engine.ts";

/** What pods are kept with. */
export interface PodKeeperOptions {
  readonly engine: SharedEngine;
  readonly clock: Clock;
  /** Makes the planner of one pod. */
  readonly plannerFor: (engine: Engine) => PodPlanner;
  readonly board: LiveBoard;
  readonly bounds: SupervisionBounds;
  readonly podOomKills: (pod: Pod) => (() => Promise<number>) | undefined;
  readonly metrics: Pick<OperatorMetrics, "reconciled"> | undefined;
  /** A moment by both clocks, from which all count. */
  readonly origin: { readonly now: number; readonly elapsed: number };
}

/**
 * Keeps many pods side by side, each by a {@linkcode PodRun} of its own: what happens to one holds up no other.
 */
export class PodKeeper {
  readonly #options: PodKeeperOptions;
  readonly #runs = new Map<string, PodRun>();
  /** Of the runs, with what follows them. */
  readonly #ending = new Set<Promise<void>>();
  readonly #detached = new AbortController();
  /** Pods that were not looked at yet. */
  readonly #unseen = new Set<string>();
  #history: ReadonlyMap<string, RestartHistory> = new Map();
  #onSeen: () => void = () => {};

  constructor(options: PodKeeperOptions) {
    this.#options = options;
  }

  /** What is known of containers from before: for pods that are adopted from now on. */
  remember(history: ReadonlyMap<string, RestartHistory>): void {
    this.#history = history;
  }

  /** These pods are wanted, and no other one: those are stopped and removed. */
  want(wanted: ReadonlyMap<string, Wanted>): void {
    for (const [name, run] of this.#runs) {
      if (!wanted.has(name)) run.remove("its spec is gone");
    }
    for (const [name, one] of wanted) {
      const run = this.#runs.get(name);
      if (run?.isOver === false) run.want(one);
      else this.#begin(name, one);
    }
  }

  /** Removes a pod that nobody has a spec of. */
  removeOrphan(name: string): void {
    if (!this.#runs.has(name)) this.#begin(name, undefined);
  }

  /** The pods that are wanted, or on their way out. */
  get names(): ReadonlySet<string> {
    return new Set(this.#runs.keys());
  }

  /** Calls back once, when every pod that is wanted now was looked at. */
  whenSeen(callback: () => void): void {
    this.#onSeen = callback;
    this.#checkSeen();
  }

  /** Stops all pods and removes them; fulfilled when that is done. */
  async stopAll(why: string): Promise<void> {
    for (const run of this.#runs.values()) run.remove(why);
    await this.#allDone();
  }

  /** Kills what is on its way out. */
  killNow(): void {
    for (const run of this.#runs.values()) run.killNow();
  }

  /** Leaves all pods as they are. */
  async detach(): Promise<void> {
    this.#detached.abort();
    for (const run of this.#runs.values()) run.detach();
    await this.#allDone();
  }

  async #allDone(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** The last pods may have gone side by side, each seeing the other. */
  async #removeShared(): Promise<void> {
    const { engine, clock } = this.#options;
    try {
      await removeShared({ engine: engine.forPod(""), clock, signal: this.#detached.signal });
    } catch {
      // It costs next to nothing, and the next pod that goes takes it along.
    }
  }

  #begin(name: string, wanted: Wanted | undefined): void {
    const { engine: shared, plannerFor, clock, board, bounds, podOomKills, metrics, origin } = this.#options;
    const engine = shared.forPod(name);
    if (wanted !== undefined) this.#unseen.add(name);
    const run = new PodRun(name, wanted, {
      engine,
      clock,
      planner: plannerFor(engine),
      board,
      bounds,
      history: (id) => this.#history.get(id),
      origin,
      podOomKills,
      metrics,
      onLooked: () => this.#seen(name),
    });
    this.#runs.set(name, run);
    const ended: Promise<void> = run.done.then(async () => {
      this.#seen(name);
      if (this.#runs.get(name) === run) this.#runs.delete(name);
      if (run.isOver && this.#runs.size === 0) await this.#removeShared();
    }).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #seen(name: string): void {
    if (this.#unseen.delete(name)) this.#checkSeen();
  }

  #checkSeen(): void {
    if (this.#unseen.size > 0) return;
    const callback = this.#onSeen;
    this.#onSeen = () => {};
    callback();
  }
}
