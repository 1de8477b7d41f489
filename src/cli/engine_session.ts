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
  return await withEngineBeside(globals, context, () => Promise.resolve(), use);
}

/**
 * As {@linkcode withEngine}, with something to load while the engine is asked for what it is. What is wrong with the
 * load is told first.
 */
export async function withEngineBeside<Loaded, Result>(
  globals: Pick<GlobalValues, "host" | "context" | "debug">,
  context: CommandContext,
  load: () => Promise<Loaded>,
  use: (engine: Engine, loaded: Loaded) => Promise<Result>,
): Promise<Result> {
  const connecting = connectEngine({
    host: globals.host,
    context: globals.context,
    environment: context.variables,
    clock: context.clock,
    signal: context.interrupts.graceful,
  });
  let loaded: Loaded;
  try {
    loaded = await load();
  } catch (error) {
    connecting.then((engine) => engine.close(), () => {});
    throw error;
  }
  const engine = await connecting;
  try {
    return await use(engine, loaded);
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
