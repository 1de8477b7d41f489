/** Offers that came together: what is taken of them, and what is given back. */

import type { Offer, OfferID, TaskInfo } from "../../wire/messages.ts";
import { factsOf } from "../placement/agent_facts.ts";
import { AvailableResources } from "../placement/available_resources.ts";
import { type Candidate, chooseAgent } from "../placement/choose_agent.ts";
import type { Sibling } from "../placement/rules.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import type { BuildTask, TaskGroup } from "./messages.ts";
import { maintenanceLead, timesOf } from "./leaving_agents.ts";
import { agentRecord, type TaskRecord } from "./records.ts";
import { membersOf } from "./task_group.ts";
import { taskId } from "./task_id.ts";

interface Lot {
  readonly candidate: Candidate;
  readonly frameworkId: string;
  readonly offerIds: readonly OfferID[];
  readonly tasks: TaskInfo[];
  readonly groups: TaskGroup[];
}

/** What is known beside offers of where they are from. */
export interface OfferSite {
  /** Ids of agents that are to be left. */
  readonly leaving: { has(agent: string): boolean };
  /** That of the master, where it has one. */
  readonly region: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The offers of one event. None is kept: what is not used in this round is given back. */
export class OfferRound {
  readonly #lots = new Map<Candidate, Lot>();

  constructor(offers: readonly Offer[], { leaving, region, now }: OfferSite) {
    // One call takes offers of one agent for one role.
    const groups = new Map<string, Offer[]>();
    for (const offer of offers) {
      const key = `${offer.agent_id.value} ${roleOf(offer)}`;
      groups.set(key, [...groups.get(key) ?? [], offer]);
    }
    for (const group of groups.values()) {
      const [first] = group;
      if (first === undefined) continue;
      const agent = factsOf(first);
      const candidate: Candidate = {
        agent,
        role: roleOf(first),
        available: new AvailableResources(group.flatMap(({ resources = [] }) => resources)),
        ...(leaving.has(first.agent_id.value) || group.some((offer) => isMaintainedSoon(offer, now))
          ? { leaving: "maintenance" as const }
          : {}),
        ...(region === undefined || agent.region === undefined || agent.region === region
          ? {}
          : { remote: agent.region }),
      };
      this.#lots.set(candidate, {
        candidate,
        frameworkId: first.framework_id.value,
        offerIds: group.map(({ id }) => id),
        tasks: [],
        groups: [],
      });
    }
  }

  /** What the agents have left. */
  get candidates(): Iterable<Candidate> {
    return this.#lots.keys();
  }

  /** The place for an instance of a pod; undefined when there is none. */
  choose(wish: PodWish, siblings: readonly Sibling[]): Candidate | undefined {
    return chooseAgent(wish, this.#lots.keys(), siblings);
  }

  /** Takes a place that was chosen. */
  take(
    candidate: Candidate,
    wish: PodWish,
    slot: number,
    run: string,
    buildTask: BuildTask,
    now: number,
  ): TaskRecord {
    const taken = candidate.available.take(wish.needs);
    const lot = this.#lots.get(candidate);
    if (taken === undefined || lot === undefined) throw new Error("a place was chosen that has no room");
    const id = taskId({ pod: wish.name, slot, version: wish.version }, run);
    const { agent, role } = candidate;
    // Mesos compares the whole of an ExecutorInfo by its id: each run has one of its own.
    const { frameworkId } = lot;
    const built = buildTask(wish, { id, frameworkId, executorId: id, slot, agent, role, taken });
    if ("tasks" in built) lot.groups.push(built);
    else lot.tasks.push(built);
    return {
      id,
      ...("tasks" in built ? { members: membersOf(built) } : {}),
      pod: wish.name,
      slot,
      version: wish.version,
      role,
      executorId: id,
      agent: agentRecord(agent),
      ports: taken.ports,
      hasHealth: wish.hasHealth,
      phase: "intended",
      intendedAt: now,
      state: "TASK_STAGING",
    };
  }

  /** What is launched, by agent and role. */
  get accepted(): Pick<Lot, "offerIds" | "tasks" | "groups">[] {
    return [...this.#lots.values()].filter(isUsed);
  }

  /** Offers of which nothing was taken. */
  get unused(): OfferID[] {
    return [...this.#lots.values()].flatMap((lot) => isUsed(lot) ? [] : lot.offerIds);
  }
}

function isUsed({ tasks, groups }: Lot): boolean {
  return tasks.length > 0 || groups.length > 0;
}

function roleOf({ allocation_info }: Offer): string {
  return allocation_info?.role ?? "*";
}

function isMaintainedSoon({ unavailability }: Offer, now: number): boolean {
  if (unavailability === undefined) return false;
  const { start, end } = timesOf(unavailability);
  return start - maintenanceLead <= now && now < end;
}
