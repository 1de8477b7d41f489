import type { Dependency } from "../pod/model.ts";
import type { Decision, Decisions } from "./decide.ts";
import { isSetAside } from "./passing.ts";
import type { PlacedContainer } from "./placed.ts";
import type { StartRule } from "./start_rules.ts";
import type { ContainerReference, WaitCondition } from "./step.ts";
import type { StepList } from "./step_list.ts";

/**
 * Adds the starts, in dependency order: everything is made before the first start, and what a container depends on
 * has reached its condition before the container starts. Independent containers start side by side.
 */
export function addStartSteps(
  decisions: Decisions,
  rules: ReadonlyMap<string, StartRule>,
  steps: StepList,
  made: readonly string[],
): void {
  const cleared = decisions.removals.map(({ existing }) => `remove ${existing.name}`);
  // A container that goes may hold a port that the pause container, or one in its place, is to publish.
  const stopped = decisions.wanted.flatMap((decision) =>
    decision.action === "replace" ? [`stop ${decision.wanted.name}`] : []
  );
  for (const decision of decisions.wanted) {
    const { wanted } = decision;
    const rule = rules.get(wanted.name) ?? "nothing";
    if (rule === "nothing") continue;
    const container = { name: wanted.container, number: wanted.number };
    const target: ContainerReference = decision.action === "keep" || decision.action === "rename"
      ? { name: wanted.name, id: decision.existing.id }
      : { name: wanted.name };
    const dependencies = wanted.dependsOn.flatMap((dependency) =>
      addDependency(dependency, decisions, rules, steps)
    );
    const owners = wanted.bodyReferences.map((name) => `start ${name}`);
    const start = `start ${wanted.name}`;
    steps.add({
      id: start,
      kind: "start-container",
      cause: startCause(decision, rule),
      after: [
        ...made,
        ...cleared,
        ...(wanted.role === "pause" ? stopped : []),
        `rename ${wanted.name}`,
        ...("predecessor" in decision ? [`stop ${decision.predecessor?.name}`] : []),
        `stop ${wanted.name}`,
        ...stopsBefore(wanted, decisions),
        ...owners,
        ...dependencies,
      ],
      container,
      target,
    });
    let last = start;
    wanted.postStart.forEach((body, index) => {
      const id = `hook ${wanted.name} post_start ${index + 1}`;
      const cause = "the spec has a post_start hook";
      steps.add({
        id,
        kind: "run-hook",
        cause,
        after: [last],
        container,
        target,
        hook: "post_start",
        body,
      });
      last = id;
    });
  }
}

/** What runs before a service does not run beside the former one: they share its volumes. */
function stopsBefore({ preStartOf }: PlacedContainer, decisions: Decisions): string[] {
  if (preStartOf === undefined) return [];
  return decisions.wanted.flatMap(({ wanted }) =>
    wanted.container === preStartOf.container ? [`stop ${wanted.name}`] : []
  );
}

function startCause(decision: Decision, rule: StartRule): string {
  if (rule === "restart") return "what it depends on was started anew";
  switch (decision.action) {
    case "create":
      return "it is new";
    case "replace":
      return "it is new in place of the old one";
    case "rename":
      return isSetAside(decision.existing) ? "it is put back" : "it was left created and not started";
    case "keep":
      return decision.existing.state === "created" ? "it was created and never started" : "it has ended";
  }
}

/** Steps that have to be done before a container that depends on another one may start. */
function addDependency(
  dependency: Dependency,
  decisions: Decisions,
  rules: ReadonlyMap<string, StartRule>,
  steps: StepList,
): string[] {
  const targets = decisions.wanted.filter(({ wanted }) =>
    wanted.role === "container" && wanted.container === dependency.container
  );
  return targets.flatMap((decision) => {
    const { wanted } = decision;
    const starts = (rules.get(wanted.name) ?? "nothing") !== "nothing";
    const ready = [
      `start ${wanted.name}`,
      ...wanted.postStart.map((_, index) => `hook ${wanted.name} post_start ${index + 1}`),
    ];
    if (dependency.condition === "started") return ready;
    if (!starts && isMet(decision, dependency)) return [];
    const condition: WaitCondition = dependency.condition;
    const id = `wait ${wanted.name} ${condition}${dependency.required ? "" : " if it can"}`;
    steps.add({
      id,
      kind: "wait-container",
      cause: condition === "healthy" ? "others need it healthy" : "others need it to have completed",
      after: ready,
      container: { name: wanted.container, number: wanted.number },
      target: "existing" in decision && decision.action !== "replace"
        ? { name: wanted.name, id: decision.existing.id }
        : { name: wanted.name },
      condition,
      ...(dependency.required ? {} : { optional: true }),
    });
    return [id];
  });
}

function isMet(decision: Decision, dependency: Dependency): boolean {
  if (decision.action === "create" || decision.action === "replace") return false;
  if (dependency.condition === "healthy") {
    return decision.existing.state === "running" && decision.existing.health === "healthy";
  }
  return decision.existing.state === "exited" && decision.existing.exitCode === 0;
}
