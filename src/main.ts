import { configFlags, runConfig } from "./cli/config.ts";
import { globalsOf, readFlags, withGlobals } from "./cli/compose_arguments.ts";
import { denoFiles } from "./compose/deno_files.ts";
import { ExitCode, MesoletError, UsageError } from "./pod/errors.ts";

async function main(): Promise<number> {
  const flags = readFlags(Deno.args, withGlobals(configFlags));
  const [command, ...rest] = flags.rest;
  if (command !== "config" && command !== "convert") throw new UsageError("the command is config");
  const encoder = new TextEncoder();
  const writeAll = (stream: typeof Deno.stdout, text: string) => {
    const bytes = encoder.encode(text);
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  };
  return await runConfig({ ...flags, rest }, globalsOf(flags), {
    environment: Deno.env.toObject(),
    workingDirectory: Deno.cwd(),
    access: denoFiles,
    writeOut: (text) => writeAll(Deno.stdout, text),
    writeError: (text) => writeAll(Deno.stderr, text),
    writeFile: (path, text) => Deno.writeTextFileSync(path, text),
  });
}

try {
  Deno.exitCode = await main();
} catch (error) {
  if (!(error instanceof MesoletError)) throw error;
  Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
  Deno.exitCode = error.exitCode ?? ExitCode.failed;
}
