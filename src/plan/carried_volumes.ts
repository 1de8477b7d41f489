import { Label } from "../pod/labels.ts";
import type { ObservedContainer } from "./observed.ts";
import type { StepList } from "./step_list.ts";

/**
 * Adds the removal of anonymous volumes that a container took over from its predecessor: the engine takes those for
 * named ones and leaves them when it removes the container with its volumes.
 */
export function addCarriedRemovals(
  steps: StepList,
  existing: ObservedContainer,
  request: { readonly cause: string; readonly after: readonly string[] },
): void {
  for (const name of (existing.labels[Label.carried] ?? "").split(",")) {
    if (name === "") continue;
    steps.add({ id: `remove volume ${name}`, kind: "remove-volume", ...request, name });
  }
}
