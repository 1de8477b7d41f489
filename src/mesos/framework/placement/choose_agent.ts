/** Which of the agents that offer something is the place for an instance of a pod. */

import type { AgentFacts } from "./agent_facts.ts";
import type { AvailableResources } from "./available_resources.ts";
import { keyOf, type Lack, wordsOf } from "./lack.ts";
import type { Needs } from "./needs.ts";
import { crowdingOf, lacksOfRules, type PlacementRules, type Sibling } from "./rules.ts";

/** What one agent offers to one role at the moment. */
export interface Candidate {
  readonly agent: AgentFacts;
  readonly role: string;
  readonly available: AvailableResources;
  /** It is to be left soon: nothing new is placed there. */
  readonly leaving?: "maintenance" | "draining";
}

/** What is to be placed. */
export interface Instance {
  readonly needs: Needs;
  readonly rules: PlacementRules;
  /** Roles whose resources it may have; the first is preferred. */
  readonly roles: readonly string[];
}

/** Why an instance was placed nowhere. */
export interface NoPlace {
  /** What each agent that offered something lacked, in the order of the candidates. */
  readonly agents: readonly {
    readonly agent: AgentFacts;
    readonly role: string;
    readonly lacks: readonly Lack[];
  }[];
}

/**
 * Chooses an agent: one that meets every rule and has what is needed. Among those the least crowded by instances of the
 * same pod, then the preferred role, then the one with the most memory left (so that pods are spread over the cluster),
 * then the first by id: the same offers give the same choice.
 */
export function chooseAgent(
  instance: Instance,
  candidates: Iterable<Candidate>,
  siblings: readonly Sibling[],
): Candidate | undefined {
  let best: { readonly candidate: Candidate; readonly rank: readonly number[] } | undefined;
  for (const candidate of candidates) {
    if (!fits(instance, candidate, siblings)) continue;
    const rank = [
      ...crowdingOf(instance.rules, candidate.agent, siblings),
      instance.roles.indexOf(candidate.role),
      -candidate.available.left("memory"),
    ];
    if (best === undefined || isBefore(rank, candidate.agent.id, best.rank, best.candidate.agent.id)) {
      best = { candidate, rank };
    }
  }
  return best?.candidate;
}

/** What each candidate lacks. Those that lack nothing are left out. */
export function explain(
  instance: Instance,
  candidates: Iterable<Candidate>,
  siblings: readonly Sibling[],
): NoPlace {
  const agents = [...candidates].map((candidate) => ({
    agent: candidate.agent,
    role: candidate.role,
    lacks: lacksOf(instance, candidate, siblings),
  }));
  return { agents: agents.filter(({ lacks }) => lacks.length > 0) };
}

/** The reasons in words, the most frequent first: `3 of 5 agents: cpus: 2 needed, 0.5 offered at most`. */
export function summaryOf({ agents }: NoPlace): string {
  if (agents.length === 0) return "no agent offers anything at the moment";
  const groups = new Map<string, Lack[]>();
  for (const { lacks } of agents) {
    for (const lack of lacks) groups.set(keyOf(lack), [...groups.get(keyOf(lack)) ?? [], lack]);
  }
  return [...groups.values()]
    .sort((one, other) => other.length - one.length)
    .map((lacks) => {
      const nearest = lacks.reduce((one, other) => offeredOf(other) > offeredOf(one) ? other : one);
      const atMost = lacks.length > 1 && (nearest.kind === "scalar" || nearest.kind === "ports")
        ? " at most"
        : "";
      return `${lacks.length} of ${agents.length} agents: ${wordsOf(nearest)}${atMost}`;
    })
    .join("; ");
}

function fits(instance: Instance, candidate: Candidate, siblings: readonly Sibling[]): boolean {
  return candidate.leaving === undefined && instance.roles.includes(candidate.role) &&
    candidate.available.lacks(instance.needs).length === 0 &&
    lacksOfRules(instance.rules, candidate.agent, siblings).length === 0;
}

function lacksOf(instance: Instance, candidate: Candidate, siblings: readonly Sibling[]): Lack[] {
  const { agent, role, available, leaving } = candidate;
  return [
    ...(leaving === undefined ? [] : [{ kind: "leaving" as const, why: leaving }]),
    ...(instance.roles.includes(role) ? [] : [{ kind: "role" as const, role, roles: instance.roles }]),
    ...lacksOfRules(instance.rules, agent, siblings),
    ...available.lacks(instance.needs),
  ];
}

function isBefore(
  one: readonly number[],
  oneId: string,
  other: readonly number[],
  otherId: string,
): boolean {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return oneId < otherId;
}

function offeredOf(lack: Lack): number {
  return lack.kind === "scalar" || lack.kind === "ports" ? lack.offered : 0;
}
