/** The pods of a framework on its cluster: decides what is launched where, what is killed, and what the master is told. */

import type { SchedulerCall, TaskStatus } from "../../wire/messages.ts";
import type { Candidate } from "../placement/choose_agent.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import { Agenda } from "./agenda.ts";
import { type ClusterBounds, clusterBounds } from "./cluster_bounds.ts";
import { ClusterPod, type Waiting } from "./cluster_pod.ts";
import { Demand } from "./demand.ts";
import { LeavingAgents } from "./leaving_agents.ts";
import type { BuildTask, ClusterEffect, ClusterMessage } from "./messages.ts";
import { OfferRound } from "./offer_round.ts";
import { acknowledgeCall, killCall, killStrangerCall, offerCalls, reconcileCalls } from "./master_calls.ts";
import { Reconciliation } from "./reconciliation.ts";
import type { StoreChange, Stored, TaskRecord } from "./records.ts";
import { TaskBook } from "./task_book.ts";
import { endOf } from "./task_end.ts";
import { readTaskId } from "./task_id.ts";
import { withStatus, wordsOfEnd } from "./task_status.ts";

/** What a cluster needs. */
export interface ClusterOptions {
  /** What was known before. */
  readonly stored: Stored;
  /** All roles of the framework. */
  readonly roles: readonly string[];
  readonly buildTask: BuildTask;
  /** Letters and digits that were never given before. */
  readonly newRun: () => string;
  readonly bounds?: Partial<ClusterBounds>;
}

/** A reminder: of a pod, or of a task that was launched or is to end. */
type Subject = ClusterPod | string;

/**
 * All pods and tasks of a framework. It does nothing itself: whoever calls it does what it gives back, in that order.
 * The work of a message is that of what changed, not of all pods.
 *
 * Until the master has told what runs ({@linkcode Reconciliation}) and the specs were read, nothing is launched, and
 * nothing that is not known is killed: a pod may run already, or a task be wanted.
 */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #bounds: ClusterBounds;
  readonly #pods = new Map<string, ClusterPod>();
  readonly #tasks: TaskBook;
  /** Tasks that run and are not known, and what was told of them last. */
  readonly #strangers = new Map<string, TaskStatus>();
  readonly #dirty = new Set<ClusterPod>();
  /** Names of pods that may look different now. */
  #touched = new Set<string>();
  readonly #agenda = new Agenda<Subject>();
  readonly #kills = new Map<string, number>();
  readonly #reconciliation: Reconciliation;
  readonly #demand = new Demand();
  readonly #leaving = new LeavingAgents();
  readonly #waiting = new Set<Waiting>();
  #round: OfferRound | undefined;
  #lastRound: OfferRound | undefined;
  #isConnected = false;
  #hasWishes = false;
  #hasAllWishes = false;
  #knowsAll = false;
  #isWhole: boolean;
  #needsTelling = true;
  #marker: string | undefined;
  #changes: StoreChange[] = [];
  #after: ClusterEffect[] = [];

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#bounds = { ...clusterBounds, ...options.bounds };
    this.#isWhole = options.stored.isWhole;
    this.#reconciliation = new Reconciliation(this.#bounds);
    for (const record of options.stored.pods) {
      this.#pods.set(record.name, new ClusterPod(record.name, record));
    }
    this.#tasks = new TaskBook(options.stored.tasks);
    for (const task of options.stored.tasks) {
      this.#podOf(task.pod).tasks.set(task.id, task);
      if (task.phase === "killing") this.#kills.set(task.id, 0);
    }
    for (const pod of this.#pods.values()) this.#dirty.add(pod);
  }

  /** All pods, by name. */
  get pods(): ReadonlyMap<string, ClusterPod> {
    return this.#pods;
  }

  /** Whether it may launch: the specs were read, and the master has told what runs. */
  get isReady(): boolean {
    return this.#isConnected && this.#hasWishes && this.#knowsAll;
  }

  /** Names of the pods that something happened to since this was asked for, those that are gone included. */
  takeTouched(): ReadonlySet<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  /** Milliseconds since 1970: when a `tick` is due. */
  get nextAt(): number | undefined {
    const times = [this.#agenda.next];
    if (this.#isConnected) times.push(this.#reconciliation.nextAt);
    if (this.isReady) times.push(this.#demand.nextAt);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** What the last offers were, less what was taken of them: for those who keep in mind what agents have. */
  get lastOffers(): Iterable<Candidate> {
    return this.#lastRound?.candidates ?? [];
  }

  /** Ids of agents that are to be left. */
  get leaving(): { has(agent: string): boolean } {
    return this.#leaving;
  }

  /**
   * Takes a message.
   *
   * @param now milliseconds since 1970
   */
  handle(message: ClusterMessage, now: number): ClusterEffect[] {
    this.#changes = [];
    this.#after = [];
    this.#take(message, now);
    this.#look(now);
    this.#place(now);
    this.#askMaster(now);
    return this.#effects();
  }

  #take(message: ClusterMessage, now: number): void {
    switch (message.kind) {
      case "wishes":
        this.#hasWishes = true;
        this.#hasAllWishes = message.isComplete;
        for (const name of message.changed) {
          const wish = message.wishes.get(name);
          if (wish === undefined && !this.#pods.has(name)) continue;
          const pod = this.#podOf(name);
          pod.wish = wish;
          this.#dirty.add(pod);
        }
        return;
      case "subscribed":
        this.#isConnected = true;
        this.#demand.begin();
        // Who has lost what was stored waits until the master has told of everything; no other one has to.
        this.#needsTelling = !message.isNew && !this.#isWhole;
        this.#marker = this.#needsTelling ? `marker.${this.#options.newRun()}` : undefined;
        this.#reconciliation.begin(this.#tasks.ids(), now, this.#marker);
        // What was told before may have been lost.
        for (const id of this.#kills.keys()) {
          this.#kills.set(id, 0);
          this.#remind(id, now);
        }
        for (const pod of this.#pods.values()) this.#dirty.add(pod);
        return;
      case "disconnected":
        this.#isConnected = this.#knowsAll = false;
        this.#reconciliation.end();
        this.#strangers.clear();
        this.#leaving.clear();
        this.#round = undefined;
        return;
      case "offers":
        this.#round = new OfferRound(message.offers, this.#leaving, now);
        return;
      case "inverse-offers":
        return this.#lookAtAgents(this.#leaving.take(message.offers));
      case "inverse-offer-rescinded": {
        const agent = this.#leaving.rescind(message.id);
        return this.#lookAtAgents(agent === undefined ? [] : [agent]);
      }
      case "update":
        return this.#takeStatus(message.status, now);
      case "tick":
        for (const subject of this.#agenda.due(now)) {
          if (subject instanceof ClusterPod) this.#dirty.add(subject);
          else this.#remind(subject, now);
        }
    }
  }

  // What runs

  #takeStatus(status: TaskStatus, now: number): void {
    const id = status.task_id.value;
    this.#reconciliation.answered(id);
    const task = this.#tasks.get(id);
    if (id === this.#marker) return;
    if (task === undefined) this.#takeStranger(status);
    else this.#takeKnown(task, status, now);
    const acknowledge = acknowledgeCall(status);
    if (acknowledge !== undefined) this.#call(acknowledge);
  }

  #takeKnown(task: TaskRecord, status: TaskStatus, now: number): void {
    const pod = this.#podOf(task.pod);
    this.#dirty.add(pod);
    const end = endOf(task, status.state);
    if (end !== undefined) {
      this.#tell(pod.name, `instance ${task.slot} ${wordsOfEnd(status)}`);
      this.#forget(task);
      const why = status.message ?? status.state;
      const news = pod.taskEnded(task, end, why, now, this.#bounds);
      if (news !== undefined) this.#tell(pod.name, news);
      this.#demand.wake(now);
      return;
    }
    const isLost = status.state === "TASK_UNREACHABLE";
    const next = withStatus(task, status, pod.target ?? { hasHealth: false }, now);
    if (next !== task) this.#put(next);
    if (isLost !== (task.unreachableSince !== undefined)) {
      this.#tell(
        pod.name,
        isLost
          ? `instance ${task.slot} is out of reach, with its agent ${task.agent.hostname}`
          : `instance ${task.slot} is in reach again`,
      );
    }
    if (task.phase === "given-up" && !isLost) this.#kill(next, "another one has taken its place", now);
  }

  /** A task that is not known runs: one of an intent that was lost, or one that nobody wants. */
  #takeStranger(status: TaskStatus): void {
    const id = status.task_id.value;
    if (endOf({ phase: "launched" }, status.state) !== undefined) this.#strangers.delete(id);
    else this.#strangers.set(id, status);
  }

  /** Takes a task that says by its id which instance it is, where there is none. */
  #adopt(status: TaskStatus, now: number): boolean {
    if (status.state === "TASK_KILLING") return false;
    const identity = readTaskId(status.task_id.value);
    const pod = identity === undefined ? undefined : this.#pods.get(identity.pod);
    if (identity === undefined || pod?.target === undefined || status.agent_id === undefined) return false;
    const isThere = [...pod.tasks.values()].some(({ slot, phase }) =>
      slot === identity.slot && phase !== "given-up"
    );
    if (isThere || identity.slot >= pod.target.replicas) return false;
    const agent = status.agent_id.value;
    this.#tell(pod.name, `instance ${identity.slot} was found on agent ${agent}, and is taken over`);
    const found: TaskRecord = {
      id: status.task_id.value,
      ...identity,
      role: pod.target.roles[0] ?? "*",
      executorId: status.task_id.value,
      agent: { id: agent, hostname: agent, attributes: [] },
      ports: [],
      phase: "launched",
      intendedAt: now,
      state: status.state,
    };
    const task = withStatus(found, status, pod.target, now);
    this.#put(task);
    this.#dirty.add(pod);
    return true;
  }

  // What is wanted

  #look(now: number): void {
    this.#settleStrangers(now);
    for (const pod of this.#dirty) {
      this.#touched.add(pod.name);
      this.#lookAt(pod, now);
    }
    this.#dirty.clear();
  }

  /** Takes over what runs and is wanted; the rest of what is not known goes when the master has answered for all. */
  #settleStrangers(now: number): void {
    if (!this.#isConnected || !this.#hasWishes) return;
    if (!this.#knowsAll) {
      if (this.#needsTelling && !this.#reconciliation.isComplete) return;
      this.#knowsAll = true;
      if (!this.#isWhole) this.#changes.push({ kind: "whole" });
      this.#isWhole = true;
      for (const pod of this.#pods.values()) this.#dirty.add(pod);
    }
    // One whose spec cannot be read just now is no stranger.
    const mayGo = this.#hasAllWishes && this.#reconciliation.open.size === 0;
    for (const [id, status] of this.#strangers) {
      if (this.#adopt(status, now)) this.#strangers.delete(id);
      else if (mayGo) {
        this.#strangers.delete(id);
        this.#tell(undefined, `task ${id} runs, and nobody wants it: it is killed`);
        this.#call(killStrangerCall(status));
      }
    }
  }

  #lookAt(pod: ClusterPod, now: number): void {
    // Nothing of it is to end before somebody has said that it is not wanted.
    if (!pod.isDecided) return;
    const decision = pod.decide(this.#leaving, now);
    this.#agenda.set(pod, decision.lookAgainAt);
    for (const { task, why } of decision.kill) this.#kill(task, why, now);
    for (const task of decision.giveUp) this.#giveUp(pod, task);
    this.#setWaiting(pod, decision.place, now);
    const record = pod.takeChanged();
    if (pod.isOver) {
      this.#pods.delete(pod.name);
      this.#agenda.set(pod, undefined);
      this.#changes.push({ kind: "remove-pod", name: pod.name });
    } else if (record !== undefined) this.#changes.push({ kind: "put-pod", pod: record });
    // What was given up leaves its slot to another one, by the next look.
    if (decision.giveUp.length > 0) this.#lookAt(pod, now);
  }

  #setWaiting(
    pod: ClusterPod,
    place: readonly { readonly slot: number; readonly why: string }[],
    now: number,
  ): void {
    const wish = pod.target;
    const slots = new Set(place.map(({ slot }) => slot));
    for (const [slot, waiting] of pod.waiting) {
      if (slots.has(slot) && waiting.wish === wish) continue;
      pod.waiting.delete(slot);
      this.#waiting.delete(waiting);
    }
    for (const { slot, why } of place) {
      if (wish === undefined || pod.waiting.has(slot)) continue;
      const waiting: Waiting = { pod, slot, wish, why, since: now };
      pod.waiting.set(slot, waiting);
      this.#waiting.add(waiting);
      this.#demand.wake(now);
    }
  }

  #kill(task: TaskRecord, why: string, now: number): void {
    if (task.phase === "killing" && this.#kills.has(task.id)) return;
    this.#tell(task.pod, `instance ${task.slot} is stopped: ${why}`);
    this.#put({ ...task, phase: "killing", why });
    this.#kills.set(task.id, 0);
    this.#remind(task.id, now);
  }

  #giveUp(pod: ClusterPod, task: TaskRecord): void {
    this.#tell(pod.name, `instance ${task.slot} was out of reach for too long: another one takes its place`);
    this.#put({ ...task, phase: "given-up", why: "it was out of reach for too long" });
  }

  /** A task was launched and nobody tells of it, or is to end and does not. */
  #remind(id: string, now: number): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    if (task.phase === "intended") return this.#reconciliation.ask(id, now);
    if (task.phase !== "killing") return;
    const times = this.#kills.get(id) ?? 0;
    this.#kills.set(id, times + 1);
    this.#agenda.set(id, now + Math.min(this.#bounds.killAgain * 2 ** times, this.#bounds.killLast));
    this.#call(killCall(task));
    if (times > 0) this.#reconciliation.ask(id, now);
  }

  // Offers

  #place(now: number): void {
    const round = this.#round;
    if (round === undefined) return;
    this.#round = undefined;
    if (this.isReady) this.#launchOn(round, now);
    const { refuse, refuseEarly } = this.#bounds;
    const later = { refuse_seconds: refuse / 1000 };
    // What comes before anything can be decided is wanted soon again.
    const soon = { refuse_seconds: refuseEarly / 1000 };
    for (const call of offerCalls(round, later, this.isReady ? later : soon)) this.#call(call);
    this.#lastRound = round;
  }

  #launchOn(round: OfferRound, now: number): void {
    const hopeless = new Set<PodWish>();
    for (const waiting of [...this.#waiting]) {
      const { pod, slot, wish } = waiting;
      // Instances of one pod are alike: where one finds no place, the next one does not either.
      if (hopeless.has(wish)) continue;
      const chosen = round.choose(wish, pod.siblingsOf(slot));
      if (chosen === undefined) {
        hopeless.add(wish);
        continue;
      }
      const task = round.take(chosen, wish, slot, this.#options.newRun(), this.#options.buildTask, now);
      this.#tell(pod.name, `instance ${slot} is launched on ${chosen.agent.hostname}: ${waiting.why}`);
      this.#waiting.delete(waiting);
      pod.waiting.delete(slot);
      this.#touched.add(pod.name);
      this.#put(task);
      this.#agenda.set(task.id, now + this.#bounds.launchDoubt);
    }
  }

  // Agents that are to be left

  #lookAtAgents(agents: readonly string[]): void {
    for (const agent of agents) {
      for (const { pod } of this.#tasks.on(agent)) this.#dirty.add(this.#podOf(pod));
      this.#leave(agent);
    }
  }

  /** Agrees to leave an agent where nothing of ours is any more. */
  #leave(agent: string): void {
    const call = this.#leaving.left(agent);
    if (call !== undefined && this.#tasks.on(agent).length === 0) this.#call(call);
  }

  // The master

  #askMaster(now: number): void {
    if (!this.#isConnected) return;
    const asked = this.#reconciliation.due(now, () => this.#tasks.ids());
    for (const call of reconcileCalls(asked, (id) => this.#tasks.get(id))) this.#call(call);
    if (!this.isReady) return;
    const wanted = this.#demand.decide(this.#waiting.size, now);
    const { roles } = this.#options;
    if (wanted === "revive") this.#call({ type: "REVIVE", revive: { roles } });
    if (wanted === "suppress") this.#call({ type: "SUPPRESS", suppress: { roles } });
  }

  #effects(): ClusterEffect[] {
    const changes = [...this.#tasks.takeChanges(), ...this.#changes];
    return changes.length === 0 ? this.#after : [{ kind: "store", changes }, ...this.#after];
  }

  #podOf(name: string): ClusterPod {
    let pod = this.#pods.get(name);
    if (pod === undefined) this.#pods.set(name, pod = new ClusterPod(name));
    return pod;
  }

  #put(task: TaskRecord): void {
    this.#tasks.put(task);
    this.#podOf(task.pod).tasks.set(task.id, task);
  }

  #forget(task: TaskRecord): void {
    this.#tasks.remove(task);
    this.#kills.delete(task.id);
    this.#agenda.set(task.id, undefined);
    this.#leave(task.agent.id);
  }

  #call(call: SchedulerCall): void {
    if (this.#isConnected) this.#after.push({ kind: "call", call });
  }

  #tell(pod: string | undefined, text: string): void {
    this.#after.push({ kind: "tell", ...(pod === undefined ? {} : { pod }), text });
  }
}
