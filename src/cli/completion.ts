import { ExitCode, UsageError } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import { completionScripts, isCompletionShell } from "./completion_scripts.ts";
import type { Invocation } from "./context.ts";

/** `mesolet completion SHELL`. */
export function run({ positionals, context }: Invocation<Commands["completion"]["flags"]>): Promise<number> {
  const [shell = ""] = positionals;
  if (!isCompletionShell(shell)) throw new UsageError(`there is no completion for "${shell}"`);
  context.out.write(completionScripts[shell]);
  return Promise.resolve(ExitCode.ok);
}
