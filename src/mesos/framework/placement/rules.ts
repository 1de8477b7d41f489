/** Where instances of a pod may run, by what is known of agents: `x-pod.placement`. */

import type { PlacementRules, Requirement, RequirementTest } from "../../../pod/cluster.ts";
import { type AgentFacts, valuesOf } from "./agent_facts.ts";
import type { Lack } from "./lack.ts";

export type { PlacementRules, Requirement, RequirementTest } from "../../../pod/cluster.ts";

/** Another instance of the same pod, and where it is. */
export interface Sibling {
  readonly agent: AgentFacts;
}

/** No rule at all. */
export const noRules: PlacementRules = { require: [], unique: [], spread: [] };

/**
 * Why an agent is no place for a further instance; nothing where it is one. What an agent does not have is no value: so
 * `not` holds, and every other test fails. Of an attribute with several values (a set) one that fits is enough, and
 * none may be what `not` names.
 */
export function lacksOfRules(
  rules: PlacementRules,
  agent: AgentFacts,
  siblings: readonly Sibling[],
): Lack[] {
  const lacks: Lack[] = [];
  for (const requirement of rules.require) {
    const values = valuesOf(agent, requirement.name);
    if (holds(requirement.test, values)) continue;
    lacks.push({
      kind: "rule",
      rule: wordsOfRequirement(requirement),
      ...(values.length === 0 ? {} : { found: values.join(", ") }),
    });
  }
  for (const name of rules.unique) {
    const own = valuesOf(agent, name);
    if (own.length === 0) lacks.push({ kind: "rule", rule: `one instance for each ${name}` });
    const value = own.find((one) => siblings.some((sibling) => valuesOf(sibling.agent, name).includes(one)));
    if (value !== undefined) lacks.push({ kind: "taken", by: name, value });
  }
  return lacks;
}

/** How many siblings share this agent's value, for every name of `spread`: the smaller, the better a place it is. */
export function crowdingOf(
  rules: PlacementRules,
  agent: AgentFacts,
  siblings: readonly Sibling[],
): number[] {
  return [...rules.spread, "hostname"].map((name) => {
    const own = valuesOf(agent, name);
    // Those without a value are one crowd of their own.
    return siblings.filter((sibling) => {
      const values = valuesOf(sibling.agent, name);
      return own.length === 0 ? values.length === 0 : values.some((value) => own.includes(value));
    }).length;
  });
}

/** A requirement in words: `rack is not r3`. */
export function wordsOfRequirement({ name, test }: Requirement): string {
  switch (test.kind) {
    case "is":
      return `${name} is ${test.value}`;
    case "not":
      return `${name} is not ${test.value}`;
    case "in":
      return `${name} is one of ${test.values.join(", ")}`;
    case "matches":
      return `${name} matches ${test.pattern}`;
  }
}

function holds(test: RequirementTest, values: readonly string[]): boolean {
  switch (test.kind) {
    case "is":
      return values.includes(test.value);
    case "not":
      return !values.includes(test.value);
    case "in":
      return values.some((value) => test.values.includes(value));
    case "matches": {
      const pattern = patternOf(test.pattern);
      return values.some((value) => pattern.test(value));
    }
  }
}

const patterns = new Map<string, RegExp>();

/** Made once: there are as many tests of it as agents times pods. */
function patternOf(text: string): RegExp {
  let pattern = patterns.get(text);
  if (pattern === undefined) patterns.set(text, pattern = new RegExp(`^(?:${text})$`, "u"));
  return pattern;
}
