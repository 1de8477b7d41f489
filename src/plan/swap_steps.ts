import { addCarriedRemovals } from "./carried_volumes.ts";
import { type Decision, type Decisions, passingNameOf } from "./decide.ts";
import type { UpOptions } from "./plan_options.ts";
import type { StepList } from "./step_list.ts";
import { addStopSteps, isAlive } from "./stop_steps.ts";

/** Whether the network a container is on is made anew, so that it has to leave before its successor can be made. */
export function leavesFirst(decision: Decision, steps: StepList): boolean {
  return decision.action === "replace" &&
    Object.keys(decision.existing.networks).some((name) => steps.has(`remove network ${name}`));
}

/** Stops, removes and succeeds the containers that are replaced. */
export function addSwaps(
  decisions: Decisions,
  steps: StepList,
  made: readonly string[],
  options: UpOptions,
): void {
  for (const decision of decisions.wanted) {
    const { wanted } = decision;
    const container = { name: wanted.container, number: wanted.number };
    if (decision.action === "rename") {
      const target = { name: decision.existing.name, id: decision.existing.id };
      const cause = "a replacement was left with its passing name";
      steps.add({
        id: `rename ${wanted.name}`,
        kind: "rename-container",
        cause,
        after: made,
        container,
        target,
        to: wanted.name,
      });
    }
    if (decision.action !== "replace") continue;
    const first = leavesFirst(decision, steps);
    const { existing } = decision;
    const stop = isAlive(existing);
    const dependents = stopsOfDependents(decision, decisions);
    if (stop) {
      addStopSteps(steps, existing, wanted, {
        cause: decision.cause,
        after: first ? dependents : [...made, ...dependents],
        ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
      });
    }
    steps.add({
      id: `remove ${wanted.name}`,
      kind: "remove-container",
      cause: decision.cause,
      after: stop ? [`stop ${wanted.name}`] : first ? [] : made,
      container,
      target: { name: existing.name, id: existing.id },
      force: false,
      volumes: options.renewAnonymousVolumes,
    });
    if (options.renewAnonymousVolumes) {
      const cause = "anonymous volumes were asked to be new";
      addCarriedRemovals(steps, existing, { cause, after: [`remove ${wanted.name}`] });
    }
    if (first) continue;
    const passing = passingNameOf(existing, wanted.name);
    const cause = "its predecessor has made room";
    const after = [`remove ${wanted.name}`, `create ${wanted.name}`];
    steps.add({
      id: `rename ${wanted.name}`,
      kind: "rename-container",
      cause,
      after,
      container,
      target: { name: passing },
      to: wanted.name,
    });
  }
}

/** Replaced containers that depend on this one stop before it does. */
function stopsOfDependents(decision: Decision, decisions: Decisions): string[] {
  const dependents = decisions.wanted.filter(({ wanted }) =>
    wanted.dependsOn.some(({ container }) => container === decision.wanted.container) ||
    wanted.bodyReferences.includes(decision.wanted.name)
  );
  // Steps that turn out not to be there (who is kept is not stopped) are dropped in the end.
  return dependents.map(({ wanted }) => `stop ${wanted.name}`);
}
