import type {
  FrameworkInfo,
  Offer,
  OfferOperation,
  SchedulerCall,
  SchedulerCallSubscribe,
  SchedulerEvent,
  TaskInfo,
  TaskStatus,
} from "../../../src/mesos/wire/messages.ts";
import type { CallRefusal } from "./master_core.ts";
import type { DirectMaster, DirectStream } from "./direct_master.ts";

/** A framework with good manners. */
export const politeInfo: FrameworkInfo = {
  user: "root",
  name: "polite",
  roles: ["*"],
  checkpoint: true,
  failover_timeout: 14 * 86_400,
  capabilities: [
    { type: "MULTI_ROLE" },
    { type: "PARTITION_AWARE" },
    { type: "TASK_KILLING_STATE" },
    { type: "RESERVATION_REFINEMENT" },
  ],
};

/** Distributes over the members of a union, where `Omit` would not. */
type Without<Union, Member extends string> = Union extends unknown ? Omit<Union, Member> : never;

/** A scheduler that does what a test tells it, and keeps what it is told. It acknowledges, unless told not to. */
export class TestFramework {
  readonly events: SchedulerEvent[] = [];
  acknowledging = true;
  /** Whether the stream ended by the master's doing. */
  ended = false;
  id: string | undefined;
  readonly #master: DirectMaster;
  #stream: DirectStream | undefined;
  #info: FrameworkInfo;

  constructor(master: DirectMaster, info: Partial<FrameworkInfo> = {}) {
    this.#master = master;
    this.#info = { ...politeInfo, ...info };
  }

  /** Subscribes, with the id that it has. */
  subscribe(more: Partial<SchedulerCallSubscribe> = {}): CallRefusal | undefined {
    const id = this.id === undefined ? {} : { id: { value: this.id } };
    const framework_id = this.id === undefined ? {} : { framework_id: { value: this.id } };
    this.ended = false;
    const answer = this.#master.subscribe({
      ...framework_id,
      type: "SUBSCRIBE",
      subscribe: { framework_info: { ...this.#info, ...id }, ...more },
    }, {
      event: (event) => this.#hear(event),
      ended: () => this.ended = true,
    });
    if ("status" in answer) return answer;
    this.#stream = answer;
    return undefined;
  }

  /** Breaks its stream. */
  leave(): void {
    this.#stream?.close();
  }

  /** Makes a call with its id and its stream. */
  call(call: Without<SchedulerCall, "framework_id">): CallRefusal | undefined {
    const whole = { ...call, framework_id: { value: this.id ?? "" } };
    // Every member of the union has the framework's id.
    return this.#master.call(whole as SchedulerCall, this.#stream?.id ?? "none");
  }

  /** Launches tasks with what was offered. */
  launch(offers: readonly Offer[], tasks: readonly TaskInfo[], refuseSeconds = 3_600): void {
    this.accept(offers, [{ type: "LAUNCH", launch: { task_infos: tasks } }], refuseSeconds);
  }

  accept(offers: readonly Offer[], operations: readonly OfferOperation[], refuseSeconds = 3_600): void {
    this.call({
      type: "ACCEPT",
      accept: {
        offer_ids: offers.map(({ id }) => id),
        operations,
        filters: { refuse_seconds: refuseSeconds },
      },
    });
  }

  decline(offers: readonly Offer[], refuseSeconds = 3_600): void {
    const filters = { refuse_seconds: refuseSeconds };
    this.call({ type: "DECLINE", decline: { offer_ids: offers.map(({ id }) => id), filters } });
  }

  kill(taskId: string, agentId?: string): void {
    this.call({
      type: "KILL",
      kill: {
        task_id: { value: taskId },
        ...(agentId === undefined ? {} : { agent_id: { value: agentId } }),
      },
    });
  }

  reconcile(...tasks: readonly (readonly [taskId: string, agentId?: string])[]): void {
    this.call({
      type: "RECONCILE",
      reconcile: {
        tasks: tasks.map(([taskId, agentId]) => ({
          task_id: { value: taskId },
          ...(agentId === undefined ? {} : { agent_id: { value: agentId } }),
        })),
      },
    });
  }

  /** Every offer that it was made. */
  get offers(): readonly Offer[] {
    return this.events.flatMap((event) => event.type === "OFFERS" ? event.offers.offers ?? [] : []);
  }

  /** Offers since they were asked for last. */
  takeOffers(): readonly Offer[] {
    const offers = this.offers.slice(this.#taken);
    this.#taken += offers.length;
    return offers;
  }
  #taken = 0;

  /** What it was told of a task: `STATE`, with who said so and why where that is not the executor. */
  told(taskId: string): readonly string[] {
    return this.statuses.filter(({ task_id }) => task_id.value === taskId).map(brief);
  }

  get statuses(): readonly TaskStatus[] {
    return this.events.flatMap((event) => event.type === "UPDATE" ? [event.update.status] : []);
  }

  /** The types of events other than heartbeats. */
  get types(): readonly string[] {
    return this.events.map(({ type }) => type).filter((type) => type !== "HEARTBEAT");
  }

  /** What ERROR said last. */
  get error(): string | undefined {
    return this.events.flatMap((event) => event.type === "ERROR" ? [event.error.message] : []).at(-1);
  }

  /** A task with an executor of its own. */
  task(id: string, offer: Offer | undefined, more: Partial<TaskInfo> = {}): TaskInfo {
    return {
      name: id,
      task_id: { value: id },
      agent_id: { value: offer?.agent_id.value ?? "nosuch" },
      resources: [
        { name: "cpus", type: "SCALAR", scalar: { value: 0.1 } },
        { name: "mem", type: "SCALAR", scalar: { value: 32 } },
      ],
      executor: {
        type: "CUSTOM",
        executor_id: { value: `executor-${id}` },
        framework_id: { value: this.id ?? "" },
        command: { value: "true" },
        resources: [
          { name: "cpus", type: "SCALAR", scalar: { value: 0.1 } },
          { name: "mem", type: "SCALAR", scalar: { value: 32 } },
        ],
      },
      ...more,
    };
  }

  #hear(event: SchedulerEvent): void {
    this.events.push(event);
    if (event.type === "SUBSCRIBED") this.id = event.subscribed.framework_id.value;
    if (event.type !== "UPDATE" || !this.acknowledging) return;
    const { uuid, task_id, agent_id } = event.update.status;
    if (uuid === undefined || agent_id === undefined) return;
    this.call({ type: "ACKNOWLEDGE", acknowledge: { uuid, task_id, agent_id } });
  }
}

function brief({ state, source, reason }: TaskStatus): string {
  return source === "SOURCE_EXECUTOR" ? state : `${state} ${source} ${reason ?? ""}`.trim();
}
