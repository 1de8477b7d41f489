import { flagName, type Flags } from "./command.ts";
import { type Commands, commands } from "./commands.ts";
import { composeRequestOf } from "./compose_request.ts";
import { runConfig } from "./config.ts";
import type { Invocation } from "./context.ts";

/** `mesolet config`, and `convert` without `--to`, its older name. */
export async function run(invocation: Invocation<Commands["config"]["flags"]>): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const flags: Flags = commands.config.flags;
  const boolean: Record<string, boolean> = {};
  const text: Record<string, string | undefined> = {};
  for (const [key, value] of Object.entries<boolean | string | undefined>(values)) {
    const flag = flags[key];
    if (flag === undefined) continue;
    if (typeof value === "boolean") boolean[flagName(key, flag)] = value;
    else text[flagName(key, flag)] = value;
  }
  boolean.quiet = values.quiet || globals.quiet;
  return await runConfig({ text, boolean, rest: positionals }, composeRequestOf(globals, context), {
    writeOut: (output) => context.out.write(output),
    writeError: (output) => context.error.write(output),
    writeFile: (path, output) => Deno.writeTextFileSync(path, output),
  });
}
