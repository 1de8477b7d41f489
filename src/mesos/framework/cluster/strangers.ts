/** Tasks that run, and that are not known. */

import type { TaskStatus } from "../../wire/messages.ts";
import type { ClusterState } from "./cluster_state.ts";
import { foundPorts } from "./found_ports.ts";
import { killStrangerCall } from "./master_calls.ts";
import type { TaskRecord } from "./records.ts";
import { endOf } from "./task_end.ts";
import { groupReport } from "./task_group.ts";
import { readMemberId, readTaskId } from "./task_id.ts";
import { withStatus } from "./task_status.ts";

/**
 * Tasks of intents that were lost, and such as nobody wants. One that says by its id that it is of a pod that is wanted
 * is taken over: whether it stays is decided as of any other, and it is known until it has ended. The others go, once
 * nothing of what is wanted can be unknown any more.
 */
export class Strangers {
  /** What was told of each last, and whether it was told to end since. */
  readonly #told = new Map<string, { readonly status: TaskStatus; isKilled: boolean }>();
  /** Those of which something is to be decided. */
  readonly #open = new Set<string>();

  constructor(private readonly state: ClusterState) {}

  /** There is none that is not settled: whoever forgets all of it now forgets nothing. */
  get isEmpty(): boolean {
    return this.#told.size === 0;
  }

  take(status: TaskStatus): void {
    const id = status.task_id.value;
    // Nobody waits for one on an agent that is not known.
    if (endOf({ phase: "given-up" }, status.state) !== undefined) this.#remove(id);
    else {
      this.#told.set(id, { status, isKilled: status.state === "TASK_KILLING" });
      this.#open.add(id);
    }
  }

  /** Something else is wanted: one that was to go may be of it. */
  reconsider(): void {
    for (const id of this.#told.keys()) this.#open.add(id);
  }

  /** The subscription is gone: the next one tells anew what runs. */
  clear(): void {
    this.#told.clear();
    this.#open.clear();
  }

  /**
   * Takes over what is wanted.
   *
   * @param mayGo whether the rest is to be killed
   */
  settle(mayGo: boolean, now: number): void {
    for (const id of this.#open) {
      const told = this.#told.get(id);
      if (told === undefined || this.#adopt(told.status, now)) this.#remove(id);
      else if (mayGo) {
        this.#open.delete(id);
        if (told.isKilled) continue;
        told.isKilled = true;
        this.state.tell(undefined, `task ${id} runs, and nobody wants it: it is killed`);
        this.state.call(killStrangerCall(told.status));
      }
    }
  }

  #remove(id: string): void {
    this.#told.delete(id);
    this.#open.delete(id);
  }

  #adopt(status: TaskStatus, now: number): boolean {
    const id = status.task_id.value;
    const { instance = id, member } = readMemberId(id) ?? {};
    const identity = readTaskId(instance);
    const group = member === undefined ? undefined : this.state.tasks.get(instance);
    if (group !== undefined) return this.#join(group, status, now);
    const pod = identity === undefined ? undefined : this.state.pods.get(identity.pod);
    if (identity === undefined || pod?.target === undefined || status.agent_id === undefined) return false;
    // One that is on its way out is waited for, so that none takes its place before it has ended.
    const isEnding = status.state === "TASK_KILLING";
    const agent = status.agent_id.value;
    const then = isEnding ? "ends" : "is taken over";
    this.state.tell(pod.name, `instance ${identity.slot} was found on agent ${agent}, and ${then}`);
    const ofVersion = [pod.target, pod.settled].find((wish) => wish?.version === identity.version);
    const found: TaskRecord = {
      id: instance,
      ...(member === undefined ? {} : { members: [] }),
      ...identity,
      role: pod.target.roles[0] ?? "*",
      executorId: instance,
      agent: { id: agent, hostname: agent, attributes: [] },
      ports: ofVersion === undefined ? [] : foundPorts(status, ofVersion),
      ...(ofVersion === undefined ? {} : { hasHealth: ofVersion.hasHealth }),
      ...(isEnding ? { phase: "killing", why: "it was told to end" } : { phase: "launched" }),
      intendedAt: now,
      state: status.state,
    };
    if (member !== undefined) return this.#join(found, status, now);
    this.state.put(withStatus(found, status, pod.target, now));
    this.state.dirty.add(pod);
    return true;
  }

  /** One more task of a group. */
  #join(group: TaskRecord, status: TaskStatus, now: number): true {
    const pod = this.state.podOf(group.pod);
    const { task, whole } = groupReport(group, status);
    this.state.put(withStatus(task, whole, pod.target ?? { hasHealth: false }, now));
    this.state.dirty.add(pod);
    return true;
  }
}
