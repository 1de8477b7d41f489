import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";

/** `mesolet up` in the foreground. */
export function runForeground(_invocation: Invocation<Commands["up"]["flags"]>): Promise<number> {
  return Promise.reject(
    new MesoletError("up runs in the background only: add --detach", ExitCode.unavailable),
  );
}
