import { hashSchema } from "../pod/hash.ts";
import { ExitCode } from "../pod/errors.ts";
import { buildCommit } from "./build_commit.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { programVersion } from "./program_version.ts";

/** `mesolet version`. */
export function run({ values, context }: Invocation<Commands["version"]["flags"]>): Promise<number> {
  const platform = `${Deno.build.os}/${Deno.build.arch}`;
  if (values.json) {
    const { build, path } = context.ownFile;
    const facts = {
      version: programVersion,
      commit: buildCommit ?? null,
      build,
      file: path ?? null,
      target: `${Deno.build.os}-${targetNames[Deno.build.arch]}`,
      platform,
      runtime: { deno: Deno.version.deno, v8: Deno.version.v8 },
      schemas: { containerHash: hashSchema, mesosApi: "v1", statusApi: "v1" },
    };
    context.out.write(`${JSON.stringify(facts, null, 2)}\n`);
  } else if (values.short) {
    context.out.write(`${programVersion}\n`);
  } else {
    context.out.write(`mesolet ${programVersion} (${platform}, Deno ${Deno.version.deno})\n`);
  }
  return Promise.resolve(ExitCode.ok);
}

/** As the names of built files have them. */
const targetNames = { x86_64: "x64", aarch64: "arm64" } as const satisfies Record<
  typeof Deno.build.arch,
  string
>;
