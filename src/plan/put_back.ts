import { Label } from "../pod/labels.ts";
import type { ObservedContainer } from "./observed.ts";
import { observedDependencies, observedDependents } from "./observed_order.ts";
import { isLeftover, isSetAside, setAside, setAsideFrom, usedIds, wasStarted } from "./passing.ts";
import type { Plan } from "./step.ts";
import { StepList } from "./step_list.ts";
import { addStopSteps, isAlive, specIdentity } from "./stop_steps.ts";

const cause = "the change was not carried through";

/**
 * What has to be done after an `up` that failed or was broken off: replacements that have not started go, what was set
 * aside for them gets its name back, and what ran before runs again. What is bound together by namespaces or volumes
 * is put back together, also where some of the replacements have started. No passing name is left. Nothing to do where
 * nothing is on its way.
 *
 * Networks, volumes, images and the pod's cgroup stay as the change left them.
 *
 * @param observed what is there now
 * @param before what was there before the change: it tells what ran
 */
export function planPutBack(
  pod: string,
  observed: readonly ObservedContainer[],
  before: readonly ObservedContainer[],
): Plan {
  const steps = new StepList();
  const leftovers = observed.filter(isLeftover);
  const aside = setAside(observed);
  if (leftovers.length === 0 && !observed.some(isSetAside)) return steps.finish(pod);

  const returning = returningOf(observed, aside);
  const leaving = leavingOf(observed, leftovers, returning);
  addRemovals(observed, leaving, steps);
  const resulting = observed
    .filter((container) => !leaving.has(container))
    .map((container) => ({ ...container, name: returning.get(container.id) ?? container.name }));
  for (const container of observed) {
    const name = returning.get(container.id);
    if (name === undefined) continue;
    steps.add({
      id: `rename ${name}`,
      kind: "rename-container",
      cause,
      after: [`remove ${name}`],
      container: specIdentity(container),
      target: { name: container.name, id: container.id },
      to: name,
    });
  }
  addStarts(resulting, toStart(resulting, before), steps);
  return steps.finish(pod);
}

/** What gets its name back: the name by the id. */
function returningOf(
  observed: readonly ObservedContainer[],
  aside: ReadonlyMap<string, ObservedContainer>,
): ReadonlyMap<string, string> {
  const byName = new Map(observed.map((container) => [container.name, container]));
  const returning = new Map<string, string>();
  // What was to be replaced and still has its name counts as well: what it uses has to come back for it.
  const bound = observed.filter((container) => replacementOf(container, observed) !== undefined);
  for (const [name, container] of aside) {
    const successor = byName.get(name);
    if (successor === undefined || !wasStarted(successor)) bound.push(container);
  }
  for (const container of bound) {
    const name = setAsideFrom(container);
    if (name !== undefined) returning.set(container.id, name);
    for (const other of aside.values()) {
      const isBound = usedIds(container).includes(other.id) || usedIds(other).includes(container.id);
      if (isBound && !bound.includes(other)) bound.push(other);
    }
  }
  return returning;
}

/** The replacement that waits under a passing name to succeed a container. */
function replacementOf(
  container: ObservedContainer,
  containers: readonly ObservedContainer[],
): ObservedContainer | undefined {
  return containers.find((each) => isLeftover(each) && each.labels[Label.replaces] === container.name);
}

/** What goes: replacements, with all that was made to use them, and what was set aside and is not needed any more. */
function leavingOf(
  observed: readonly ObservedContainer[],
  leftovers: readonly ObservedContainer[],
  returning: ReadonlyMap<string, string>,
): ReadonlySet<ObservedContainer> {
  const names = new Set(returning.values());
  const leaving = new Set([
    ...leftovers,
    ...observed.filter(({ name }) => names.has(name)),
    ...observed.filter((container) => isSetAside(container) && !returning.has(container.id)),
  ]);
  for (const gone of leaving) {
    for (const container of observed) {
      if (!returning.has(container.id) && usedIds(container).includes(gone.id)) leaving.add(container);
    }
  }
  return leaving;
}

function addRemovals(
  observed: readonly ObservedContainer[],
  leaving: ReadonlySet<ObservedContainer>,
  steps: StepList,
): void {
  const dependents = observedDependents(observed);
  for (const container of leaving) {
    const identity = specIdentity(container);
    const stop = `stop ${container.name}`;
    if (isAlive(container)) {
      addStopSteps(steps, container, {
        name: container.name,
        container: identity.name,
        number: identity.number,
        preStop: [],
      }, { cause, after: [...(dependents.get(container.name) ?? [])].map((name) => `stop ${name}`) });
    }
    const members = [...leaving].filter((each) => usedIds(each).includes(container.id));
    steps.add({
      id: `remove ${container.name}`,
      kind: "remove-container",
      cause: isSetAside(container) ? "its successor has started" : cause,
      after: [stop, ...members.map(({ name }) => `remove ${name}`)],
      container: identity,
      target: { name: container.name, id: container.id },
      force: false,
      // Volumes that were taken over count as named: only those that were made for it go.
      volumes: !wasStarted(container),
    });
  }
}

/** What ran before and does not now, and the owners of the namespaces that it needs. */
function toStart(
  resulting: readonly ObservedContainer[],
  before: readonly ObservedContainer[],
): ReadonlySet<ObservedContainer> {
  const earlier = new Map(before.map((container) => [container.id, container]));
  const byId = new Map(resulting.map((container) => [container.id, container]));
  const starting = new Set<ObservedContainer>();
  for (const container of resulting) {
    const then = earlier.get(container.id);
    if (isAlive(container) || then === undefined) continue;
    // What another, killed mesolet had stopped already: it ran, but for a job that was done.
    const wasStopped = isSetAside(then) || replacementOf(then, before) !== undefined;
    if (isAlive(then) || (wasStopped && !isDoneJob(container, resulting))) starting.add(container);
  }
  for (const container of starting) {
    const owners = usedIds(container).map((id) => byId.get(id));
    // Somebody removed what it cannot run without.
    if (container.labels[Label.uses] !== undefined && owners.includes(undefined)) starting.delete(container);
    else for (const owner of owners) if (owner !== undefined && !isAlive(owner)) starting.add(owner);
  }
  return starting;
}

function isDoneJob(container: ObservedContainer, containers: readonly ObservedContainer[]): boolean {
  if (container.state !== "exited" || container.exitCode !== 0) return false;
  return containers.some(({ labels }) =>
    (labels[Label.dependsOn] ?? "").split(",").some((text) => {
      const [name, condition] = text.split(":");
      return condition === "completed" && name === container.labels[Label.container];
    })
  );
}

function addStarts(
  resulting: readonly ObservedContainer[],
  starting: ReadonlySet<ObservedContainer>,
  steps: StepList,
): void {
  const dependencies = observedDependencies(resulting);
  const room = steps.idsOf("remove-container", "rename-container");
  for (const container of starting) {
    steps.add({
      id: `start ${container.name}`,
      kind: "start-container",
      cause: "it ran before",
      after: [...room, ...[...(dependencies.get(container.name) ?? [])].map((name) => `start ${name}`)],
      container: specIdentity(container),
      target: { name: container.name, id: container.id },
    });
  }
}
