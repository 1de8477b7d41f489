import { planStart } from "../plan/lifecycle.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { runLifecycle } from "./lifecycle_command.ts";

/** `mesolet start`. */
export function run(invocation: Invocation<Commands["start"]["flags"]>): Promise<number> {
  return runLifecycle(invocation, { doing: "Starting", plan: planStart, hooks: false });
}
