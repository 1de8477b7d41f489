import { messageOf } from "../pod/errors.ts";
import type { Clock } from "../pod/clock.ts";
import type { Pod } from "../pod/model.ts";
import type { PodStatus } from "../pod/status.ts";
import type { Engine } from "../docker/engine.ts";
import type { Plan } from "../plan/step.ts";
import { Bell } from "../supervisor/bell.ts";
import type { PodPlanner } from "../supervisor/pod_planner.ts";
import { removePod } from "../supervisor/remove_pod.ts";
import { backOff } from "../supervisor/restart_policy.ts";
import type { RestartHistory } from "../supervisor/restart_history.ts";
import { supervise, type Supervision } from "../supervisor/supervise.ts";
import type { SupervisionBounds } from "../supervisor/supervision_bounds.ts";
import { takeDown } from "../supervisor/take_down.ts";
import { inWords } from "../supervisor/words.ts";
import type { LiveBoard } from "./live_board.ts";
import type { OperatorMetrics } from "./operator_metrics.ts";
import { PodStory } from "./pod_story.ts";

/** What a pod is kept with. */
export interface PodRunTools {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly planner: PodPlanner;
  readonly board: LiveBoard;
  readonly bounds: SupervisionBounds;
  readonly history: (id: string) => RestartHistory | undefined;
  readonly origin: { readonly now: number; readonly elapsed: number };
  readonly podOomKills: (pod: Pod) => (() => Promise<number>) | undefined;
  readonly metrics: Pick<OperatorMetrics, "reconciled"> | undefined;
  /** Is told when the pod was looked at for the first time. */
  readonly onLooked: () => void;
}

/** A pod as a spec wants it. */
export interface Wanted {
  readonly pod: Pod;
  /** Absolute path of the spec. */
  readonly key: string;
}

/**
 * One pod of an operator, from the first time that it is wanted until nothing of it is left. There is one writer: one
 * supervision, or one removal, at a time. What is wanted may change at any time; it is the last wish that counts.
 */
export class PodRun {
  readonly name: string;
  /** Fulfilled when nothing is done for the pod any more: it is gone, or was left to itself. */
  readonly done: Promise<void>;
  readonly #tools: PodRunTools;
  readonly #bell = new Bell();
  readonly #story: PodStory;
  /** Aborted by a detachment: whatever is under way ends, and the pod stays as it is. */
  readonly #detached = new AbortController();
  readonly #hastened = new AbortController();
  #wanted: Wanted | undefined;
  #why = "its spec is gone";
  #supervision: Supervision | undefined;
  #isStopping = false;
  #last: Wanted | undefined;
  #isLooked = false;
  #isOver = false;
  /** Nothing of it is on the engine any more. */
  #isGone = false;
  /** Steps of the last plan that have not succeeded yet. */
  readonly #stepsLeft = new Set<string>();
  #changedAt: number | undefined;

  /** @param wanted undefined: what is left of an earlier operator's pod, to be removed */
  constructor(name: string, wanted: Wanted | undefined, tools: PodRunTools) {
    this.name = name;
    this.#tools = tools;
    this.#wanted = wanted;
    this.#story = new PodStory((kind, text) => tools.board.tell(kind, text, name));
    this.#changedAt = tools.clock.elapsed();
    this.done = this.#run();
  }

  /** Whether it has ended, so that no wish counts any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Something else is wanted of the pod, or the same: that changes nothing. */
  want(wanted: Wanted): void {
    const before = this.#wanted;
    this.#wanted = wanted;
    if (before !== undefined && before.key !== wanted.key) {
      this.#tools.board.tell("spec", `its spec is ${wanted.key} now`, this.name);
      if (this.#supervision !== undefined) this.#show(this.#supervision.status);
    }
    if (before?.pod === wanted.pod) return;
    this.#changedAt = this.#tools.clock.elapsed();
    const supervision = this.#supervision;
    if (supervision !== undefined && !this.#isStopping) {
      this.#story.edited(supervision.pod, wanted.pod);
      supervision.edit(wanted.pod);
    }
    this.#bell.ring();
  }

  /** The pod is to go, with all that was made for it but data. */
  remove(why: string): void {
    if (this.#wanted === undefined) return;
    this.#wanted = undefined;
    this.#why = why;
    this.#stopSupervision();
    this.#bell.ring();
  }

  /** What is on its way out is killed. */
  killNow(): void {
    this.#hastened.abort();
    if (this.#isStopping) this.#supervision?.killNow();
  }

  /** The pod is left as it is. */
  detach(): void {
    this.#detached.abort();
    this.#supervision?.detach();
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    const { board, clock, bounds } = this.#tools;
    for (let defects = 0; !this.#detached.signal.aborted;) {
      try {
        const wanted = this.#wanted;
        if (wanted !== undefined) {
          await this.#keep(wanted);
          // It has ended by itself: it is up to its spec whether anything else happens.
          if (!this.#isStopping) await this.#until(() => this.#wanted?.pod !== this.#last?.pod);
        } else if (await this.#removeRest() && this.#wanted === undefined) {
          this.#isOver = true;
          return board.remove(this.name);
        }
        defects = 0;
      } catch (error) {
        if (this.#detached.signal.aborted) return;
        const pause = backOff(++defects, bounds);
        const what = error instanceof Error ? error.stack ?? error.message : String(error);
        board.tell("pod", `mesolet itself failed, and tries again in ${inWords(pause)}: ${what}`, this.name);
        await clock.sleep(pause, this.#detached.signal).catch(() => {});
      }
    }
  }

  /** Keeps the pod until it has ended, or is to go. */
  async #keep(wanted: Wanted): Promise<void> {
    const { engine, clock, planner, bounds, history, origin } = this.#tools;
    const podOomKills = this.#tools.podOomKills(wanted.pod);
    this.#isStopping = false;
    this.#isGone = false;
    this.#last = wanted;
    const supervision = supervise(wanted.pod, {
      engine,
      clock,
      planner,
      bounds,
      history,
      origin,
      found: "judge",
      whenLaunchFails: "keep",
      atEnd: "stop",
      onStatus: (status) => this.#onStatus(status),
      onStopRequest: (text) => this.#tools.board.tell("pod", text, this.name),
      onPlan: (plan, purpose) => {
        this.#looked();
        this.#story.planned(plan, purpose);
        if (purpose === "bring-up") this.#planned(plan);
      },
      observer: {
        succeeded: (step) => {
          this.#story.stepped(step);
          if (this.#stepsLeft.delete(step.id) && this.#stepsLeft.size === 0) this.#reconciled();
        },
      },
      ...(podOomKills === undefined ? {} : { podOomKills }),
    });
    this.#supervision = supervision;
    // What was wished for while nobody listened.
    if (this.#detached.signal.aborted) supervision.detach();
    try {
      const { status, problem } = await supervision.done;
      if (problem !== undefined) this.#tools.board.tell("pod", problem.message, this.name);
      this.#isGone = status.phase === "removed";
    } finally {
      // An edit that came too late is not lost: it is another pod than the one that ended.
      this.#last = { ...wanted, pod: supervision.pod };
      this.#supervision = undefined;
    }
  }

  #stopSupervision(): void {
    // A second stop would kill.
    if (this.#supervision === undefined || this.#isStopping) return;
    this.#isStopping = true;
    this.#supervision.stop(this.#why, { remove: true });
  }

  /** @returns whether nothing is left of it; false when it is wanted again, or has to be tried again. */
  async #removeRest(): Promise<boolean> {
    if (this.#isGone) return true;
    const { board, bounds } = this.#tools;
    for (let attempt = 1; this.#wanted === undefined; attempt++) {
      const problem = await this.#takeDown();
      this.#detached.signal.throwIfAborted();
      if (problem === undefined) {
        board.tell("pod", `is removed: ${this.#why}`, this.name);
        return true;
      }
      const pause = backOff(attempt, bounds);
      board.tell("pod", `${problem}; trying again in ${inWords(pause)}`, this.name);
      await this.#until(() => this.#wanted !== undefined, pause);
    }
    return false;
  }

  /** @returns why something is left */
  async #takeDown(): Promise<string | undefined> {
    const { engine, clock, planner, bounds } = this.#tools;
    const pod = this.#last?.pod;
    try {
      if (pod !== undefined) {
        return await takeDown({ pod, remove: true }, {
          engine,
          clock,
          planner,
          bounds,
          // What has begun is brought to its end, which is bounded.
          hastened: this.#hastened.signal,
        });
      }
      await removePod(this.name, { engine, clock, signal: this.#detached.signal });
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #onStatus(status: PodStatus): void {
    this.#story.became(status);
    this.#show(status);
    if (status.reason !== "" || status.phase === "running") this.#looked();
  }

  #planned(plan: Plan): void {
    this.#stepsLeft.clear();
    for (const { id } of plan.steps) this.#stepsLeft.add(id);
    if (plan.steps.length === 0) this.#reconciled();
  }

  /** The pod is as its spec says, for the first time since that changed. */
  #reconciled(): void {
    if (this.#changedAt === undefined) return;
    this.#tools.metrics?.reconciled(this.#tools.clock.elapsed() - this.#changedAt);
    this.#changedAt = undefined;
  }

  #show(status: PodStatus): void {
    this.#tools.board.show(this.name, this.#wanted?.key ?? this.#last?.key ?? "", status);
  }

  #looked(): void {
    if (this.#isLooked) return;
    this.#isLooked = true;
    this.#tools.onLooked();
  }

  async #until(condition: () => boolean, milliseconds = Infinity): Promise<void> {
    const { clock } = this.#tools;
    const until = clock.elapsed() + milliseconds;
    while (!condition() && !this.#detached.signal.aborted) {
      const left = Math.min(until - clock.elapsed(), longestSleep);
      if (left <= 0) return;
      await this.#bell.wait(clock, left, this.#detached.signal).catch(() => {});
    }
  }
}

/** Timers take no longer ones: a day. */
const longestSleep = 24 * 3_600_000;
