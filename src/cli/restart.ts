import { planRestart } from "../plan/lifecycle.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { runLifecycle } from "./lifecycle_command.ts";

/** `mesolet restart`. */
export function run(invocation: Invocation<Commands["restart"]["flags"]>): Promise<number> {
  return runLifecycle(invocation, {
    doing: "Restarting",
    plan: planRestart,
    graceSeconds: invocation.values.timeout,
    hooks: true,
  });
}
