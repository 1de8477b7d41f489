/** What a cluster knows, and what is to be done for the message that it has just taken: its parts work on this. */

import type { SchedulerCall } from "../../wire/messages.ts";
import type { AgentFacts } from "../placement/agent_facts.ts";
import { Agenda } from "./agenda.ts";
import { ClusterPod } from "./cluster_pod.ts";
import type { ClusterEffect } from "./messages.ts";
import { type AgentRecord, agentRecord, type StoreChange, type Stored, type TaskRecord } from "./records.ts";
import { TaskBook } from "./task_book.ts";

/** A reminder: of a pod, or of a task that was launched or is to end. */
export type Subject = ClusterPod | string;

/** Pods, tasks, reminders, and effects in their order. Decides nothing. */
export class ClusterState {
  readonly pods = new Map<string, ClusterPod>();
  readonly tasks: TaskBook;
  readonly agenda = new Agenda<Subject>();
  /** Pods that are to be looked at before the message is done with. */
  readonly dirty = new Set<ClusterPod>();
  /** Agents of which nothing is known but their ids, since tasks were found there. */
  readonly unknownAgents = new Set<string>();
  isConnected = false;
  /** Names of pods that may look different now. */
  #touched = new Set<string>();
  #changes: StoreChange[] = [];
  #after: ClusterEffect[] = [];

  constructor({ pods, tasks }: Stored) {
    for (const record of pods) this.pods.set(record.name, new ClusterPod(record.name, record));
    this.tasks = new TaskBook(tasks);
    for (const task of tasks) {
      this.podOf(task.pod).tasks.set(task.id, task);
      if (isUnknown(task.agent)) this.unknownAgents.add(task.agent.id);
    }
    this.dirtyAll();
  }

  /** The pod of a name; one that nobody knew is known from now on. */
  podOf(name: string): ClusterPod {
    let pod = this.pods.get(name);
    if (pod === undefined) this.pods.set(name, pod = new ClusterPod(name));
    return pod;
  }

  dirtyAll(): void {
    for (const pod of this.pods.values()) this.dirty.add(pod);
  }

  /** A task is new, or not what it was. */
  put(task: TaskRecord): void {
    this.tasks.put(task);
    this.podOf(task.pod).tasks.set(task.id, task);
    if (isUnknown(task.agent)) this.unknownAgents.add(task.agent.id);
  }

  /** An agent says who it is, by an offer. */
  meet(agent: AgentFacts): void {
    if (!this.unknownAgents.delete(agent.id)) return;
    for (const task of this.tasks.on(agent.id)) {
      this.put({ ...task, agent: agentRecord(agent) });
      this.dirty.add(this.podOf(task.pod));
    }
  }

  /** A task is over. */
  forget(task: TaskRecord): void {
    this.tasks.remove(task);
    if (this.tasks.on(task.agent.id).length === 0) this.unknownAgents.delete(task.agent.id);
    this.agenda.set(task.id, undefined);
  }

  /** Nothing is wanted of a pod, and nothing is left of it. */
  remove(pod: ClusterPod): void {
    this.pods.delete(pod.name);
    this.agenda.set(pod, undefined);
    this.store({ kind: "remove-pod", name: pod.name });
  }

  touch(pod: ClusterPod): void {
    this.#touched.add(pod.name);
  }

  takeTouched(): ReadonlySet<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  store(change: StoreChange): void {
    this.#changes.push(change);
  }

  /** Nobody hears it while there is no subscription: then it is as good as not said. */
  call(call: SchedulerCall): void {
    if (this.isConnected) this.#after.push({ kind: "call", call });
  }

  /** @param pod its name; undefined where it is about none */
  tell(pod: string | undefined, text: string): void {
    this.#after.push({ kind: "tell", ...(pod === undefined ? {} : { pod }), text });
  }

  /** What is to be done, in this order: what is stored comes before the calls that it allows. */
  takeEffects(): ClusterEffect[] {
    const changes = [...this.tasks.takeChanges(), ...this.#changes];
    const after = this.#after;
    this.#changes = [];
    this.#after = [];
    return changes.length === 0 ? after : [{ kind: "store", changes }, ...after];
  }
}

function isUnknown({ id, hostname }: AgentRecord): boolean {
  return id === hostname;
}
