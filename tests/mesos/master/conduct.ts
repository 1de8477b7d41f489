import type { FrameworkInfo, SchedulerCall, SchedulerEvent } from "../../../src/mesos/wire/messages.ts";
import { tasksOf } from "./accept.ts";
import { isCapable } from "./framework_rules.ts";
import type { MasterState } from "./master_state.ts";

/** How long an offer may be kept without an answer; milliseconds. */
const longestHold = 30_000;
/** For how long an offer that is declined is to be kept away at least; seconds. */
const shortestDecline = 60;
/** How long the failover timeout is to be at least, so that a weekend without scheduler kills nothing; seconds. */
const shortestFailover = 7 * 86_400;
/** How long an update may stay unacknowledged while its framework is there; milliseconds. */
const longestUnacknowledged = 60_000;
/** How many calls of one kind are a storm, within how long; milliseconds. */
const storms = { RECONCILE: 12, REVIVE: 12, SUBSCRIBE: 8 } as const;
const stormTime = 10_000;

/**
 * Watches the manners of frameworks: what a master takes, and is wrong or unwise all the same. Every breach is one line.
 */
export class FrameworkConduct {
  readonly #breaches = new Map<string, number>();
  readonly #now: () => number;
  readonly #issued = new Set<string>();
  readonly #usedOffers = new Set<string>();
  readonly #launched = new Set<string>();
  readonly #executors = new Map<string, string>();
  /** Updates with a uuid that went out: when first, and whether they were acknowledged. */
  readonly #updates = new Map<string, { readonly first: number; readonly what: string; done: boolean }>();
  readonly #calls = new Map<keyof typeof storms, number[]>();
  readonly #held = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Each once, with how often where it was more. */
  get breaches(): readonly string[] {
    return [...this.#breaches].map(([breach, times]) => times === 1 ? breach : `${breach} (${times} times)`);
  }

  /** Forgets what was seen of wrong: for a test that provokes some. */
  clear(): void {
    this.#breaches.clear();
  }

  note(breach: string): void {
    this.#breaches.set(breach, (this.#breaches.get(breach) ?? 0) + 1);
  }

  /** A call was answered, and is not carried out yet. */
  called(call: SchedulerCall | undefined, answer: { readonly status: number; readonly text: string }) {
    const type = call?.type ?? "request";
    if (answer.status >= 400 && answer.status < 500) {
      this.note(`${type} was answered ${answer.status}: ${answer.text}`);
    }
    if (call === undefined || answer.status >= 400) return;
    this.#count(call.type);
    switch (call.type) {
      case "SUBSCRIBE":
        return this.#subscribed(call.subscribe.framework_info);
      case "ACCEPT":
        this.#use("ACCEPT", call.accept.offer_ids ?? []);
        for (const operation of call.accept.operations ?? []) {
          const executor = operation.launch_group?.executor;
          for (const task of tasksOf(operation)) {
            const id = (task.executor ?? executor)?.executor_id.value;
            this.#launch(task.task_id.value, task.agent_id.value, id);
          }
          if (operation.type !== "LAUNCH" && operation.type !== "LAUNCH_GROUP") {
            this.note(`ACCEPT has an operation ${operation.type} that this master does not carry out`);
          }
        }
        return;
      case "DECLINE": {
        this.#use("DECLINE", call.decline.offer_ids ?? []);
        const seconds = call.decline.filters?.refuse_seconds;
        if (seconds === undefined) this.note("DECLINE without a filter: the offer is back after 5 s");
        else if (seconds < shortestDecline) this.note(`DECLINE with a filter of only ${seconds} s`);
        return;
      }
      case "ACKNOWLEDGE": {
        const { task_id, agent_id, uuid } = call.acknowledge;
        const update = this.#updates.get(updateKey(task_id.value, agent_id.value, uuid));
        if (update === undefined) {
          this.note(`ACKNOWLEDGE of an update of task ${task_id.value} that was never sent`);
        } else update.done = true;
      }
    }
  }

  /** An event went out. */
  told(event: SchedulerEvent): void {
    if (event.type === "OFFERS") {
      for (const { id } of event.offers.offers ?? []) {
        this.#issued.add(id.value);
      }
    }
    if (event.type !== "UPDATE") return;
    const { task_id, agent_id, uuid, state, message, reason } = event.update.status;
    if (state === "TASK_ERROR") this.note(`The master refused task ${task_id.value}: ${message}`);
    if (reason === "REASON_GC_ERROR") this.note(`The agent refused task ${task_id.value}: ${message}`);
    if (uuid === undefined) return;
    const key = updateKey(task_id.value, agent_id?.value ?? "", uuid);
    const known = this.#updates.get(key);
    // Sent once more although acknowledged: the acknowledgement was lost, and another one is due.
    if (known?.done === true) known.done = false;
    if (known === undefined) {
      this.#updates.set(key, { first: this.#now(), what: `${state} of task ${task_id.value}`, done: false });
    }
  }

  /** A stream begins anew: offers and deadlines of the one before do not count. */
  restarted(): void {
    for (const [key, update] of this.#updates) {
      if (update.done) this.#updates.delete(key);
      else this.#updates.set(key, { ...update, first: this.#now() });
    }
  }

  /** Looks for what was not done in time. */
  look(state: MasterState): void {
    const now = this.#now();
    for (const [id, { since, frameworkId }] of state.allocator.offers) {
      if (now - since <= longestHold || this.#held.has(id)) continue;
      if (state.frameworks.get(frameworkId)?.stream === undefined) continue;
      this.#held.add(id);
      this.note(`Offer ${id} was held for more than ${longestHold / 1_000} s`);
    }
    for (const [key, { first, what, done }] of this.#updates) {
      if (done) {
        if (now - first > longestUnacknowledged) this.#updates.delete(key);
        continue;
      }
      if (now - first <= longestUnacknowledged) continue;
      this.#updates.delete(key);
      this.note(`${what} was not acknowledged within ${longestUnacknowledged / 1_000} s`);
    }
  }

  #count(type: SchedulerCall["type"]): void {
    if (type !== "RECONCILE" && type !== "REVIVE" && type !== "SUBSCRIBE") return;
    const now = this.#now();
    const times = (this.#calls.get(type) ?? []).filter((at) => at > now - stormTime);
    times.push(now);
    this.#calls.set(type, times);
    if (times.length === storms[type]) {
      this.note(`A storm of ${type}: ${times.length} within ${stormTime / 1_000} s`);
    }
  }

  #subscribed(info: FrameworkInfo): void {
    // Each subscription begins with asking anew: many of them are told as a storm of their own.
    this.#calls.delete("RECONCILE");
    this.#calls.delete("REVIVE");
    if (info.user === "") this.note("SUBSCRIBE with an empty user");
    if (info.checkpoint !== true) this.note("SUBSCRIBE without checkpoint: tasks do not survive their agent");
    const timeout = info.failover_timeout ?? 0;
    if (timeout < shortestFailover) this.note(`SUBSCRIBE with a failover_timeout of only ${timeout} s`);
    for (
      const type of ["MULTI_ROLE", "PARTITION_AWARE", "TASK_KILLING_STATE", "RESERVATION_REFINEMENT"] as const
    ) {
      if (!isCapable(info, type)) this.note(`SUBSCRIBE without the capability ${type}`);
    }
  }

  #use(type: string, ids: readonly { readonly value: string }[]): void {
    if (ids.length === 0) this.note(`${type} without offers`);
    for (const { value: id } of ids) {
      if (this.#usedOffers.has(id)) this.note(`${type} of offer ${id}, which was used before`);
      else if (!this.#issued.has(id)) this.note(`${type} of offer ${id}, which was never made`);
      this.#usedOffers.add(id);
    }
  }

  #launch(taskId: string, agentId: string, executorId: string | undefined): void {
    if (this.#launched.has(taskId)) this.note(`Task id ${taskId} was used before`);
    this.#launched.add(taskId);
    if (executorId === undefined) return;
    const owner = this.#executors.get(executorId);
    if (owner !== undefined && owner !== agentId) {
      this.note(`Executor id ${executorId} was used before, on another agent`);
    }
    this.#executors.set(executorId, agentId);
  }
}

function updateKey(taskId: string, agentId: string, uuid: Uint8Array): string {
  return `${taskId}\0${agentId}\0${uuid.toHex()}`;
}
