import type { Decision, Decisions } from "./decide.ts";
import { isSetAside } from "./passing.ts";
import type { PlacedContainer, PlacedPod } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";

/** What is to be done about a container's running, besides making it. */
export type StartRule = "start" | "restart" | "nothing";

/** Decides for every wanted container, by its name on the engine, whether it has to be started. */
export function startRules(
  placed: PlacedPod,
  decisions: Decisions,
  options: UpOptions,
): ReadonlyMap<string, StartRule> {
  const byName = new Map(decisions.wanted.map((decision) => [decision.wanted.name, decision]));
  const rules = new Map<string, StartRule>();
  const ruleOf = (decision: Decision): StartRule => {
    const known = rules.get(decision.wanted.name);
    if (known !== undefined) return known;
    // Dependencies have no cycles; the entry only keeps a wrong spec from looping.
    rules.set(decision.wanted.name, "nothing");
    const rule = decideRule(decision, placed, byName, options, ruleOf);
    rules.set(decision.wanted.name, rule);
    return rule;
  };
  for (const decision of decisions.wanted) ruleOf(decision);
  return rules;
}

function decideRule(
  decision: Decision,
  placed: PlacedPod,
  byName: ReadonlyMap<string, Decision>,
  options: UpOptions,
  ruleOf: (decision: Decision) => StartRule,
): StartRule {
  if (!options.start) return "nothing";
  if (decision.action === "create" || decision.action === "replace") return "start";
  const { existing, wanted } = decision;
  const isBack = isSetAside(existing);
  switch (existing.state) {
    case "running":
      return lostItsNamespace(wanted, byName, ruleOf) || followsRestart(wanted, byName, ruleOf)
        ? "restart"
        : "nothing";
    case "created":
      return "start";
    case "exited":
      // Whoever shares its namespaces cannot live without it.
      if (wanted.role === "pause") return "start";
      // One that is put back was ended by the replacing of it.
      if (options.ended === "leave" && !isBack) return "nothing";
      return isFinished(decision, placed, byName, ruleOf) ? "nothing" : "start";
    case "paused":
    case "restarting":
    case "removing":
    case "dead":
      return "nothing";
  }
}

/** The owner of its namespaces is started anew: a running member then holds namespaces that nobody else has. */
function lostItsNamespace(
  wanted: PlacedContainer,
  byName: ReadonlyMap<string, Decision>,
  ruleOf: (decision: Decision) => StartRule,
): boolean {
  return wanted.bodyReferences.some((name) => {
    const owner = byName.get(name);
    return owner !== undefined && ruleOf(owner) !== "nothing";
  });
}

/** A dependency that it asks to be restarted with (`depends_on: … restart: true`) is replaced or restarted. */
function followsRestart(
  wanted: PlacedContainer,
  byName: ReadonlyMap<string, Decision>,
  ruleOf: (decision: Decision) => StartRule,
): boolean {
  return wanted.dependsOn.some(({ container, restart }) =>
    restart &&
    [...byName.values()].some((decision) =>
      decision.wanted.role === "container" && decision.wanted.container === container &&
      (decision.action === "replace" || ruleOf(decision) === "restart" || isNewBefore(decision, wanted))
    )
  );
}

/** A container of `pre_start` that is not there is to run before its service, also where that runs already. */
function isNewBefore({ action, wanted: before }: Decision, wanted: PlacedContainer): boolean {
  const of = before.preStartOf;
  return action === "create" && of?.container === wanted.container &&
    (!of.perReplica || before.number === wanted.number);
}

/**
 * A container that others wait for to complete, and that did: it is not run again as long as none of them has to be
 * started. In `services` mode it is, because there `up` does what Docker Compose does. One of `pre_start` runs once for
 * what it is: a changed one is another container.
 */
function isFinished(
  decision: Extract<Decision, { action: "keep" | "rename" }>,
  placed: PlacedPod,
  byName: ReadonlyMap<string, Decision>,
  ruleOf: (decision: Decision) => StartRule,
): boolean {
  if (decision.existing.exitCode !== 0) return false;
  if (decision.wanted.preStartOf !== undefined) return true;
  if (placed.networking.mode === "services") return false;
  const waiting = [...byName.values()].filter(({ wanted }) =>
    wanted.dependsOn.some(({ container, condition }) =>
      container === decision.wanted.container && condition === "completed"
    )
  );
  return waiting.length > 0 && waiting.every((each) => ruleOf(each) === "nothing");
}
