/** Tasks that run, and that are not known. */

import type { TaskStatus } from "../../wire/messages.ts";
import type { ClusterState } from "./cluster_state.ts";
import { killStrangerCall } from "./master_calls.ts";
import type { TaskRecord } from "./records.ts";
import { endOf } from "./task_end.ts";
import { readTaskId } from "./task_id.ts";
import { withStatus } from "./task_status.ts";

/**
 * Tasks of intents that were lost, and such as nobody wants. One that says by its id that it is an instance that there is
 * not is taken over; the others go, once nothing of what is wanted can be unknown any more.
 */
export class Strangers {
  /** What was told of each last. */
  readonly #told = new Map<string, TaskStatus>();

  constructor(private readonly state: ClusterState) {}

  take(status: TaskStatus): void {
    const id = status.task_id.value;
    if (endOf({ phase: "launched" }, status.state) !== undefined) this.#told.delete(id);
    else this.#told.set(id, status);
  }

  /** The subscription is gone: the next one tells anew what runs. */
  clear(): void {
    this.#told.clear();
  }

  /**
   * Takes over what is wanted.
   *
   * @param mayGo whether the rest is to be killed
   */
  settle(mayGo: boolean, now: number): void {
    for (const [id, status] of this.#told) {
      if (this.#adopt(status, now)) this.#told.delete(id);
      else if (mayGo) {
        this.#told.delete(id);
        this.state.tell(undefined, `task ${id} runs, and nobody wants it: it is killed`);
        this.state.call(killStrangerCall(status));
      }
    }
  }

  #adopt(status: TaskStatus, now: number): boolean {
    if (status.state === "TASK_KILLING") return false;
    const identity = readTaskId(status.task_id.value);
    const pod = identity === undefined ? undefined : this.state.pods.get(identity.pod);
    if (identity === undefined || pod?.target === undefined || status.agent_id === undefined) return false;
    const isThere = [...pod.tasks.values()].some(({ slot, phase }) =>
      slot === identity.slot && phase !== "given-up"
    );
    if (isThere || identity.slot >= pod.target.replicas) return false;
    const agent = status.agent_id.value;
    this.state.tell(pod.name, `instance ${identity.slot} was found on agent ${agent}, and is taken over`);
    const ofVersion = [pod.target, pod.settled].find((wish) => wish?.version === identity.version);
    const found: TaskRecord = {
      id: status.task_id.value,
      ...identity,
      role: pod.target.roles[0] ?? "*",
      executorId: status.task_id.value,
      agent: { id: agent, hostname: agent, attributes: [] },
      ports: [],
      ...(ofVersion === undefined ? {} : { hasHealth: ofVersion.hasHealth }),
      phase: "launched",
      intendedAt: now,
      state: status.state,
    };
    this.state.put(withStatus(found, status, pod.target, now));
    this.state.dirty.add(pod);
    return true;
  }
}
