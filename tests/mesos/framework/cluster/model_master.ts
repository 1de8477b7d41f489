import { readMemberId, readTaskId } from "../../../../src/mesos/framework/cluster/task_id.ts";
import type {
  InverseOffer,
  Offer,
  SchedulerCall,
  TaskInfo,
  TaskState,
  TaskStatus,
} from "../../../../src/mesos/wire/messages.ts";
import { offer } from "./playing.ts";

interface ModelTask {
  readonly agent: string;
  readonly info: TaskInfo;
  state: TaskState;
}

/** The instance of a task, which may be one of several. */
export function instanceOf(id: string): string {
  return readMemberId(id)?.instance ?? id;
}

const over = /^TASK_(FINISHED|FAILED|KILLED|ERROR|LOST|DROPPED|GONE)$/;

/** A master with its agents, as much of them as matters here: what is told may be late or get lost. */
export class ModelMaster {
  readonly tasks = new Map<string, ModelTask>();
  readonly unreachable = new Set<string>();
  /** Those of the unreachable ones that the master has never heard of: what it had written down is gone. */
  readonly forgotten = new Set<string>();
  /** Agents that are drained: they have their tasks killed, and offer nothing. */
  readonly drained = new Set<string>();
  /** Agents that are to be maintained, and the inverse offers that say so. */
  readonly maintained = new Map<string, string>();
  /** Milliseconds since 1970: when the maintenance of each begins. */
  readonly begins = new Map<string, number>();
  /** What is on its way to the framework. */
  readonly events: TaskStatus[] = [];
  wantsOffers = false;
  /** Agents that the framework agreed to leave. */
  readonly left: string[] = [];
  /** Offers that were made and not used, by id. */
  readonly #offered = new Map<string, string>();
  #number = 0;

  constructor(readonly agents: readonly string[], private readonly random: () => number) {}

  take(call: SchedulerCall): void {
    // A call may get lost with its connection.
    if (call.type === "REVIVE") this.wantsOffers = true;
    if (call.type === "SUPPRESS") this.wantsOffers = false;
    if (call.type === "ACCEPT") {
      const [id] = call.accept.offer_ids ?? [];
      const agent = this.#offered.get(id?.value ?? "");
      for (const { launch, launch_group } of call.accept.operations ?? []) {
        for (const info of launch?.task_infos ?? []) this.#launch(info, agent);
        for (const info of launch_group?.task_group.tasks ?? []) this.#launch(info, agent);
      }
    }
    if (call.type === "ACCEPT_INVERSE_OFFERS") {
      const [id] = call.accept_inverse_offers.inverse_offer_ids ?? [];
      this.left.push(...[...this.maintained].flatMap(([agent, offer]) => offer === id?.value ? [agent] : []));
    }
    if (call.type === "KILL") this.#kill(call.kill.task_id.value);
    if (call.type === "RECONCILE") this.#reconcile(call.reconcile.tasks?.map(({ task_id }) => task_id.value));
  }

  makeOffers(): Offer[] {
    this.#offered.clear();
    if (!this.wantsOffers) return [];
    const offering = this.agents.filter((agent) => !this.unreachable.has(agent) && !this.drained.has(agent));
    return offering.flatMap((agent) => {
      const used = new Set(this.on(agent)).size;
      const id = `o${++this.#number}`;
      this.#offered.set(id, agent);
      const more = this.maintained.has(agent) ? { unavailability: this.#unavailability(agent) } : {};
      return used >= 4 ? [] : [offer(agent, 4 - used, 1000, { id: { value: id }, ...more })];
    });
  }

  /** Something happens to a task. */
  step(): void {
    const alive = [...this.tasks].filter(([, { state, agent }]) =>
      !over.test(state) && !this.unreachable.has(agent)
    );
    const [id, task] = alive[Math.floor(this.random() * alive.length)] ?? [];
    if (id === undefined || task === undefined) return;
    if (task.state === "TASK_STAGING") this.#set(id, "TASK_RUNNING");
    else if (task.state === "TASK_KILLING") this.#set(id, "TASK_KILLED");
    else if (this.random() < 0.1) {
      this.#set(id, "TASK_FAILED");
      this.#endGroup(id);
    }
  }

  drain(agent: string): void {
    this.drained.add(agent);
    for (const [id, task] of this.tasks) {
      if (task.agent === agent && !over.test(task.state) && !this.unreachable.has(agent)) {
        this.#set(id, "TASK_KILLING");
      }
    }
  }

  /** Asks to leave the agents that are to be maintained and have anything on them, under new ids. */
  inverseOffers(): InverseOffer[] {
    const used = new Set(
      [...this.tasks.values()].flatMap((task) => over.test(task.state) ? [] : [task.agent]),
    );
    return [...this.maintained.keys()].filter((agent) => used.has(agent)).map((agent) => {
      const id = `i${++this.#number}`;
      this.maintained.set(agent, id);
      return {
        id: { value: id },
        framework_id: { value: "framework" },
        agent_id: { value: agent },
        unavailability: this.#unavailability(agent),
      };
    });
  }

  /** Instances on an agent that are not over. */
  on(agent: string): string[] {
    const ids = [...this.tasks].flatMap(([id, task]) =>
      task.agent === agent && !over.test(task.state) ? [instanceOf(id)] : []
    );
    return [...new Set(ids)];
  }

  /** Whether an instance is on its way out, all of it. */
  isEnding(instance: string): boolean {
    return [...this.tasks].every(([id, { state }]) =>
      instanceOf(id) !== instance || over.test(state) || state === "TASK_KILLING"
    );
  }

  /** What is under way comes to its end. */
  settle(): void {
    for (const [id, { state, agent }] of this.tasks) {
      if (this.unreachable.has(agent)) continue;
      if (state === "TASK_STAGING") this.#set(id, "TASK_RUNNING");
      if (state === "TASK_KILLING") this.#set(id, "TASK_KILLED");
    }
  }

  lose(agent: string): void {
    if (this.unreachable.has(agent)) return;
    this.unreachable.add(agent);
    for (const [id, task] of this.tasks) {
      if (task.agent === agent && !over.test(task.state)) this.#tell(id, "TASK_UNREACHABLE");
    }
  }

  /** It knows of no agent any more, until each has come back. Nobody tells of that: it answers so when it is asked. */
  forgetAll(): void {
    for (const agent of this.agents) {
      this.unreachable.add(agent);
      this.forgotten.add(agent);
    }
  }

  find(agent: string): void {
    if (!this.unreachable.delete(agent)) return;
    // That an agent is back that was never missed is no news.
    const isNews = !this.forgotten.delete(agent);
    for (const [id, task] of this.tasks) {
      if (task.agent !== agent || over.test(task.state)) continue;
      if (this.random() < 0.2) this.#set(id, "TASK_GONE");
      else if (this.drained.has(agent)) this.#set(id, "TASK_KILLING");
      else if (isNews) this.#tell(id, task.state);
    }
  }

  /** By slot: the instances that run, as far as anybody can reach them. */
  running(): Map<string, string[]> {
    const slots = new Map<string, string[]>();
    for (const [id, { state, agent }] of this.tasks) {
      if (over.test(state) || this.unreachable.has(agent)) continue;
      const instance = instanceOf(id);
      const identity = readTaskId(instance);
      const slot = `${identity?.pod}.${identity?.slot}`;
      slots.set(slot, [...new Set([...slots.get(slot) ?? [], instance])]);
    }
    return slots;
  }

  #unavailability(agent: string) {
    return { start: { nanoseconds: (this.begins.get(agent) ?? 0) * 1e6 } };
  }

  #launch(info: TaskInfo, agent: string | undefined): void {
    const id = info.task_id.value;
    // Mesos does not notice that an id was used before.
    if (this.tasks.has(id)) throw new Error(`${id} is launched twice`);
    const isGood = agent === info.agent_id.value && !this.unreachable.has(agent) && !this.drained.has(agent);
    this.tasks.set(id, { info, agent: info.agent_id.value, state: isGood ? "TASK_STAGING" : "TASK_LOST" });
    if (!isGood) this.#tell(id, "TASK_LOST");
  }

  #kill(id: string): void {
    const task = this.tasks.get(id);
    if (task !== undefined && this.forgotten.has(task.agent)) return this.#tell(id, "TASK_UNKNOWN");
    if (task === undefined || over.test(task.state)) return this.#tell(id, "TASK_GONE");
    if (this.unreachable.has(task.agent)) return;
    this.#set(id, "TASK_KILLING");
    this.#endGroup(id);
  }

  /** An executor of a group has the others end with one that failed or was killed. */
  #endGroup(ended: string): void {
    for (const [id, { state }] of this.tasks) {
      if (instanceOf(id) !== instanceOf(ended) || over.test(state) || state === "TASK_KILLING") continue;
      this.#set(id, "TASK_KILLING");
    }
  }

  #reconcile(ids: readonly string[] | undefined): void {
    for (const id of ids ?? this.tasks.keys()) {
      const task = this.tasks.get(id);
      if (task === undefined) this.#tell(id, "TASK_UNKNOWN");
      else if (this.unreachable.has(task.agent)) {
        const isForgotten = this.forgotten.has(task.agent);
        if (ids !== undefined) this.#tell(id, isForgotten ? "TASK_UNKNOWN" : "TASK_UNREACHABLE");
      } else if (ids !== undefined || !over.test(task.state)) this.#tell(id, task.state);
    }
  }

  #set(id: string, state: TaskState): void {
    const task = this.tasks.get(id);
    if (task === undefined) return;
    task.state = state;
    this.#tell(id, state);
  }

  #tell(id: string, state: TaskState): void {
    const agent_id = { value: this.tasks.get(id)?.agent ?? "a" };
    this.events.push({ task_id: { value: id }, agent_id, state });
  }
}
