import { Label } from "../pod/labels.ts";
import type { Decisions } from "./decide.ts";
import type { ObservedContainer } from "./observed.ts";
import { isPassing } from "./passing.ts";
import type { PlacedPod } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";
import type { EngineBody } from "./step.ts";
import type { StepList } from "./step_list.ts";

/** Why and when a container is stopped. */
export interface StopRequest {
  readonly cause: string;
  readonly after: readonly string[];
  /** Over what the container was created with. */
  readonly graceSeconds?: number;
}

/** What a container is in the spec, as its labels say. */
export function specIdentity(
  container: ObservedContainer,
): { readonly name: string; readonly number: number } {
  return {
    name: container.labels[Label.container] ?? container.name,
    number: Number(container.labels[Label.number] ?? 1),
  };
}

/**
 * The pre_stop hooks of a container, by its name on the engine from its spec. Where that is not given, or names it no
 * more, nobody knows them: a warning says so, if its labels tell of some.
 */
export function preStopOf(
  container: ObservedContainer,
  hooks: ReadonlyMap<string, readonly EngineBody[]>,
  steps: StepList,
): readonly EngineBody[] {
  const known = hooks.get(container.name) ?? [];
  if (known.length === 0 && container.labels[Label.preStop] !== undefined) {
    steps.warn(`${container.name}: its pre_stop hooks are not run, as the spec that has them is not given`);
  }
  return known;
}

/** Whether a container has processes that have to be stopped. */
export function isAlive(container: ObservedContainer): boolean {
  return container.state === "running" || container.state === "paused" || container.state === "restarting";
}

/**
 * Adds the steps that stop a container: its pre_stop hooks, whose failure stops nothing from being stopped, then the
 * stop itself, as `stop NAME`.
 */
export function addStopSteps(
  steps: StepList,
  existing: ObservedContainer,
  wanted: {
    readonly name: string;
    readonly container: string;
    readonly number: number;
    readonly preStop: readonly EngineBody[];
  },
  request: StopRequest,
): void {
  const container = { name: wanted.container, number: wanted.number };
  const target = { name: existing.name, id: existing.id };
  let after = request.after;
  if (existing.state === "running") {
    wanted.preStop.forEach((body, index) => {
      const id = `hook ${wanted.name} pre_stop ${index + 1}`;
      const cause = "the spec has a pre_stop hook";
      steps.add({
        id,
        kind: "run-hook",
        cause,
        after,
        optional: true,
        container,
        target,
        hook: "pre_stop",
        body,
      });
      after = [id];
    });
  }
  steps.add({
    id: `stop ${wanted.name}`,
    kind: "stop-container",
    cause: request.cause,
    after,
    container,
    target,
    ...(request.graceSeconds === undefined ? {} : { graceSeconds: request.graceSeconds }),
  });
}

/**
 * Adds the removal of containers that are not wanted any more: leftovers, orphans, surplus replicas.
 *
 * @returns the id of the removing step by the name that it frees.
 */
export function removeSteps(
  decisions: Decisions,
  steps: StepList,
  placed: PlacedPod,
  images: readonly string[],
  options: UpOptions,
): ReadonlyMap<string, string> {
  const freed = new Map<string, string>();
  const wantedNames = new Set(placed.containers.map(({ name }) => name));
  const replaced = decisions.wanted.flatMap((decision) =>
    decision.action === "replace" ? [`stop ${decision.wanted.name}`] : []
  );
  const created = decisions.wanted.flatMap((decision) =>
    decision.action === "create" || decision.action === "replace" ? [`create ${decision.wanted.name}`] : []
  );
  for (const { existing, cause } of decisions.removals) {
    // What a crash left goes at once: the name that it has may be wanted again.
    const leftover = isPassing(existing) || wantedNames.has(existing.name);
    const isPause = !leftover && existing.labels[Label.role] === "pause";
    const container = specIdentity(existing);
    // What shares namespaces goes when its successors are made; their owner after all who live in them. Others go
    // first, because a network that is made anew, or a passing name, may have to be free.
    const late = !leftover && (isPause || existing.networkMode.startsWith("container:"));
    const after = [...images, ...(late ? created : []), ...(isPause ? replaced : [])];
    // Of a replica too many, the hooks are those of the others.
    const kin = placed.containers.find((wanted) => wanted.container === container.name);
    if (isAlive(existing)) {
      addStopSteps(steps, existing, {
        name: existing.name,
        container: container.name,
        number: container.number,
        preStop: leftover ? [] : kin?.preStop ?? preStopOf(existing, new Map(), steps),
      }, {
        cause,
        after,
        ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
      });
    }
    const id = `remove ${existing.name}`;
    steps.add({
      id,
      kind: "remove-container",
      cause,
      after: [...after, `stop ${existing.name}`],
      container,
      target: { name: existing.name, id: existing.id },
      force: false,
      volumes: false,
    });
    freed.set(existing.name, id);
  }
  return freed;
}
