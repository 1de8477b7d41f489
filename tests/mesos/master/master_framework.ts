import type {
  FrameworkInfo,
  Offer,
  SchedulerEvent,
  SchedulerOfferConstraints,
  TaskState,
} from "../../../src/mesos/wire/messages.ts";
import { Amounts } from "./amounts.ts";
import { isCapable, rolesOf } from "./framework_rules.ts";
import type { MasterTask } from "./master_task.ts";

/** An offer was refused: what it held is not offered again until then. */
interface RefusedOffer {
  readonly resources: Amounts;
  readonly until: number;
}

/** A stream of events, and the id that calls have to name. */
export interface MasterStream {
  readonly number: number;
  readonly id: string;
}

/** How many ended tasks of a framework the master remembers. */
const mostCompleted = 1_000;

/** A framework as the master keeps it. */
export class MasterFramework {
  readonly id: string;
  info: FrameworkInfo;
  /** Absent while its scheduler is away. */
  stream: MasterStream | undefined;
  /** Known only from agents, since the master was started. */
  recovered = false;
  /** Milliseconds since 1970; absent while it is only recovered. */
  registered: number | undefined;
  reregistered: number | undefined;
  unregistered: number | undefined;
  readonly tasks = new Map<string, MasterTask>();
  readonly unreachable = new Map<string, MasterTask>();
  readonly completed: MasterTask[] = [];
  readonly offers = new Set<string>();
  readonly inverseOffers = new Set<string>();
  readonly suppressed = new Set<string>();
  /** Which agents it wants to be offered at all. */
  constraints: SchedulerOfferConstraints | undefined;
  /** Scalars that tasks, executors and offers of it hold, on all agents. */
  held = Amounts.none;
  /** How many offers it got, for the order among equals. */
  offered = 0;
  readonly #refused = new Map<string, Map<string, RefusedOffer[]>>();
  readonly #refusedInverse = new Map<string, number>();

  constructor(id: string, info: FrameworkInfo) {
    this.id = id;
    this.info = { ...info, id: { value: id } };
  }

  get roles(): readonly string[] {
    return rolesOf(this.info);
  }

  /** Frameworks without PARTITION_AWARE know only LOST. */
  orLost(state: TaskState): TaskState {
    return isCapable(this.info, "PARTITION_AWARE") ? state : "TASK_LOST";
  }

  /** Keeps resources of an agent from being offered to a role; milliseconds since 1970. */
  refuse(role: string, agentId: string, resources: Amounts, until: number): void {
    const byAgent = this.#refused.get(role) ?? new Map<string, RefusedOffer[]>();
    this.#refused.set(role, byAgent);
    const all = (byAgent.get(agentId) ?? []).filter((one) => !resources.contains(one.resources));
    byAgent.set(agentId, [...all, { resources, until }]);
  }

  /** Whether these resources were refused and are not to be offered yet. */
  refuses(role: string, agentId: string, resources: Amounts, now: number): boolean {
    const byAgent = this.#refused.get(role);
    const all = byAgent?.get(agentId);
    if (byAgent === undefined || all === undefined) return false;
    const valid = all.filter(({ until }) => until > now);
    if (valid.length === 0) byAgent.delete(agentId);
    else if (valid.length < all.length) byAgent.set(agentId, valid);
    return valid.some((one) => one.resources.contains(resources));
  }

  refuseInverse(agentId: string, until: number): void {
    this.#refusedInverse.set(agentId, until);
  }

  refusesInverse(agentId: string, now: number): boolean {
    return (this.#refusedInverse.get(agentId) ?? -Infinity) > now;
  }

  /** Forgets what was refused: for some roles, or on an agent that is gone, or everything. */
  forgetRefusals(of: { readonly roles: readonly string[] } | { readonly agentId: string } | "all"): void {
    if (of === "all") {
      this.#refused.clear();
      this.#refusedInverse.clear();
    } else if ("agentId" in of) {
      for (const byAgent of this.#refused.values()) byAgent.delete(of.agentId);
      this.#refusedInverse.delete(of.agentId);
    } else {
      for (const role of of.roles) this.#refused.delete(role);
      this.#refusedInverse.clear();
    }
  }

  /** Moves a task to those that have ended. */
  complete(task: MasterTask): void {
    this.tasks.delete(task.id);
    this.unreachable.delete(task.id);
    this.completed.push(task);
    if (this.completed.length > mostCompleted) this.completed.shift();
  }
}

/** An offer with what the master remembers of it. */
export interface OpenOffer {
  readonly offer: Offer;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Amounts;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Sends an event to a framework. */
export type Tell = (framework: MasterFramework, event: SchedulerEvent) => void;
