/** Agents by what they offered last: so that people see where there is room, though no offer is held. */

import type { AgentFacts } from "../placement/agent_facts.ts";
import type { Candidate } from "../placement/choose_agent.ts";

/** An agent that offered something. */
export interface KnownAgent {
  readonly facts: AgentFacts;
  /** Milliseconds since 1970: when it offered something last. */
  readonly at: number;
  /** What is left of its last offers, by role. */
  readonly offers: ReadonlyMap<string, SeenOffer>;
}

/** What an agent offered to one role. */
export interface SeenOffer {
  readonly candidate: Candidate;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** An agent that offered nothing for so long is told of no more, in milliseconds: a week. */
const forgottenAfter = 7 * 24 * 3_600_000;

/** All agents that offered something. Taking offers costs what they are, however many agents there are. */
export class KnownAgents {
  readonly #agents = new Map<string, { facts: AgentFacts; at: number; offers: Map<string, SeenOffer> }>();

  /**
   * Offers came.
   *
   * @param candidates what is left of them
   * @param now milliseconds since 1970
   */
  take(candidates: Iterable<Candidate>, now: number): void {
    for (const candidate of candidates) {
      const { agent: facts, role } = candidate;
      let known = this.#agents.get(facts.id);
      if (known === undefined) this.#agents.set(facts.id, known = { facts, at: now, offers: new Map() });
      // An agent may come back with other attributes.
      known.facts = facts;
      known.at = now;
      known.offers.set(role, { candidate, at: now });
    }
  }

  /** The master has lost an agent: what it offered is no more. */
  lose(agent: string): void {
    this.#agents.delete(agent);
  }

  get(agent: string): KnownAgent | undefined {
    return this.#agents.get(agent);
  }

  /** Those that offered something within a week, in no order. */
  *all(now: number): Iterable<KnownAgent> {
    for (const [id, known] of this.#agents) {
      if (known.at + forgottenAfter > now) yield known;
      else this.#agents.delete(id);
    }
  }
}
