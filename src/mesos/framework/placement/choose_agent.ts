/** Which of the agents that offer something is the place for an instance of a pod. */

import type { AgentFacts } from "./agent_facts.ts";
import type { AvailableResources } from "./available_resources.ts";
import type { Lack } from "./lack.ts";
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

function fits(instance: Instance, candidate: Candidate, siblings: readonly Sibling[]): boolean {
  return candidate.leaving === undefined && instance.roles.includes(candidate.role) &&
    candidate.available.lacks(instance.needs).length === 0 &&
    lacksOfRules(instance.rules, candidate.agent, siblings).length === 0;
}

/** What a candidate lacks; nothing where it is a place. */
export function lacksOf(instance: Instance, candidate: Candidate, siblings: readonly Sibling[]): Lack[] {
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
