/** Agents that are to be left, since they will be maintained. */

import type { InverseOffer, SchedulerCall, Unavailability } from "../../wire/messages.ts";

/**
 * An agent is left so long before it is maintained, in milliseconds. A schedule may be made weeks ahead, and until then
 * the agent is as good as any.
 */
export const maintenanceLead = 3_600_000;

/** Which agents are to be left, by their ids. */
export interface Leaving {
  /** Whether an agent is to be left. */
  has(agent: string): boolean;
  /** Whether its maintenance has begun: it may be gone at any moment. */
  hasBegun(agent: string): boolean;
}

interface Notice {
  /** The inverse offer that asks for it. */
  readonly offer: string;
  /** Milliseconds since 1970. */
  readonly leaveAt: number;
  readonly beginsAt: number;
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
export class LeavingAgents implements Leaving {
  readonly #notices = new Map<string, Notice>();
  /** Those whose time has come. */
  readonly #due = new Set<string>();
  readonly #begun = new Set<string>();
  /** Milliseconds since 1970: when something comes next; there may be very many notices. */
  #nextAt = Infinity;

  /** Whether an agent is to be left now. */
  has(agent: string): boolean {
    return this.#due.has(agent);
  }

  hasBegun(agent: string): boolean {
    return this.#begun.has(agent);
  }

  take(offers: readonly InverseOffer[]): void {
    for (const { id, agent_id, unavailability } of offers) {
      if (agent_id === undefined) continue;
      const { start } = timesOf(unavailability);
      const leaveAt = start - maintenanceLead;
      this.#due.delete(agent_id.value);
      this.#begun.delete(agent_id.value);
      this.#notices.set(agent_id.value, { offer: id.value, leaveAt, beginsAt: start });
    }
    this.#findNext();
  }

  /** Milliseconds since 1970: when the time of the next agent comes, or its maintenance begins. */
  get nextAt(): number | undefined {
    return this.#nextAt === Infinity ? undefined : this.#nextAt;
  }

  /** Agents whose time has come, or whose maintenance has begun, since this was asked for. */
  due(now: number): string[] {
    if (now < this.#nextAt) return [];
    const agents: string[] = [];
    for (const [agent, { leaveAt, beginsAt }] of this.#notices) {
      const isDue = leaveAt <= now && !this.#due.has(agent);
      const isBegun = beginsAt <= now && !this.#begun.has(agent);
      if (isDue) this.#due.add(agent);
      if (isBegun) this.#begun.add(agent);
      if (isDue || isBegun) agents.push(agent);
    }
    this.#findNext();
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
    this.#begun.clear();
    this.#findNext();
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
    this.#begun.delete(agent);
    this.#findNext();
  }

  #findNext(): void {
    this.#nextAt = Infinity;
    for (const [agent, { leaveAt, beginsAt }] of this.#notices) {
      if (!this.#due.has(agent)) this.#nextAt = Math.min(this.#nextAt, leaveAt);
      else if (!this.#begun.has(agent)) this.#nextAt = Math.min(this.#nextAt, beginsAt);
    }
  }
}
