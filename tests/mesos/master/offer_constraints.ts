import type {
  SchedulerAttributeConstraint,
  SchedulerAttributeConstraintPredicate,
  SchedulerOfferConstraints,
} from "../../../src/mesos/wire/messages.ts";
import type { AgentDescription } from "./master_settings.ts";

/** Whether an agent may be offered to a role: one group of its constraints has to hold, where there are any. */
export function constraintsAllow(
  constraints: SchedulerOfferConstraints | undefined,
  role: string,
  agent: AgentDescription,
): boolean {
  const groups = constraints?.role_constraints?.[role]?.groups;
  if (groups === undefined) return true;
  return groups.some(({ attribute_constraints = [] }) =>
    attribute_constraints.every((constraint) => holds(constraint, agent))
  );
}

/** What speaks against constraints, in the words of the master. */
export function constraintsProblem(
  constraints: SchedulerOfferConstraints | undefined,
  roles: readonly string[],
): string | undefined {
  const strange = Object.keys(constraints?.role_constraints ?? {}).find((role) => !roles.includes(role));
  if (strange === undefined) return undefined;
  // There is no blank in the text of the master either.
  return `Offer constraints specify \`role_constraints\` for a role '${strange}'not contained in the set of roles`;
}

/** A text, something that is there and no text, or nothing. */
type Subject = { readonly text: string } | "other" | undefined;

function holds({ selector, predicate }: SchedulerAttributeConstraint, agent: AgentDescription): boolean {
  const { attribute_name, pseudoattribute_type } = selector;
  const domain = agent.domain?.fault_domain;
  const text = (value: string | undefined): Subject => value === undefined ? undefined : { text: value };
  switch (pseudoattribute_type) {
    case "HOSTNAME":
      return meets(predicate, text(agent.hostname));
    case "REGION":
      return meets(predicate, text(domain?.region.name));
    case "ZONE":
      return meets(predicate, text(domain?.zone.name));
  }
  const attribute = (agent.attributes ?? []).find(({ name }) => name === attribute_name);
  return meets(predicate, attribute === undefined ? undefined : text(attribute.text?.value) ?? "other");
}

/** What is there and no text meets every test of a text. */
function meets(predicate: SchedulerAttributeConstraintPredicate, subject: Subject): boolean {
  const { exists, not_exists, text_equals, text_not_equals, text_matches, text_not_matches } = predicate;
  if (exists !== undefined) return subject !== undefined;
  if (not_exists !== undefined) return subject === undefined;
  const wants = text_equals !== undefined || text_matches !== undefined;
  if (subject === undefined) return !wants;
  if (subject === "other") return true;
  const { text } = subject;
  if (text_equals !== undefined) return text === text_equals.value;
  if (text_not_equals !== undefined) return text !== text_not_equals.value;
  const regex = text_matches?.regex ?? text_not_matches?.regex ?? "";
  return new RegExp(`^(?:${regex})$`).test(text) === wants;
}
