import { planRemove } from "../plan/lifecycle.ts";
import { UsageError } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { runLifecycle } from "./lifecycle_command.ts";

/** `mesolet rm`. */
export function run(invocation: Invocation<Commands["rm"]["flags"]>): Promise<number> {
  const { stop, volumes, force } = invocation.values;
  if (!force) {
    throw new UsageError("rm asks no questions: say rm --force when the containers are to be removed");
  }
  return runLifecycle(invocation, {
    doing: "Removing containers of",
    plan: (request, observed) =>
      planRemove(request, { stop, volumes, ...(observed === undefined ? {} : { observed }) }),
    observes: true,
    hooks: stop,
  });
}
