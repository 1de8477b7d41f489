/** The pods of a framework on its cluster: decides what is launched where, what is killed, and what the master is told. */

import type { TaskStatus } from "../../wire/messages.ts";
import type { Candidate } from "../placement/choose_agent.ts";
import { type ClusterBounds, clusterBounds } from "./cluster_bounds.ts";
import { ClusterPod } from "./cluster_pod.ts";
import { ClusterState } from "./cluster_state.ts";
import { EndingTasks } from "./ending_tasks.ts";
import { LeavingAgents } from "./leaving_agents.ts";
import { acknowledgeCall, killCalls, reconcileCalls } from "./master_calls.ts";
import type { BuildTask, ClusterEffect, ClusterMessage } from "./messages.ts";
import { Placing } from "./placing.ts";
import { Reconciliation } from "./reconciliation.ts";
import type { Stored, TaskRecord } from "./records.ts";
import { Strangers } from "./strangers.ts";
import { endOf } from "./task_end.ts";
import { groupReport, isFailing, openTasksOf } from "./task_group.ts";
import { isOutOfReach, whyEnded, withStatus, wordsOfEnd } from "./task_status.ts";

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

/**
 * All pods and tasks of a framework. It does nothing itself: whoever calls it does what it gives back, in that order.
 * The work of a message is that of what changed, not of all pods.
 *
 * Until the master has told what runs ({@linkcode Reconciliation}) and the specs were read, nothing is launched, and
 * nothing that is not known is killed: a pod may run already, or a task be wanted.
 */
export class Cluster {
  readonly #newRun: () => string;
  readonly #bounds: ClusterBounds;
  readonly #state: ClusterState;
  readonly #reconciliation: Reconciliation;
  readonly #strangers: Strangers;
  readonly #ending: EndingTasks;
  readonly #placing: Placing;
  readonly #leaving = new LeavingAgents();
  readonly #isDoubtful = (task: TaskRecord) =>
    !this.#state.isConnected || openTasksOf(task).some((id) => this.#reconciliation.open.has(id));
  /** Of the master. */
  #region: string | undefined;
  #hasWishes = false;
  #hasAllWishes = false;
  #knowsAll = false;
  #isWhole: boolean;
  #needsTelling = true;
  #marker: string | undefined;

  constructor({ stored, roles, buildTask, newRun, bounds }: ClusterOptions) {
    this.#newRun = newRun;
    this.#bounds = { ...clusterBounds, ...bounds };
    this.#isWhole = stored.isWhole;
    this.#state = new ClusterState(stored);
    this.#reconciliation = new Reconciliation(this.#bounds);
    this.#strangers = new Strangers(this.#state);
    this.#ending = new EndingTasks(this.#state, this.#reconciliation, this.#bounds);
    this.#placing = new Placing(this.#state, { roles, buildTask, newRun, bounds: this.#bounds });
  }

  /** All pods, by name. */
  get pods(): ReadonlyMap<string, ClusterPod> {
    return this.#state.pods;
  }

  /** Whether it may launch: the specs were read, and the master has told what runs. */
  get isReady(): boolean {
    return this.#state.isConnected && this.#hasWishes && this.#knowsAll;
  }

  /** Names of the pods that something happened to since this was asked for, those that are gone included. */
  takeTouched(): ReadonlySet<string> {
    return this.#state.takeTouched();
  }

  /** Milliseconds since 1970: when a `tick` is due. */
  get nextAt(): number | undefined {
    const times = [this.#state.agenda.next, this.#leaving.nextAt];
    if (this.#state.isConnected) times.push(this.#reconciliation.nextAt);
    if (this.isReady) times.push(this.#placing.nextAt);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** What the last offers were, less what was taken of them: for those who keep in mind what agents have. */
  get lastOffers(): Iterable<Candidate> {
    return this.#placing.lastOffers;
  }

  /** Milliseconds since 1970: since when a role was offered nothing, though something waits for it. */
  silentSince(role: string): number | undefined {
    return this.#placing.silentSince(role);
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
    this.#take(message, now);
    this.#lookAtAgents(this.#leaving.due(now));
    this.#settle(now);
    this.#look(now);
    this.#placing.place(this.isReady, now);
    this.#askMaster(now);
    return this.#state.takeEffects();
  }

  #take(message: ClusterMessage, now: number): void {
    switch (message.kind) {
      case "wishes":
        return this.#takeWishes(message);
      case "subscribed":
        return this.#begin(message, now);
      case "disconnected":
        this.#state.isConnected = this.#knowsAll = false;
        this.#reconciliation.end();
        this.#strangers.clear();
        this.#leaving.clear();
        this.#placing.end();
        return;
      case "offers":
        return this.#placing.take(message.offers, { leaving: this.#leaving, region: this.#region, now });
      case "inverse-offers":
        this.#leaving.take(message.offers);
        return message.offers.forEach(({ agent_id }) =>
          agent_id !== undefined && this.#leave(agent_id.value)
        );
      case "inverse-offer-rescinded": {
        const agent = this.#leaving.rescind(message.id);
        return this.#lookAtAgents(agent === undefined ? [] : [agent]);
      }
      case "update":
        return this.#takeStatus(message.status, now);
      case "tick":
        for (const subject of this.#state.agenda.due(now)) {
          if (subject instanceof ClusterPod) this.#state.dirty.add(subject);
          else this.#remind(subject, now);
        }
    }
  }

  #takeWishes({ wishes, changed, isComplete }: Extract<ClusterMessage, { readonly kind: "wishes" }>): void {
    this.#hasWishes = true;
    this.#hasAllWishes = isComplete;
    this.#strangers.reconsider();
    for (const name of changed) {
      const wish = wishes.get(name);
      if (wish === undefined && !this.#state.pods.has(name)) continue;
      const pod = this.#state.podOf(name);
      pod.wish = wish;
      this.#state.dirty.add(pod);
    }
  }

  #begin({ isNew, region }: Extract<ClusterMessage, { readonly kind: "subscribed" }>, now: number): void {
    this.#state.isConnected = true;
    this.#region = region;
    this.#placing.begin();
    // Who has lost what was stored waits until the master has told of everything; no other one has to.
    this.#needsTelling = !isNew && !this.#isWhole;
    this.#marker = this.#needsTelling ? `marker.${this.#newRun()}` : undefined;
    this.#reconciliation.begin(this.#state.tasks.openIds(), now, this.#marker);
    this.#ending.begin(now);
    this.#state.dirtyAll();
  }

  // What runs

  #takeStatus(status: TaskStatus, now: number): void {
    const id = status.task_id.value;
    this.#reconciliation.answered(id);
    const task = this.#state.tasks.find(id);
    if (id === this.#marker) return;
    if (task === undefined) this.#strangers.take(status);
    else if (task.members === undefined) this.#takeKnown(task, task, status, now);
    else this.#takeMember(task, status, now);
    const acknowledge = acknowledgeCall(status);
    if (acknowledge !== undefined) this.#state.call(acknowledge);
  }

  /** One task of a group says something of itself: what that means for all of them. */
  #takeMember(group: TaskRecord, status: TaskStatus, now: number): void {
    const { task, whole } = groupReport(group, status);
    this.#takeKnown(group, task, whole, now);
    // Its executor ends the others by itself; should it not, they are not to go on without the one that failed.
    if (task.phase === "killing" || !isFailing(task)) return;
    for (const call of killCalls(task)) this.#state.call(call);
  }

  /** @param before the same before its tasks said something, where it is a group */
  #takeKnown(before: TaskRecord, task: TaskRecord, status: TaskStatus, now: number): void {
    const state = this.#state;
    const pod = state.podOf(task.pod);
    const end = endOf(task, status.state);
    if (end !== undefined) {
      state.dirty.add(pod);
      state.tell(pod.name, `instance ${task.slot} ${wordsOfEnd(status)}`);
      this.#forget(task);
      const why = whyEnded(status) ?? status.state;
      const news = pod.taskEnded(task, end, why, now, this.#bounds);
      if (news !== undefined) state.tell(pod.name, news);
      this.#placing.wake(now);
      return;
    }
    const isLost = isOutOfReach(status.state);
    const next = withStatus(task, status, pod.target ?? { hasHealth: false }, now);
    // The master's answers every now and then mostly say what is known.
    if (next !== before) {
      state.put(next);
      state.dirty.add(pod);
    }
    if (isLost !== (task.unreachableSince !== undefined)) {
      state.tell(
        pod.name,
        isLost
          ? `instance ${task.slot} is out of reach, with its agent ${task.agent.hostname}`
          : `instance ${task.slot} is in reach again`,
      );
    }
    // A master that has lost what it knew does not tell when the agent has come back.
    if (isUnknown(next)) this.#state.agenda.set(next.id, this.#reconciliation.againAt(next, now));
    if (task.phase === "given-up" && !isLost) {
      this.#ending.end(next, "another one has taken its place", now);
    }
  }

  /** A task was launched and nobody tells of it, or is to end and does not. */
  #remind(id: string, now: number): void {
    const task = this.#state.tasks.get(id);
    if (task?.phase === "intended" || (task !== undefined && isUnknown(task))) this.#ask(task, now);
    if (task?.phase === "killing") this.#ending.tell(task, now);
  }

  #ask(task: TaskRecord, now: number): void {
    for (const open of openTasksOf(task)) this.#reconciliation.ask(open, now);
  }

  #forget(task: TaskRecord): void {
    this.#state.forget(task);
    this.#ending.ended(task.id);
    this.#leave(task.agent.id);
  }

  /** Takes over what runs and is wanted; the rest of what is not known goes when the master has answered for all. */
  #settle(now: number): void {
    if (!this.#state.isConnected || !this.#hasWishes) return;
    if (!this.#knowsAll) {
      if (this.#needsTelling && !this.#reconciliation.isComplete) return;
      this.#knowsAll = true;
      this.#state.dirtyAll();
    }
    // One whose spec cannot be read just now is no stranger.
    this.#strangers.settle(this.#hasAllWishes && this.#reconciliation.open.size === 0, now);
    // What is stored is whole when it has all that runs, and not when the master has just told it.
    if (this.#isWhole || !this.#strangers.isEmpty) return;
    this.#isWhole = true;
    this.#state.store({ kind: "whole" });
  }

  // What is wanted

  #look(now: number): void {
    const { dirty } = this.#state;
    for (const pod of dirty) {
      if (this.#isTooSoon(pod, now)) continue;
      this.#state.touch(pod);
      this.#lookAt(pod, now);
    }
    dirty.clear();
  }

  /**
   * A look costs what a pod has instances. One of thousands of them, that each tell of themselves, is looked at once for
   * many.
   */
  #isTooSoon(pod: ClusterPod, now: number): boolean {
    const { largePod, largePause } = this.#bounds;
    const since = now - pod.lookedAt;
    // A date may have been set back.
    if (pod.tasks.size <= largePod || since >= largePause || since < 0) {
      pod.lookedAt = now;
      return false;
    }
    this.#state.agenda.set(pod, pod.lookedAt + largePause);
    return true;
  }

  #lookAt(pod: ClusterPod, now: number): void {
    // Nothing of it is to end before somebody has said that it is not wanted.
    if (!pod.isDecided) return;
    const decision = pod.decide({ leaving: this.#leaving, isDoubtful: this.#isDoubtful }, now);
    this.#state.agenda.set(pod, decision.lookAgainAt);
    for (const { task, why } of decision.kill) this.#ending.end(task, why, now);
    for (const task of decision.giveUp) this.#giveUp(pod, task, now);
    for (const task of decision.late) {
      for (const text of pod.taskLate(task, now)) this.#state.tell(pod.name, text);
      this.#state.put({ ...task, isLate: true });
    }
    this.#placing.wait(pod, decision.place, now);
    const record = pod.takeChanged();
    if (pod.isOver) this.#state.remove(pod);
    else if (record !== undefined) this.#state.store({ kind: "put-pod", pod: record });
    // What was given up leaves its slot to another one, by the next look, and what is late may end an update.
    if (decision.giveUp.length + decision.late.length > 0) this.#lookAt(pod, now);
  }

  #giveUp(pod: ClusterPod, task: TaskRecord, now: number): void {
    const why = "it was out of reach for too long";
    const isWanted = task.slot < (pod.target?.replicas ?? 0);
    const next = isWanted ? "another one takes its place" : "it is left alone";
    this.#state.tell(pod.name, `instance ${task.slot} was out of reach for too long: ${next}`);
    this.#state.put({ ...task, phase: "given-up", why });
    if (task.state === "TASK_UNKNOWN") this.#ask(task, now);
  }

  // Agents that are to be left

  #lookAtAgents(agents: readonly string[]): void {
    for (const agent of agents) {
      for (const { pod } of this.#state.tasks.on(agent)) this.#state.dirty.add(this.#state.podOf(pod));
      this.#leave(agent);
    }
  }

  /** Agrees to leave an agent where nothing of ours is any more. */
  #leave(agent: string): void {
    if (this.#state.tasks.on(agent).length > 0) return;
    const call = this.#leaving.left(agent);
    if (call !== undefined) this.#state.call(call);
  }

  // The master

  #askMaster(now: number): void {
    if (!this.#state.isConnected) return;
    const { tasks } = this.#state;
    const asked = this.#reconciliation.due(now, () => tasks.openIds());
    for (const call of reconcileCalls(asked, (id) => tasks.find(id))) this.#state.call(call);
    if (this.isReady) this.#placing.askMaster(now);
  }
}

/** Whether nobody knows of a task, and it is waited for that somebody does; one that is to end is asked for as it is told so. */
function isUnknown({ phase, state }: TaskRecord): boolean {
  return phase === "launched" && state === "TASK_UNKNOWN";
}
