/** Agents that are to be left, since they will be maintained. */

import type { InverseOffer, SchedulerCall, Unavailability } from "../../wire/messages.ts";

/**
 * An agent is left so long before it is maintained, in milliseconds. A schedule may be made weeks ahead, and until then
 * the agent is as good as any.
 */
export const maintenanceLead = 3_600_000;

interface Notice {
  /** The inverse offer that asks for it. */
  readonly offer: string;
  /** Milliseconds since 1970. */
  readonly leaveAt: number;
}

/** From when until when something is unavailable, in milliseconds since 1970. */
export function timesOf(
  { start, duration }: Unavailability,
): { readonly start: number; readonly end: number } {
  const begin = Number(start.nanoseconds) / 1e6;
  return {
    start: begin,
    end: duration === undefined ? Infinity : begin + Number(duration.nanoseconds) / 1e6,
  };
}

/** Agents by the inverse offers that ask to leave them. */
export class LeavingAgents {
  readonly #notices = new Map<string, Notice>();
  /** Those whose time has come. */
  readonly #due = new Set<string>();

  /** Whether an agent is to be left now. */
  has(agent: string): boolean {
    return this.#due.has(agent);
  }

  take(offers: readonly InverseOffer[]): void {
    for (const { id, agent_id, unavailability } of offers) {
      if (agent_id === undefined) continue;
      const leaveAt = timesOf(unavailability).start - maintenanceLead;
      this.#due.delete(agent_id.value);
      this.#notices.set(agent_id.value, { offer: id.value, leaveAt });
    }
  }

  /** Milliseconds since 1970: when the time of the next agent comes. */
  get nextAt(): number | undefined {
    let next = Infinity;
    for (const [agent, { leaveAt }] of this.#notices) {
      if (!this.#due.has(agent)) next = Math.min(next, leaveAt);
    }
    return next === Infinity ? undefined : next;
  }

  /** Agents whose time has come since this was asked for. */
  due(now: number): string[] {
    if (this.#notices.size === this.#due.size) return [];
    const agents = [...this.#notices].flatMap(([agent, { leaveAt }]) =>
      leaveAt <= now && !this.#due.has(agent) ? [agent] : []
    );
    for (const agent of agents) this.#due.add(agent);
    return agents;
  }

  /** An inverse offer does not hold any more; gives the agent that may stay. */
  rescind(id: string): string | undefined {
    for (const [agent, { offer }] of this.#notices) {
      if (offer !== id) continue;
      this.#remove(agent);
      return agent;
    }
    return undefined;
  }

  /** The stream is gone, and all offers with it. */
  clear(): void {
    this.#notices.clear();
    this.#due.clear();
  }

  /**
   * Nothing of ours is on an agent any more: the call that says so, once; undefined where nobody asked for that. From then
   * on the agent is known by its offers, which say when it is maintained.
   */
  left(agent: string): SchedulerCall | undefined {
    const notice = this.#notices.get(agent);
    if (notice === undefined) return undefined;
    this.#remove(agent);
    return {
      type: "ACCEPT_INVERSE_OFFERS",
      accept_inverse_offers: { inverse_offer_ids: [{ value: notice.offer }] },
    };
  }

  #remove(agent: string): void {
    this.#notices.delete(agent);
    this.#due.delete(agent);
  }
}
