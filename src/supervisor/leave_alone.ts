import type { Plan, Step } from "../plan/step.ts";

/** A container whose start is the supervisor's own affair: it has ended for good, rests, or is backing off. */
export interface LeftContainer {
  /** Its name in the spec, and its number. */
  readonly name: string;
  readonly number: number;
  /** Its name on the engine. */
  readonly containerName: string;
  /** It is still there, stopped. */
  readonly exists: boolean;
}

/**
 * A plan without what would start the given containers. A plan is made from what is wanted, and knows nothing of
 * restart policies: it would start a job again that is done, and cut a back-off short.
 *
 * Steps behind one that is left out stand after what that one stood after. A container that the plan replaces, since
 * what is wanted of it changed, is not left alone.
 */
export function leaveAlone(plan: Plan, left: readonly LeftContainer[]): Plan {
  const dropped = new Map<string, readonly string[]>();
  for (const container of left) {
    const own = plan.steps.filter((step) => isOf(step, container));
    const isMade = own.some((step) => step.kind === "create-container");
    if (container.exists && isMade) continue;
    for (const step of own) {
      if (!container.exists || startsIt(step)) dropped.set(step.id, step.after);
    }
  }
  if (dropped.size === 0) return plan;
  const resolve = (id: string): readonly string[] => dropped.get(id)?.flatMap(resolve) ?? [id];
  return {
    ...plan,
    steps: plan.steps
      .filter((step) => !dropped.has(step.id))
      .map((step) => ({ ...step, after: [...new Set(step.after.flatMap(resolve))] })),
  };
}

function isOf(step: Step, container: LeftContainer): boolean {
  if (step.container?.name !== container.name || step.container.number !== container.number) return false;
  // The pause container may share its name with a container of the spec.
  return !("target" in step) || step.target.name.endsWith(container.containerName);
}

function startsIt(step: Step): boolean {
  return step.kind === "start-container" || (step.kind === "run-hook" && step.hook === "post_start");
}
