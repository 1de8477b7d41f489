import { planKill } from "../plan/lifecycle.ts";
import { UsageError } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { runLifecycle } from "./lifecycle_command.ts";

/** `mesolet kill`. */
export function run(invocation: Invocation<Commands["kill"]["flags"]>): Promise<number> {
  const signal = signalName(invocation.values.signal ?? "SIGKILL");
  return runLifecycle(invocation, {
    doing: "Killing",
    plan: (request) => planKill(request, signal),
    hooks: false,
  });
}

/** `hup`, `SIGHUP` and `1` name the same signal; numbers are left to the engine. */
function signalName(text: string): string {
  if (/^\d+$/.test(text)) return text;
  const upper = text.toUpperCase();
  if (!/^[A-Z][A-Z0-9+-]*$/.test(upper)) {
    throw new UsageError(`--signal takes a name or a number, not "${text}"`);
  }
  return upper.startsWith("SIG") ? upper : `SIG${upper}`;
}
