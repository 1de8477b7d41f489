/** Agents that are to be left, since they will be maintained. */

import type { InverseOffer, SchedulerCall } from "../../wire/messages.ts";

/** Agents by the inverse offers that ask to leave them. */
export class LeavingAgents {
  readonly #offers = new Map<string, string>();

  /** Whether an agent is to be left. */
  has(agent: string): boolean {
    return this.#offers.has(agent);
  }

  /** Takes inverse offers, and gives the agents that they are about. */
  take(offers: readonly InverseOffer[]): string[] {
    const agents: string[] = [];
    for (const { id, agent_id } of offers) {
      if (agent_id === undefined) continue;
      this.#offers.set(agent_id.value, id.value);
      agents.push(agent_id.value);
    }
    return agents;
  }

  /** An inverse offer does not hold any more; gives the agent that may stay. */
  rescind(id: string): string | undefined {
    for (const [agent, offer] of this.#offers) {
      if (offer !== id) continue;
      this.#offers.delete(agent);
      return agent;
    }
    return undefined;
  }

  /** The stream is gone, and all offers with it. */
  clear(): void {
    this.#offers.clear();
  }

  /** The call that says that nothing of ours is on an agent any more; undefined where nobody asked for that. */
  left(agent: string): SchedulerCall | undefined {
    const id = this.#offers.get(agent);
    if (id === undefined) return undefined;
    return {
      type: "ACCEPT_INVERSE_OFFERS",
      accept_inverse_offers: { inverse_offer_ids: [{ value: id }] },
    };
  }
}
