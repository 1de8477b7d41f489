/** Why an instance has no place, over all agents, as people want to read it. */

import type { AgentFacts } from "./agent_facts.ts";
import { type Candidate, type Instance, lacksOf } from "./choose_agent.ts";
import { keyOf, type Lack, wordsOf } from "./lack.ts";
import type { Sibling } from "./rules.ts";

/** What agents lack for an instance. */
export interface Shortage {
  /** How many agents were looked at. */
  readonly agents: number;
  /** How many of them lack nothing. */
  readonly fitting: number;
  /** What is lacking and on how many agents, the most frequent first: `cpus: 2 needed, 0.5 offered at most`. */
  readonly lacks: readonly { readonly text: string; readonly agents: number }[];
  /** The agents that come nearest to being a place, the nearest first. */
  readonly nearest: readonly NearAgent[];
}

/** An agent that is no place, and all that it lacks. */
export interface NearAgent {
  readonly agent: AgentFacts;
  readonly role: string;
  readonly lacks: readonly string[];
}

/** How much of it is told. */
const mostLacks = 10;
const mostNearest = 5;

interface Short {
  readonly candidate: Candidate;
  readonly lacks: readonly Lack[];
  readonly distance: Distance;
}

/**
 * Looks what each agent lacks. Of one that offers to several roles the offer counts that comes nearest.
 *
 * @param siblings other instances of the same pod
 */
export function shortageOf(
  instance: Instance,
  candidates: Iterable<Candidate>,
  siblings: readonly Sibling[],
): Shortage {
  const byAgent = new Map<string, Short>();
  for (const candidate of candidates) {
    const lacks = lacksOf(instance, candidate, siblings);
    const short = { candidate, lacks, distance: distanceOf(lacks) };
    const known = byAgent.get(candidate.agent.id);
    if (known === undefined || isNearer(short, known)) byAgent.set(candidate.agent.id, short);
  }
  const shorts = [...byAgent.values()].filter(({ lacks }) => lacks.length > 0);
  return {
    agents: byAgent.size,
    fitting: byAgent.size - shorts.length,
    lacks: countedLacks(shorts).slice(0, mostLacks),
    nearest: shorts.sort((one, other) => isNearer(one, other) ? -1 : 1).slice(0, mostNearest).map(
      ({ candidate: { agent, role }, lacks }) => ({ agent, role, lacks: lacks.map(wordsOf) }),
    ),
  };
}

/** A lack that agents share, by the one of them that comes nearest. */
interface SharedLack {
  nearest: Lack;
  agents: number;
  /** It is the same with all of them, to the letter. */
  isOne: boolean;
}

function countedLacks(shorts: readonly Short[]): { readonly text: string; readonly agents: number }[] {
  const groups = new Map<string, SharedLack>();
  for (const lack of shorts.flatMap(({ lacks }) => lacks)) {
    const group = groups.get(keyOf(lack));
    if (group === undefined) {
      groups.set(keyOf(lack), { nearest: lack, agents: 1, isOne: true });
      continue;
    }
    group.agents++;
    group.isOne &&= wordsOf(lack) === wordsOf(group.nearest);
    if (offeredOf(lack) > offeredOf(group.nearest)) group.nearest = lack;
  }
  return [...groups.values()].sort((one, other) => other.agents - one.agents)
    .map((group) => ({ text: wordsOfShared(group), agents: group.agents }));
}

function wordsOfShared({ nearest, isOne }: SharedLack): string {
  if (isOne) return wordsOf(nearest);
  switch (nearest.kind) {
    case "scalar":
    case "ports":
      return `${wordsOf(nearest)} at most`;
    case "rule":
      return nearest.rule;
    case "taken":
      return `one instance for each ${nearest.by}: there is one already`;
    default:
      return wordsOf(nearest);
  }
}

/** How far an agent is from being a place: what no time mends counts before what others may give back. */
interface Distance {
  readonly rules: number;
  /** The sum of what is missing, each as a part of what is needed. */
  readonly missing: number;
}

function distanceOf(lacks: readonly Lack[]): Distance {
  let rules = 0;
  let missing = 0;
  for (const lack of lacks) {
    if (lack.kind === "scalar" || lack.kind === "ports") missing += 1 - lack.offered / lack.needed;
    else if (lack.kind === "port") missing += 1;
    else rules += 1;
  }
  return { rules, missing };
}

function isNearer(one: Short, other: Short): boolean {
  return one.distance.rules - other.distance.rules < 0 ||
    (one.distance.rules === other.distance.rules &&
      (one.distance.missing < other.distance.missing ||
        (one.distance.missing === other.distance.missing &&
          one.candidate.agent.id < other.candidate.agent.id)));
}

function offeredOf(lack: Lack): number {
  return lack.kind === "scalar" || lack.kind === "ports" ? lack.offered : 0;
}
