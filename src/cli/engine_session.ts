import { connectEngine } from "../docker/connect.ts";
import type { Engine } from "../docker/engine.ts";
import type { CommandContext } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";

/**
 * Connects to the engine that the global flags name, and closes the connection when `use` is through. With `--debug`
 * the calls that were made are printed after it.
 */
export async function withEngine<Result>(
  globals: Pick<GlobalValues, "host" | "context" | "debug">,
  context: CommandContext,
  use: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = await connectEngine({
    host: globals.host,
    environment: withContext(context.variables, globals),
    clock: context.clock,
    signal: context.interrupts.graceful,
  });
  try {
    return await use(engine);
  } finally {
    if (globals.debug) {
      for (const call of engine.calls) {
        const took = call.milliseconds === undefined ? "" : ` ${Math.round(call.milliseconds)} ms`;
        const line = `engine: ${call.method} ${call.path} → ${call.status ?? "no answer"}${took}`;
        context.error.write(`${context.errorStyle.dim(line)}\n`);
      }
    }
    engine.close();
  }
}

/** `--context` goes before what the variables say, DOCKER_HOST among them. */
export function withContext(
  variables: Readonly<Record<string, string>>,
  globals: Pick<GlobalValues, "context">,
): Readonly<Record<string, string>> {
  if (globals.context === undefined) return variables;
  const { DOCKER_HOST: _host, ...others } = variables;
  return { ...others, DOCKER_CONTEXT: globals.context };
}
