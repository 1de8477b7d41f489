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
  /** Its region, where that is not the master's: it is a place for those alone that speak of regions. */
  readonly remote?: string;
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
 * same pod in what these are to be spread over, then one whose GPUs are not kept from others, then the host with the
 * fewest instances, then the preferred role, then the one with the most memory left (so that pods are spread over the
 * cluster), then the first by id: the same offers give the same choice.
 */
export function chooseAgent(
  instance: Instance,
  candidates: Iterable<Candidate>,
  siblings: readonly Sibling[],
): Candidate | undefined {
  let best: { readonly candidate: Candidate; readonly rank: readonly number[] } | undefined;
  for (const candidate of candidates) {
    if (!fits(instance, candidate, siblings)) continue;
    const rank = crowdingOf(instance.rules, candidate.agent, siblings);
    const onHost = rank.pop() ?? 0;
    rank.push(
      // Who needs a GPU finds none where the rest of the agent is taken by who does not.
      Number(instance.needs.gpus === 0 && candidate.available.left("gpus") > 0),
      onHost,
      instance.roles.indexOf(candidate.role),
      -candidate.available.left("memory"),
    );
    if (best === undefined || isBefore(rank, candidate.agent.id, best.rank, best.candidate.agent.id)) {
      best = { candidate, rank };
    }
  }
  return best?.candidate;
}

function fits(instance: Instance, candidate: Candidate, siblings: readonly Sibling[]): boolean {
  return candidate.leaving === undefined && !isTooFar(instance, candidate) &&
    instance.roles.includes(candidate.role) &&
    candidate.available.has(instance.needs) &&
    lacksOfRules(instance.rules, candidate.agent, siblings).length === 0;
}

/** Another region is paid for in time and money: it has to be asked for, by any rule that speaks of regions. */
function isTooFar({ rules }: Instance, { remote }: Candidate): boolean {
  if (remote === undefined) return false;
  return !rules.unique.includes("region") && !rules.spread.includes("region") &&
    rules.require.every(({ name }) => name !== "region");
}

/** What a candidate lacks; nothing where it is a place. */
export function lacksOf(instance: Instance, candidate: Candidate, siblings: readonly Sibling[]): Lack[] {
  const { agent, role, available, leaving, remote } = candidate;
  return [
    ...(leaving === undefined ? [] : [{ kind: "leaving" as const, why: leaving }]),
    ...(remote !== undefined && isTooFar(instance, candidate)
      ? [{ kind: "remote" as const, region: remote }]
      : []),
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
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return oneId < otherId;
}
