import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { Observed } from "../plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../plan/placed.ts";
import type { Plan, Step, WaitCondition } from "../plan/step.ts";

/**
 * A plan that is through only when every container that it leaves running is well: healthy where there is a health
 * check, completed where others wait for its end, else running.
 *
 * @param among the containers by their name on the engine; absent: all of the pod
 */
export function withWaits(
  plan: Plan,
  placed: PlacedPod,
  observed: Observed,
  among?: ReadonlySet<string>,
): Plan {
  const known = new Set(plan.steps.map((step) => step.id));
  // What others wait for is waited for already, and once is enough.
  const awaited = new Set(
    plan.steps.flatMap((step) =>
      step.kind === "wait-container" && step.optional !== true
        ? [`${step.target.name} ${step.condition}`]
        : []
    ),
  );
  const awaitedEnds = new Set(
    placed.containers.flatMap(({ dependsOn }) =>
      dependsOn.filter(({ condition }) => condition === "completed").map(({ container }) => container)
    ),
  );
  const waits = placed.containers
    .filter((container) =>
      container.role === "container" && (among === undefined || among.has(container.name))
    )
    .map((container): Step<"wait-container"> => {
      const condition = conditionOf(container, observed, awaitedEnds);
      const existing = observed.containers.find(({ name }) => name === container.name);
      return {
        id: `await ${container.name} ${condition}`,
        kind: "wait-container",
        cause: "it was asked to wait for the pod",
        after: [`start ${container.name}`].filter((id) => known.has(id)),
        container: { name: container.container, number: container.number },
        target: {
          name: container.name,
          ...(existing === undefined || isReplaced(existing.id, plan) ? {} : { id: existing.id }),
        },
        condition,
      };
    })
    .filter(({ target, condition }) => !awaited.has(`${target.name} ${condition}`));
  return { ...plan, steps: [...plan.steps, ...waits] };
}

function conditionOf(
  container: PlacedContainer,
  observed: Observed,
  awaitedEnds: ReadonlySet<string>,
): WaitCondition {
  if (awaitedEnds.has(container.container)) return "completed";
  const checked = container.hasHealthCheck || observed.images.get(container.image)?.hasHealthCheck === true;
  return checked ? "healthy" : "running";
}

function isReplaced(id: string, plan: Plan): boolean {
  return plan.steps.some((step) => step.kind === "remove-container" && step.target.id === id);
}

/** A signal that is aborted after some seconds, with an error that says so. Dispose of it when the work is through. */
export function deadlineAfter(
  seconds: number | undefined,
  what: string,
  clock: Clock,
): { readonly signal: AbortSignal; dispose(): void } {
  const over = new AbortController();
  const stop = new AbortController();
  if (seconds !== undefined) {
    clock.sleep(seconds * 1000, stop.signal).then(
      () => over.abort(new MesoletError(`${what} after ${seconds} s: given up`, ExitCode.temporary)),
      () => {},
    );
  }
  return { signal: over.signal, dispose: () => stop.abort() };
}
