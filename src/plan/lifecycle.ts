import { ExitCode } from "../pod/errors.ts";
import { Label } from "../pod/labels.ts";
import { addCarriedRemovals } from "./carried_volumes.ts";
import { addRemovalsOfEmptyPod } from "./down.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import { observedDependencies, observedDependents } from "./observed_order.ts";
import { isPassing } from "./passing.ts";
import type { PlacedPod } from "./placed.ts";
import { PlanError } from "./plan_error.ts";
import type { Plan } from "./step.ts";
import { StepList } from "./step_list.ts";
import { addStopSteps, isAlive, preStopOf, specIdentity } from "./stop_steps.ts";

/** What `stop`, `start`, `restart`, `kill` and `rm` act on. */
export interface LifecycleRequest {
  readonly pod: string;
  readonly containers: readonly ObservedContainer[];
  /** Containers by their name in the spec; absent or empty: all, the pause container as well. */
  readonly only?: readonly string[];
  readonly graceSeconds?: number;
  /** The spec, where it is at hand: it alone knows the pre_stop hooks. */
  readonly spec?: PlacedPod;
}

/**
 * Stops containers without removing them, dependents first.
 *
 * @throws {PlanError} for a name that the pod does not have; so do the functions below.
 */
export function planStop(request: LifecycleRequest): Plan {
  const steps = new StepList();
  addStops(request, selected(request), steps, "it was asked to stop");
  return steps.finish(request.pod);
}

/** Starts containers that are there and do not run, in the order of their dependencies. */
export function planStart(request: LifecycleRequest): Plan {
  const steps = new StepList();
  const chosen = withNeeded(request, selected(request));
  if (chosen.length === 0) {
    throw new PlanError([`the pod ${request.pod} has no containers: make them with up`]);
  }
  const resting = withoutPassing(chosen, steps).filter((container) => !isAlive(container));
  addStarts(request, resting, steps, "it was asked to start");
  return steps.finish(request.pod);
}

/** Stops and starts containers; a container that does not run is started. */
export function planRestart(request: LifecycleRequest): Plan {
  const steps = new StepList();
  const chosen = withFollowers(request, selected(request));
  if (chosen.length === 0) {
    throw new PlanError([`the pod ${request.pod} has no containers: make them with up`]);
  }
  addStops(request, chosen, steps, "it was asked to restart");
  addStarts(request, withoutPassing(chosen, steps), steps, "it was asked to restart", { again: true });
  return steps.finish(request.pod);
}

/** Sends a signal to containers that run; to the pause container, which carries them, only if none is named. */
export function planKill(request: LifecycleRequest, signal: string): Plan {
  const steps = new StepList();
  for (const container of selected(request)) {
    if (container.state !== "running") continue;
    steps.add({
      id: `kill ${container.name}`,
      kind: "kill-container",
      cause: `it was asked to get ${signal}`,
      after: [],
      container: specIdentity(container),
      target: { name: container.name, id: container.id },
      signal,
    });
  }
  return steps.finish(request.pod);
}

/**
 * Removes containers that have ended; with `stop`, running ones too. With the last container of a pod goes its pause
 * container, and what `down` takes along that the pod does not own alone.
 *
 * @param options.observed what is on the engine; absent: only containers are removed
 */
export function planRemove(
  request: LifecycleRequest,
  options: { readonly stop: boolean; readonly volumes: boolean; readonly observed?: Observed },
): Plan {
  const steps = new StepList();
  const asked = new Set(selected(request));
  const isEmptied = request.containers.every((each) => asked.has(each) || isPause(each));
  const chosen = request.containers.filter((container) =>
    (asked.has(container) || (isEmptied && isPause(container))) && (options.stop || !isAlive(container))
  );
  if (options.stop) addStops(request, chosen, steps, "it was asked to be removed");
  for (const container of chosen) {
    steps.add({
      id: `remove ${container.name}`,
      kind: "remove-container",
      cause: "it was asked to be removed",
      after: [
        `stop ${container.name}`,
        // The owner of namespaces goes after everyone who lives in them.
        ...(isPause(container)
          ? chosen.filter((each) => !isPause(each)).map(({ name }) => `remove ${name}`)
          : []),
      ],
      container: specIdentity(container),
      target: { name: container.name, id: container.id },
      force: false,
      volumes: options.volumes,
    });
    if (options.volumes) {
      const after = [`remove ${container.name}`];
      addCarriedRemovals(steps, container, { cause: "volumes were asked to be removed", after });
    }
  }
  if (options.observed !== undefined && chosen.length === request.containers.length && chosen.some(isPause)) {
    addRemovalsOfEmptyPod(request.pod, options.observed, steps, steps.idsOf("remove-container"));
  }
  return steps.finish(request.pod);
}

function isPause({ labels }: ObservedContainer): boolean {
  return labels[Label.role] === "pause";
}

function selected(request: LifecycleRequest): ObservedContainer[] {
  const { only, containers } = request;
  if (only === undefined || only.length === 0) return [...containers];
  const known = new Set(
    containers.flatMap(({ labels }) => labels[Label.role] === "pause" ? [] : [labels[Label.container]]),
  );
  const unknown = only.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new PlanError(
      unknown.map((name) => `the pod ${request.pod} has no container ${name}: see mesolet ps`),
      ExitCode.usage,
    );
  }
  return containers.filter(({ labels }) =>
    only.includes(labels[Label.container] ?? "") && labels[Label.role] !== "pause"
  );
}

/** A change that was broken off leaves two containers where one is to be: which of them, `up` decides. */
function withoutPassing(chosen: readonly ObservedContainer[], steps: StepList): ObservedContainer[] {
  for (const { name } of chosen.filter(isPassing)) {
    steps.warn(`${name} is left of a change that was broken off: mesolet up finishes it`);
  }
  return chosen.filter((container) => !isPassing(container));
}

/** With what they depend on and the owners of their namespaces, without which they do not start. */
function withNeeded(request: LifecycleRequest, chosen: readonly ObservedContainer[]): ObservedContainer[] {
  const dependencies = observedDependencies(request.containers);
  const needed = new Set<string>();
  const need = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const other of dependencies.get(name) ?? []) need(other);
  };
  for (const { name } of chosen) need(name);
  return request.containers.filter(({ name }) => needed.has(name));
}

/** With those who live in their namespaces, or ask to be restarted with them, as far as they run. */
function withFollowers(request: LifecycleRequest, chosen: readonly ObservedContainer[]): ObservedContainer[] {
  const following = new Set(chosen);
  for (let size = 0; size < following.size;) {
    size = following.size;
    for (const container of request.containers) {
      if (isAlive(container) && [...following].some((leader) => follows(container, leader))) {
        following.add(container);
      }
    }
  }
  return request.containers.filter((container) => following.has(container));
}

function follows(container: ObservedContainer, leader: ObservedContainer): boolean {
  if (container.networkMode === `container:${leader.id}`) return true;
  return (container.labels[Label.dependsOn] ?? "").split(",").some((text) => {
    const [name, , restart] = text.split(":");
    return restart === "true" && name === leader.labels[Label.container] &&
      leader.labels[Label.role] !== "pause";
  });
}

function addStops(
  request: LifecycleRequest,
  chosen: readonly ObservedContainer[],
  steps: StepList,
  cause: string,
): void {
  const dependents = observedDependents(request.containers);
  const hooks = new Map(request.spec?.containers.map(({ name, preStop }) => [name, preStop]));
  for (const container of chosen) {
    if (!isAlive(container)) continue;
    const preStop = preStopOf(container, hooks, steps);
    const { name, number } = specIdentity(container);
    addStopSteps(steps, container, { name: container.name, container: name, number, preStop }, {
      cause,
      after: [...(dependents.get(container.name) ?? [])].map((other) => `stop ${other}`),
      ...(request.graceSeconds === undefined ? {} : { graceSeconds: request.graceSeconds }),
    });
  }
}

function addStarts(
  request: LifecycleRequest,
  chosen: readonly ObservedContainer[],
  steps: StepList,
  cause: string,
  options: { readonly again?: boolean } = {},
): void {
  const dependencies = observedDependencies(request.containers);
  const stops = steps.idsOf("stop-container");
  for (const container of chosen) {
    const waits = conditionsOf(container, request.containers).map(({ other, condition }) => {
      const id = `wait ${other.name} ${condition}`;
      steps.add({
        id,
        kind: "wait-container",
        cause: condition === "healthy" ? "others need it healthy" : "others need it to have completed",
        after: [`start ${other.name}`],
        container: specIdentity(other),
        target: { name: other.name, id: other.id },
        condition,
      });
      return id;
    });
    steps.add({
      id: `start ${container.name}`,
      kind: "start-container",
      cause,
      after: [
        ...stops,
        ...[...(dependencies.get(container.name) ?? [])].map((other) => `start ${other}`),
        ...waits,
      ],
      container: specIdentity(container),
      target: { name: container.name, id: container.id },
      ...(options.again === true && isAlive(container) ? { again: true } : {}),
    });
  }
}

/** Required conditions on containers that do not meet them now, from the labels. */
function conditionsOf(container: ObservedContainer, containers: readonly ObservedContainer[]) {
  const result: { other: ObservedContainer; condition: "healthy" | "completed" }[] = [];
  for (const text of (container.labels[Label.dependsOn] ?? "").split(",")) {
    const [name, condition, , required] = text.split(":");
    if (required !== "true" || (condition !== "healthy" && condition !== "completed")) continue;
    for (const other of containers) {
      if (other.labels[Label.container] !== name || other.labels[Label.role] === "pause") continue;
      result.push({ other, condition });
    }
  }
  return result;
}
