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
    const crowd = siblings.length === 0 ? undefined : crowdOf(siblings, name);
    const value = own.find((one) => crowd?.byValue.has(one));
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
  const names = [...rules.spread, "hostname"];
  if (siblings.length === 0) return names.map(() => 0);
  return names.map((name) => {
    const own = valuesOf(agent, name);
    const { byValue, without } = crowdOf(siblings, name);
    // Those without a value are one crowd of their own.
    const [value] = own;
    if (value === undefined) return without;
    if (own.length === 1) return byValue.get(value) ?? 0;
    // Who shares two of several values is to count once.
    return siblings.filter((sibling) => valuesOf(sibling.agent, name).some((value) => own.includes(value)))
      .length;
  });
}

/** How many siblings have each value of a name, and how many have none. */
interface Crowd {
  readonly byValue: Map<string, number>;
  without: number;
}

const crowds = new WeakMap<readonly Sibling[], Map<string, Crowd>>();

/** Counted once for all agents that are looked at with these siblings. */
function crowdOf(siblings: readonly Sibling[], name: string): Crowd {
  let byName = crowds.get(siblings);
  if (byName === undefined) crowds.set(siblings, byName = new Map());
  let crowd = byName.get(name);
  if (crowd !== undefined) return crowd;
  byName.set(name, crowd = { byValue: new Map(), without: 0 });
  for (const { agent } of siblings) {
    const values = new Set(valuesOf(agent, name));
    if (values.size === 0) crowd.without++;
    for (const value of values) crowd.byValue.set(value, (crowd.byValue.get(value) ?? 0) + 1);
  }
  return crowd;
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
