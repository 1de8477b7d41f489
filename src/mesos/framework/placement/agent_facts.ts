/** What is known of an agent, as far as rules of placement ask for it. */

import type { Attribute, Offer } from "../../wire/messages.ts";

/** An agent, apart from what it has to offer at the moment. */
export interface AgentFacts {
  readonly id: string;
  readonly hostname: string;
  readonly region?: string;
  readonly zone?: string;
  /** Texts of its attributes by name; one of ranges or of a set has several. An agent may have a name more than once. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** The facts that an offer tells of its agent. */
export function factsOf({ agent_id, hostname, domain, attributes = [] }: Offer): AgentFacts {
  const fault = domain?.fault_domain;
  const texts = new Map<string, string[]>();
  for (const attribute of attributes) {
    const known = texts.get(attribute.name) ?? [];
    texts.set(attribute.name, [...known, ...textsOf(attribute)]);
  }
  return {
    id: agent_id.value,
    hostname,
    ...(fault === undefined ? {} : { region: fault.region.name, zone: fault.zone.name }),
    attributes: texts,
  };
}

/**
 * What an agent has under a name of a rule: `hostname`, `region`, `zone`, else an attribute. An attribute that has one of
 * the three names itself is `attributes.hostname` and so on. Nothing where it has none.
 */
export function valuesOf(facts: AgentFacts, name: string): readonly string[] {
  switch (name) {
    case "hostname":
      return [facts.hostname];
    case "region":
      return facts.region === undefined ? [] : [facts.region];
    case "zone":
      return facts.zone === undefined ? [] : [facts.zone];
    default:
      return facts.attributes.get(name.startsWith("attributes.") ? name.slice("attributes.".length) : name) ??
        [];
  }
}

function textsOf({ text, scalar, set, ranges }: Attribute): string[] {
  if (text !== undefined) return [text.value];
  // Three decimals, as Mesos compares them: 0.30000000000000004 is 0.3.
  if (scalar !== undefined) return [String(Math.round(scalar.value * 1000) / 1000)];
  if (set !== undefined) return [...set.item ?? []];
  return (ranges?.range ?? []).map(({ begin, end }) => begin === end ? `${begin}` : `${begin}-${end}`);
}
