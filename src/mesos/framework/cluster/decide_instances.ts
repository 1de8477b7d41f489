/** Which tasks of one pod are to be launched, and which are to end: wanted against what is there. */

import type { PodWish } from "../wish/pod_wish.ts";
import { lateAt } from "./late_instance.ts";
import type { Leaving } from "./leaving_agents.ts";
import type { SlotRecord, TaskRecord } from "./records.ts";

/**
 * For how long a task that is to end and has no successor is waited for, on an agent that the master does not know, in
 * milliseconds: longer than agents take to find a new master.
 */
const unknownWait = 120_000;

/** All that is known of a pod on the cluster. */
export interface PodView {
  /** What is wanted now, an update that was taken back included; undefined: nothing, its spec is gone. */
  readonly wish: PodWish | undefined;
  /** Whether instances of older versions may be replaced at all. */
  readonly updating: boolean;
  /** Whether what is wanted is an older version again, since the update failed. */
  readonly isTakenBack?: boolean;
  /** Those that are not over. */
  readonly tasks: readonly TaskRecord[];
  readonly slots: ReadonlyMap<number, SlotRecord>;
  /** Why the last task of a slot was replaced, where none is there now. */
  readonly replaced: ReadonlyMap<number, string>;
  readonly leaving: Leaving;
  /** Whether the master has yet to tell how a task is: what is known of it may be old. */
  readonly isDoubtful: (task: TaskRecord) => boolean;
}

/** Why an instance is replaced. */
export type Replacement = "its agent is to be left" | "its spec has changed" | "its update is taken back";

const replacements: readonly string[] = [
  "its agent is to be left",
  "its spec has changed",
  "its update is taken back",
] satisfies readonly Replacement[];

/** Whether a task was told to end for another one to take its place. */
export function isReplaced(why: string): boolean {
  return replacements.includes(why);
}

/** While it is not sure whether an instance is late, it is looked at again after so many milliseconds. */
const doubtPause = 10_000;

/** What is to be done about a pod. */
export interface InstanceDecision {
  /** Instances for which a place is to be found, by slot. */
  readonly place: readonly { readonly slot: number; readonly why: string }[];
  readonly kill: readonly { readonly task: TaskRecord; readonly why: string }[];
  /** Tasks that are waited for no longer: others take their places where any are wanted. */
  readonly giveUp: readonly TaskRecord[];
  /** Tasks that are not ready in time, which is told once. */
  readonly late: readonly TaskRecord[];
  /** Milliseconds since 1970: when time alone will change the decision. */
  readonly lookAgainAt: number | undefined;
  /** Every instance is of the wanted version, and was ready for long enough, or has run to its end. */
  readonly settled: boolean;
}

/**
 * Decides about one pod. Of each slot there is never more than one task that runs, as far as anybody can know, but for
 * the time in which a successor gets ready: of an agent that is to be left, or of an update that starts first.
 *
 * @param now milliseconds since 1970
 */
export function decideInstances(view: PodView, now: number): InstanceDecision {
  return new Deciding(view, now).decide();
}

/**
 * Whether a task does what it is for: it runs, and its health check says so where there is one.
 *
 * @param wish what is wanted now, for a task of which it was not noted whether it has one
 */
export function isReady(task: TaskRecord, wish: Pick<PodWish, "hasHealth">): boolean {
  if (task.state !== "TASK_RUNNING" || task.unreachableSince !== undefined) return false;
  return task.hasHealth ?? wish.hasHealth ? task.healthy === true : task.healthy !== false;
}

/** One slot, and whose turn it is there. */
interface Slot {
  readonly number: number;
  /** Of the wanted version, on an agent that stays. */
  readonly keepers: readonly TaskRecord[];
  /** Of the wanted version, on an agent that is to be left. */
  readonly leaving: readonly TaskRecord[];
  /** Somebody else has them killed: an agent that is drained. */
  readonly dying: readonly TaskRecord[];
  /** Of other versions. */
  readonly old: readonly TaskRecord[];
  /** On their way out. */
  readonly ending: readonly TaskRecord[];
}

/** Whether its task is to be replaced, and no successor was launched so far. */
function isDue({ keepers, leaving, old }: Slot): boolean {
  return keepers.length === 0 && (old.length > 0 || leaving.length > 0);
}

/** Where a successor was launched, its predecessors go, also when it is not known any more why it was. */
function leavePredecessors(slot: { keepers: TaskRecord[]; readonly leaving: TaskRecord[] }): void {
  const { keepers } = slot;
  if (keepers.length < 2 || !keepers.some(({ isSuccessor }) => isSuccessor === true)) return;
  const [last] = keepers.filter(({ isSuccessor }) => isSuccessor === true)
    .sort((one, other) => other.intendedAt - one.intendedAt || (one.id > other.id ? -1 : 1));
  slot.leaving.push(...keepers.filter((task) => task !== last));
  slot.keepers = last === undefined ? [] : [last];
}

class Deciding {
  readonly #place: { slot: number; why: string }[] = [];
  readonly #kill: { task: TaskRecord; why: string }[] = [];
  readonly #giveUp: TaskRecord[] = [];
  readonly #late: TaskRecord[] = [];
  #lookAgainAt = Infinity;

  constructor(private readonly view: PodView, private readonly now: number) {}

  decide(): InstanceDecision {
    const { wish, tasks } = this.view;
    for (const task of this.#alive(tasks)) {
      if (wish === undefined) this.#end(task, "its spec is gone");
      else if (task.slot >= wish.replicas) this.#end(task, `${wish.replicas} replicas are wanted`);
    }
    this.#leaveForgotten();
    const slots = wish === undefined ? [] : this.#slotsOf(wish);
    if (wish !== undefined) {
      for (const slot of slots) this.#decideSlot(slot, wish);
      this.#replace(slots, wish);
    }
    const settled = wish !== undefined && slots.every((slot) => this.#isSettled(slot, wish));
    return {
      place: this.#place,
      kill: this.#kill,
      giveUp: this.#giveUp,
      late: this.#late,
      lookAgainAt: this.#lookAgainAt === Infinity ? undefined : this.#lookAgainAt,
      settled,
    };
  }

  #slotsOf(wish: PodWish): Slot[] {
    const slots = Array.from({ length: wish.replicas }, (_, number) => ({
      number,
      keepers: [] as TaskRecord[],
      leaving: [] as TaskRecord[],
      dying: [] as TaskRecord[],
      old: [] as TaskRecord[],
      ending: [] as TaskRecord[],
    }));
    for (const task of this.view.tasks) {
      const slot = slots[task.slot];
      if (slot === undefined || task.phase === "given-up") continue;
      if (this.#isLostForGood(task, wish)) {
        this.#giveUp.push(task);
        continue;
      }
      if (task.phase === "killing") slot.ending.push(task);
      else if (task.state === "TASK_KILLING") slot.dying.push(task);
      else if (task.version !== wish.version) slot.old.push(task);
      else if (this.view.leaving.has(task.agent.id)) slot.leaving.push(task);
      else slot.keepers.push(task);
    }
    for (const slot of slots) leavePredecessors(slot);
    return slots;
  }

  /** What nobody wants and nobody knows is not waited for: there may be nothing that could be told to end. */
  #leaveForgotten(): void {
    const { wish, tasks } = this.view;
    for (const task of tasks) {
      if (task.phase !== "killing" || task.state !== "TASK_UNKNOWN") continue;
      if (wish !== undefined && task.slot < wish.replicas) continue;
      if (this.#isLostForGood(task, { unreachableWait: unknownWait })) this.#giveUp.push(task);
    }
  }

  /** Its agent is out of reach, and was for as long as it is waited for. */
  #isLostForGood(
    { unreachableSince }: TaskRecord,
    { unreachableWait }: Pick<PodWish, "unreachableWait">,
  ): boolean {
    if (unreachableSince === undefined || unreachableWait === null) return false;
    const until = unreachableSince + unreachableWait;
    if (until <= this.now) return true;
    this.#lookAgain(until);
    return false;
  }

  #decideSlot(slot: Slot, wish: PodWish): void {
    const keeper = this.#keepOne(slot, wish);
    if (keeper !== undefined) {
      if (!isReady(keeper, wish)) return this.#lookForLate(keeper, wish);
      for (const task of slot.leaving) this.#end(task, "its agent is to be left, and its successor is ready");
      const isBack = this.view.isTakenBack === true;
      for (const task of slot.old) {
        this.#end(task, isBack ? "its update is taken back" : "its successor is ready");
      }
      return;
    }
    // They are replaced in their turn.
    if (slot.old.length > 0 || slot.leaving.length > 0) return;
    // What was told to end may run for a while yet.
    if (slot.ending.length > 0) return;
    if (slot.dying.length === 0) this.#placeAt(slot, this.#whyEmpty(slot.number));
    else if (wish.update.leaving !== "stop-first") this.#placeAt(slot, "its agent is drained");
  }

  #whyEmpty(number: number): string {
    const replaced = this.view.replaced.get(number);
    if (replaced !== undefined) return replaced;
    if (this.view.tasks.some(({ slot, phase }) => slot === number && phase === "given-up")) {
      return "the one before it was out of reach for too long";
    }
    return this.view.slots.has(number) ? "the one before it has ended" : "there is no instance yet";
  }

  /** An agent out of reach has a time of its own. */
  #lookForLate(task: TaskRecord, { update }: PodWish): void {
    if (task.isLate === true || task.unreachableSince !== undefined) return;
    const at = lateAt(task, update);
    if (at > this.now) this.#lookAgain(at);
    else if (this.view.isDoubtful(task)) this.#lookAgain(this.now + doubtPause);
    else this.#late.push(task);
  }

  /** Of several tasks of one slot the one that does best stays. */
  #keepOne({ keepers }: Slot, wish: PodWish): TaskRecord | undefined {
    const [best, ...others] = [...keepers].sort((one, other) =>
      Number(isReady(other, wish)) - Number(isReady(one, wish)) ||
      Number(one.unreachableSince !== undefined) - Number(other.unreachableSince !== undefined) ||
      one.intendedAt - other.intendedAt || (one.id < other.id ? -1 : 1)
    );
    for (const task of others) this.#end(task, "another task is this instance already");
    return best;
  }

  #placeAt({ number }: Slot, why: string): void {
    const record = this.view.slots.get(number);
    if (record !== undefined && record.version === this.view.wish?.version) {
      if (record.finished === true) return;
      if (record.notBefore > this.now) return this.#lookAgain(record.notBefore);
    }
    this.#place.push({ slot: number, why });
  }

  /** Replaces instances of older versions, and such on agents that are to be left: as many at a time as may be. */
  #replace(slots: readonly Slot[], wish: PodWish): void {
    const due = slots.filter(isDue);
    if (due.length === 0) return;
    const others = slots.filter((slot) => !isDue(slot));
    const { parallel, order, leaving = "start-first" } = wish.update;
    const unsettled =
      others.filter((slot) => !this.#isSettled(slot, wish) && !this.#isWaitedForNoMore(slot, wish)).length;
    // While the old one runs on, nothing is the worse for another instance that is not well.
    let moving = leaving === "stop-first"
      ? unsettled
      : others.filter((slot) => this.#isMoving(slot, wish)).length;
    const before = moving;
    for (const slot of due.filter((slot) => this.#mustMove(slot))) {
      if (moving >= parallel && !this.#isUrgent(slot)) continue;
      // One that cannot be replaced just now does not keep the others from it.
      if (this.#replaceOne(slot, leaving, "its agent is to be left")) moving++;
    }
    if (!this.view.updating) return;
    let inFlux = unsettled + moving - before;
    for (const slot of due.filter((slot) => !this.#mustMove(slot))) {
      if (inFlux++ >= parallel) break;
      const isBack = this.view.isTakenBack === true;
      this.#replaceOne(slot, order, isBack ? "its update is taken back" : "its spec has changed");
    }
  }

  /** Whether an instance has failed, which has counted, and keeps no other from being replaced. */
  #isWaitedForNoMore({ number, keepers: [keeper] }: Slot, wish: PodWish): boolean {
    if (keeper?.isLate === true && !isReady(keeper, wish)) return true;
    const record = this.view.slots.get(number);
    return wish.update.onFailure === "continue" && record?.version === wish.version && record.failures > 0;
  }

  /** Whether the maintenance of an agent has begun on which an instance still is. */
  #isUrgent({ leaving, old }: Slot): boolean {
    return [...leaving, ...old].some(({ agent }) => this.view.leaving.hasBegun(agent.id));
  }

  /** @returns whether it is under way now */
  #replaceOne(slot: Slot, order: "stop-first" | "start-first", why: Replacement): boolean {
    if (order === "stop-first") {
      for (const task of [...slot.leaving, ...slot.old]) this.#end(task, why);
      return true;
    }
    const before = this.#place.length;
    this.#placeAt(slot, why);
    return this.#place.length > before;
  }

  /**
   * Whether it is not the version that has it replaced: of an older version it is so where the update is paused, and
   * otherwise the update comes to it, unless its agent may be gone at any moment.
   */
  #mustMove(slot: Slot): boolean {
    const { leaving, old } = slot;
    if (this.#isUrgent(slot)) return true;
    if (old.length === 0) return leaving.length > 0;
    return !this.view.updating && old.some(({ agent }) => this.view.leaving.has(agent.id));
  }

  /** Whether an instance has just been replaced, so that another one has to wait for it. */
  #isMoving(slot: Slot, wish: PodWish): boolean {
    const [keeper] = slot.keepers;
    if (this.#isWaitedForNoMore(slot, wish)) return false;
    if (slot.leaving.length > 0 || slot.old.length > 0) return true;
    return keeper !== undefined && isReady(keeper, wish) && !this.#isSettled(slot, wish);
  }

  #isSettled(slot: Slot, wish: PodWish): boolean {
    if (slot.old.length > 0 || slot.leaving.length > 0 || slot.dying.length > 0) return false;
    const [keeper] = slot.keepers;
    if (keeper === undefined) {
      const record = this.view.slots.get(slot.number);
      return record?.version === wish.version && record.finished === true;
    }
    if (!isReady(keeper, wish) || keeper.readySince === undefined) return false;
    const until = keeper.readySince + wish.update.healthyFor;
    if (until > this.now) this.#lookAgain(until);
    return until <= this.now;
  }

  #alive(tasks: readonly TaskRecord[]): TaskRecord[] {
    return tasks.filter(({ phase }) => phase === "intended" || phase === "launched");
  }

  #end(task: TaskRecord, why: string): void {
    this.#kill.push({ task, why });
  }

  #lookAgain(at: number): void {
    this.#lookAgainAt = Math.min(this.#lookAgainAt, at);
  }
}
