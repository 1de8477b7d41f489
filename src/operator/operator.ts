import type { Clock } from "../pod/clock.ts";
import { ExitCode, messageOf } from "../pod/errors.ts";
import { ComposeLabel, Label, OperatorLabel } from "../pod/labels.ts";
import type { Pod } from "../pod/model.ts";
import type { Engine, EngineEvent } from "../docker/engine.ts";
import type { PodPlanner } from "../supervisor/pod_planner.ts";
import { restartHistory } from "../supervisor/restart_history.ts";
import { nextResync, type SupervisionBounds, supervisionBounds } from "../supervisor/supervision_bounds.ts";
import type { RunningFiles } from "./decide_specs.ts";
import { findOrphans, type Labelled } from "./find_orphans.ts";
import { untilAborted } from "../supervisor/until_aborted.ts";
import { LiveBoard } from "./live_board.ts";
import type { OperatorMetrics } from "./operator_metrics.ts";
import type { PodBoard, PodEvent } from "./pod_board.ts";
import { PodKeeper } from "./pod_keeper.ts";
import { podLogs } from "./pod_logs.ts";
import { SharedEngine } from "./shared_engine.ts";
import type { DirectoryState, WantedPods } from "./spec_source.ts";
import { SpecTeller } from "./spec_teller.ts";
import type { DirectoryWatch, LookReason } from "./watch_directory.ts";

/** Follows specs, wherever they come from: `followDirectories`, or what a test plays. */
export type FollowSpecs = (setup: {
  /** The files that pods on the engine were made of, by the pod's name. */
  readonly running: RunningFiles;
  readonly signal: AbortSignal;
  /** Is told what is wanted after every look, changed or not; there is one every few seconds at the least. */
  readonly onLook: (wanted: WantedPods, reason: LookReason) => void;
  /** Is told when changes cannot be watched. */
  readonly onTrouble: (message: string) => void;
}) => DirectoryWatch;

/** The times of an operator, in milliseconds. */
export interface OperatorBounds {
  /** A request for containers waits so long for others, to be answered with them. */
  readonly listWindow: number;
  /** How far back the engine's memory of events is read at the start. */
  readonly history: number;
  /** How long the engine may take to tell it. */
  readonly historyBound: number;
  /** Pause between attempts to reach an engine that does not answer at the start. */
  readonly engineRetry: number;
  /** How long a pod has no spec before it is removed. */
  readonly orphanSettle: number;
  /** The same for more than half of the pods, and five at least. */
  readonly orphanDoubt: number;
}

/** The bounds that hold outside tests. */
export const operatorBounds: OperatorBounds = {
  listWindow: 2,
  // Back-off ends at five minutes, and a good run of ten forgets it.
  history: 60 * 60_000,
  historyBound: 5_000,
  engineRetry: 1_000,
  orphanSettle: 250,
  orphanDoubt: 5_000,
};

/**
 * All pods are listed this often, whatever the events said, in milliseconds: less often than a pod that is alone, as of
 * many pods it is all that an idle operator does.
 */
const podResync = 120_000;

/** While pods are taken down, the board hears of it this often, in milliseconds. */
const stopProgress = 5_000;

/** What an operator works with. */
export interface OperatorOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly follow: FollowSpecs;
  /** Makes the planner of one pod. */
  readonly plannerFor: (engine: Engine) => PodPlanner;
  /** How many pods may have calls that change the engine under way at one time. */
  readonly parallel: number;
  /** Believe at once that most pods have no spec any more. */
  readonly allowEmpty?: boolean;
  readonly podOomKills?: (pod: Pod) => (() => Promise<number>) | undefined;
  readonly metrics?: OperatorMetrics;
  /** Is told of everything that happens, for a log. Must not throw. */
  readonly onEvent?: (event: PodEvent) => void;
  readonly bounds?: Partial<OperatorBounds>;
  readonly supervision?: Partial<SupervisionBounds>;
}

/** An operator that runs. */
export interface Operator {
  readonly board: PodBoard;
  /** Fulfilled with the exit code when it has ended. Rejected only by a defect of mesolet itself. */
  readonly done: Promise<number>;
  /** Looks at all specs now. */
  rescan(): void;
  /**
   * Ends it: `detach` leaves the pods running, `stop-pods` takes them down first. After a `stop-pods` a `detach` leaves
   * what is not down yet.
   */
  stop(mode: "detach" | "stop-pods"): void;
  /** After a stop of the pods: kills what is left of them. */
  killNow(): void;
}

/**
 * Keeps the pods of specs running, until it is stopped. It keeps nothing in mind that has to outlive it: an operator
 * that is started after it, however it ended, takes the pods over as they are.
 */
export function startOperator(options: OperatorOptions): Operator {
  return new OperatorLoop(options);
}

class OperatorLoop implements Operator {
  readonly board: LiveBoard;
  readonly #teller: SpecTeller;
  readonly done: Promise<number>;
  readonly #options: OperatorOptions;
  readonly #bounds: OperatorBounds;
  readonly #origin: { readonly now: number; readonly elapsed: number };
  readonly #supervision: SupervisionBounds;
  readonly #shared: SharedEngine;
  readonly #keeper: PodKeeper;
  /** Aborted by the first stop. */
  readonly #stopped = new AbortController();
  #isAsked = false;
  /** Aborted when pods are to be left as they are. */
  readonly #left = new AbortController();
  #mode: "detach" | "stop-pods" = "detach";
  #watch: DirectoryWatch | undefined;
  #directories: ReadonlyMap<string, DirectoryState> = new Map();
  /** `elapsed` time at which to look again for pods that have no spec. */
  #orphansAt = Infinity;
  #orphansSince: ReadonlyMap<string, number> = new Map();

  constructor(options: OperatorOptions) {
    const { engine, clock, metrics, parallel } = options;
    this.#options = options;
    this.#origin = { now: clock.now(), elapsed: clock.elapsed() };
    this.#bounds = { ...operatorBounds, ...options.bounds };
    this.#supervision = { ...supervisionBounds, resync: podResync, ...options.supervision };
    this.#shared = new SharedEngine(engine, {
      clock,
      parallel,
      listWindow: this.#bounds.listWindow,
      ...(metrics === undefined ? {} : { metrics }),
    });
    this.board = new LiveBoard({
      clock,
      readLogs: (pod, wanted, signal) =>
        podLogs(pod, { ...wanted, engine: this.#shared.forPod(pod), clock, signal }),
      onEvent: (event) => options.onEvent?.(event),
    });
    this.#teller = new SpecTeller(this.board);
    this.#keeper = new PodKeeper({
      engine: this.#shared,
      clock,
      plannerFor: options.plannerFor,
      board: this.board,
      bounds: this.#supervision,
      podOomKills: (pod) => options.podOomKills?.(pod),
      metrics,
      origin: this.#origin,
    });
    this.done = this.#run();
  }

  rescan(): void {
    this.#watch?.rescan();
  }

  stop(mode: "detach" | "stop-pods"): void {
    this.#isAsked = true;
    if (!this.#stopped.signal.aborted) this.#mode = mode;
    else if (mode === "detach") this.#left.abort();
    this.#stopped.abort();
  }

  killNow(): void {
    this.#keeper.killNow();
  }

  async #run(): Promise<number> {
    const { signal } = this.#stopped;
    try {
      const parts = await this.#begin(signal);
      await this.#keepPods(parts, signal);
    } catch (error) {
      if (!this.#isAsked) throw error;
    } finally {
      this.#stopped.abort();
      await this.#end();
      await this.#shared.close();
    }
    return ExitCode.ok;
  }

  /** Learns from the engine what runs already. */
  async #begin(signal: AbortSignal): Promise<readonly Labelled[]> {
    const { clock } = this.#options;
    for (let isFirst = true;; isFirst = false) {
      this.board.progress();
      try {
        const parts = await this.#shared.listParts(OperatorLabel.directory, signal);
        this.#keeper.remember(restartHistory(await this.#history(signal), this.#supervision));
        // Volumes hold data, and outlive their pod.
        return parts.filter(({ kind }) => kind !== "volume");
      } catch (error) {
        if (signal.aborted) throw error;
        if (isFirst) this.board.tell("operator", `waiting for the engine: ${messageOf(error)}`);
        await clock.sleep(this.#bounds.engineRetry, signal);
      }
    }
  }

  /** What the engine remembers. It is a help and no need: back-off begins anew without it. */
  async #history(signal: AbortSignal): Promise<readonly EngineEvent[]> {
    const { engine, clock } = this.#options;
    const events: EngineEvent[] = [];
    const enough = new AbortController();
    const over = AbortSignal.any([signal, enough.signal]);
    const limit = clock.sleep(this.#bounds.historyBound, over).then(() => enough.abort(), () => {});
    const now = clock.now();
    for await (const event of engine.events({ since: now - this.#bounds.history, until: now }, over)) {
      events.push(event);
    }
    enough.abort();
    await limit;
    return events;
  }

  /** Has the pods be as the specs say, until it is stopped. */
  async #keepPods(parts: readonly Labelled[], signal: AbortSignal): Promise<void> {
    const seen = Promise.withResolvers<void>();
    const watch = this.#options.follow({
      running: filesOf(parts),
      signal,
      onLook: (wanted, reason) => {
        this.#onLook(wanted, reason);
        seen.resolve();
      },
      onTrouble: (message) => this.board.tell("operator", message),
    });
    this.#watch = watch;
    const orphans = untilAborted(seen.promise, signal).then(() => this.#watchOrphans(parts, signal));
    try {
      // Neither ends but by an abort, or a defect.
      await Promise.race([watch.done, orphans]);
    } finally {
      this.#stopped.abort();
      await Promise.allSettled([watch.done, orphans]);
    }
  }

  #onLook(wanted: WantedPods, reason: LookReason): void {
    this.board.progress();
    if (reason === "rescan" && wanted.loaded.length > 0) this.#options.metrics?.watchMissed();
    this.#directories = wanted.directories;
    this.#teller.tellSpecs(wanted.problems, wanted.loaded);
    this.#keeper.want(wanted.pods);
    // Of a directory that cannot be read nobody knows whether all of its pods were looked at.
    if (![...wanted.directories.values()].includes("unreadable")) {
      this.#keeper.whenSeen(() => this.board.setReady());
    }
  }

  /** Looks for pods without a spec: at the start, and whenever everything is listed anyway. */
  async #watchOrphans(first: readonly Labelled[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#removeOrphans(first);
    for (;;) {
      // By the supervisors' own time: they list at the same moment.
      const now = this.#origin.now + clock.elapsed() - this.#origin.elapsed;
      const pause = Math.min(
        nextResync(now, this.#supervision) - now,
        Math.max(0, this.#orphansAt - clock.elapsed()),
      );
      await clock.sleep(pause, signal);
      const parts = await this.#list(signal);
      if (parts !== undefined) this.#removeOrphans(parts);
    }
  }

  #removeOrphans(parts: readonly Labelled[]): void {
    const { orphanSettle, orphanDoubt } = this.#bounds;
    const found = findOrphans({
      parts,
      known: this.#keeper.names,
      directories: this.#directories,
      since: this.#orphansSince,
      now: this.#options.clock.elapsed(),
      bounds: {
        settle: orphanSettle,
        doubt: orphanDoubt,
        allowEmpty: this.#options.allowEmpty ?? false,
      },
    });
    this.#orphansSince = found.since;
    this.#orphansAt = found.lookAgainAt ?? Infinity;
    this.#teller.tellKept(found.kept);
    for (const name of found.orphans) this.#keeper.removeOrphan(name);
  }

  /** What is on the engine; undefined when it does not answer. */
  async #list(signal: AbortSignal): Promise<readonly Labelled[] | undefined> {
    this.#orphansAt = Infinity;
    try {
      return await this.#shared.listContainers(undefined, signal);
    } catch {
      // The supervisors tell of it.
      return undefined;
    }
  }

  async #end(): Promise<void> {
    if (this.#mode === "stop-pods" && !this.#left.signal.aborted) {
      this.board.tell("operator", "stops its pods and ends");
      await this.#stopPods();
    } else {
      this.board.tell("operator", "ends, and its pods go on");
    }
    await this.#keeper.detach();
  }

  /** Takes all pods down, or until they are to be left. Each stop is bounded: the wait for them is progress. */
  async #stopPods(): Promise<void> {
    const over = new AbortController();
    const left = AbortSignal.any([this.#left.signal, over.signal]);
    const stopped = this.#keeper.stopAll("the operator stops its pods").finally(() => over.abort());
    while (!left.aborted) {
      this.board.progress();
      await this.#options.clock.sleep(stopProgress, left).catch(() => {});
    }
    if (over.signal.aborted) await stopped;
  }
}

/** The files that pods were made of, by the pod's name. */
function filesOf(parts: readonly Labelled[]): RunningFiles {
  const files = new Map<string, readonly string[]>();
  for (const { labels } of parts) {
    const [pod, list = ""] = [labels[Label.pod], labels[ComposeLabel.configFiles]];
    if (pod === undefined || labels[OperatorLabel.directory] === undefined || list === "") continue;
    if (!files.has(pod)) files.set(pod, list.split(","));
  }
  return files;
}
