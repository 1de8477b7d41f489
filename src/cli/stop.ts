import { planStop } from "../plan/lifecycle.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { runLifecycle } from "./lifecycle_command.ts";

/** `mesolet stop`. */
export function run(invocation: Invocation<Commands["stop"]["flags"]>): Promise<number> {
  return runLifecycle(invocation, {
    doing: "Stopping",
    plan: planStop,
    graceSeconds: invocation.values.timeout,
    hooks: true,
  });
}
