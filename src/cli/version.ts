import { ExitCode } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { programVersion } from "./program_version.ts";

/** `mesolet version`. */
export function run({ values, context }: Invocation<Commands["version"]["flags"]>): Promise<number> {
  const platform = `${Deno.build.os}/${Deno.build.arch}`;
  if (values.json) {
    const facts = { version: programVersion, platform, deno: Deno.version.deno, v8: Deno.version.v8 };
    context.out.write(`${JSON.stringify(facts, null, 2)}\n`);
  } else if (values.short) {
    context.out.write(`${programVersion}\n`);
  } else {
    context.out.write(`mesolet ${programVersion} (${platform}, Deno ${Deno.version.deno})\n`);
  }
  return Promise.resolve(ExitCode.ok);
}
