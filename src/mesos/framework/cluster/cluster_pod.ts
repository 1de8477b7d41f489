/** One pod on a cluster: what is wanted of it, its tasks, and what is remembered. */

import type { Sibling } from "../placement/rules.ts";
import type { PodOrigin } from "../wish/pod_origin.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import { decideInstances, type InstanceDecision, isReplaced, type PodView } from "./decide_instances.ts";
import { wordsOfLate } from "./late_instance.ts";
import {
  agentFacts,
  type PodRecord,
  type RolloutTrouble,
  type SlotRecord,
  type TaskRecord,
} from "./records.ts";
import { afterEnd, type RestartBounds, type TaskEnd } from "./task_end.ts";

/** What waits for a place. */
export interface Waiting {
  readonly pod: ClusterPod;
  readonly slot: number;
  readonly wish: PodWish;
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** The state of one pod. All changes of what is stored are to be written: {@linkcode takeChanged} says when. */
export class ClusterPod {
  readonly tasks = new Map<string, TaskRecord>();
  readonly waiting = new Map<number, Waiting>();
  /** Milliseconds since 1970: when it was looked at last. */
  lookedAt = -Infinity;
  readonly #slots = new Map<number, SlotRecord>();
  /** Why the last task of a slot was replaced. */
  readonly #replaced = new Map<number, string>();
  #wish: PodWish | undefined;
  #settled: PodWish | undefined;
  #trouble: RolloutTrouble | undefined;
  #target: PodWish | undefined;
  #origin: PodOrigin | undefined;
  #isDecided = false;
  #isChanged = false;

  constructor(readonly name: string, record?: PodRecord) {
    this.#settled = record?.settled;
    this.#trouble = record?.trouble;
    this.#origin = record?.origin;
    for (const slot of record?.slots ?? []) this.#slots.set(slot.slot, slot);
  }

  /** What is wanted, as the spec says; undefined: the pod is to go. */
  get wish(): PodWish | undefined {
    return this.#wish;
  }

  set wish(wish: PodWish | undefined) {
    this.#wish = wish;
    this.#isDecided = true;
    if (wish !== undefined && !isSameOrigin(wish.origin, this.#origin)) {
      this.#origin = wish.origin;
      this.#isChanged = true;
    }
    if (this.#trouble !== undefined && this.#trouble.version !== wish?.version) {
      // Another version is another try.
      this.#trouble = undefined;
      this.#isChanged = true;
    }
    this.#aim();
  }

  /** What is wanted after an update that failed was taken back: the same object, as long as it is the same. */
  get target(): PodWish | undefined {
    return this.#target;
  }

  /** Whether anybody has said yet whether it is wanted. */
  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** Where its spec is, or was. */
  get origin(): PodOrigin | undefined {
    return this.#origin;
  }

  /** The last version that ran well in all of its instances. */
  get settled(): PodWish | undefined {
    return this.#settled;
  }

  get trouble(): RolloutTrouble | undefined {
    return this.#trouble;
  }

  /** Why the last task of a slot ended. */
  slot(number: number): SlotRecord | undefined {
    return this.#slots.get(number);
  }

  /** Where the other instances are, as far as they count for where this one may be. */
  siblingsOf(slot: number): Sibling[] {
    return [...this.tasks.values()]
      .filter((task) => task.slot !== slot && task.phase !== "given-up")
      .map(({ agent }) => ({ agent: agentFacts(agent) }));
  }

  /** Nothing is wanted of it, and nothing of it is left. */
  get isOver(): boolean {
    return this.#isDecided && this.#wish === undefined && this.tasks.size === 0;
  }

  /** What is to be done about it. */
  decide({ leaving, isDoubtful }: Pick<PodView, "leaving" | "isDoubtful">, now: number): InstanceDecision {
    const decision = decideInstances({
      wish: this.target,
      updating: this.#trouble?.verdict !== "paused",
      isTakenBack: this.#trouble?.verdict === "rolled-back",
      tasks: [...this.tasks.values()],
      slots: this.#slots,
      replaced: this.#replaced,
      leaving,
      isDoubtful,
    }, now);
    const { target } = this;
    if (decision.settled && target !== undefined && this.#settled?.version !== target.version) {
      // What was taken back is settled already, so this is no rollback that would have to be aimed anew.
      this.#settled = target;
      this.#isChanged = true;
    }
    return decision;
  }

  /**
   * A task is over: its slot remembers.
   *
   * @returns what became of an update by that, when it is news
   */
  taskEnded(
    task: TaskRecord,
    end: TaskEnd,
    why: string,
    now: number,
    bounds: RestartBounds,
  ): string | undefined {
    this.tasks.delete(task.id);
    this.#replaced.delete(task.slot);
    if (end === "killed" && task.why !== undefined && isReplaced(task.why)) {
      this.#replaced.set(task.slot, task.why);
    }
    if (end === "killed") return undefined;
    this.#slots.set(task.slot, afterEnd(this.#slots.get(task.slot), task, end, why, now, bounds));
    this.#isChanged = true;
    // One that was late has counted already.
    return end === "failed" && task.isLate !== true ? this.#judge(task, why, now) : undefined;
  }

  /**
   * A task is not ready in time, for which it is not killed.
   *
   * @returns what is to be told
   */
  taskLate(task: TaskRecord, now: number): string[] {
    if (this.#target === undefined) return [];
    const why = `instance ${task.slot} ${wordsOfLate(task, this.#target.update)}`;
    const news = this.#judge(task, why, now);
    return news === undefined ? [why] : [why, news];
  }

  /** What is to be stored, if that has changed since it was asked for. */
  takeChanged(): PodRecord | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    return {
      name: this.name,
      ...(this.#origin === undefined ? {} : { origin: this.#origin }),
      ...(this.#settled === undefined ? {} : { settled: this.#settled }),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
      slots: [...this.#slots.values()],
    };
  }

  #aim(): void {
    const isBack = this.#trouble?.verdict === "rolled-back";
    this.#target = isBack && this.#wish !== undefined && this.#settled !== undefined
      // The number of replicas is none of what failed.
      ? { ...this.#settled, replicas: this.#wish.replicas }
      : this.#wish;
  }

  /** Counts a failure of a version that is being rolled out, and takes the update back where it is to be. */
  #judge(task: TaskRecord, why: string, now: number): string | undefined {
    const wish = this.#wish;
    const settled = this.#settled;
    // Of the first version ever, and of one that has run well everywhere, there is nothing to take back.
    if (wish === undefined || settled === undefined || task.version !== wish.version) return undefined;
    if (settled.version === wish.version) return undefined;
    const { healthyFor, maximumFailures, onFailure } = wish.update;
    if (task.readySince !== undefined && now - task.readySince >= healthyFor) return undefined;
    const before = this.#trouble ?? { version: wish.version, failures: 0, verdict: "watched" as const };
    const failures = before.failures + 1;
    const isTooMuch = failures > maximumFailures && before.verdict === "watched" && onFailure !== "continue";
    const verdict = !isTooMuch ? before.verdict : onFailure === "rollback" ? "rolled-back" : "paused";
    this.#trouble = { version: wish.version, failures, verdict, why };
    this.#isChanged = true;
    this.#aim();
    if (!isTooMuch) return undefined;
    if (verdict === "paused") return `the update is paused, ${failures} new instances failed: ${why}`;
    return `the update is taken back, ${failures} new instances failed: ${why}`;
  }
}

function isSameOrigin(one: PodOrigin, other: PodOrigin | undefined): boolean {
  return one.directory === other?.directory && one.files.length === other.files.length &&
    one.files.every((file, index) => file === other.files[index]);
}
