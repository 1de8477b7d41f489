import { connectEngine } from "../docker/connect.ts";
import type { Engine, ImageLoader } from "../docker/engine.ts";
import type { CommandContext } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { withoutControls } from "./text_width.ts";
import type { WaitEngine } from "./wait_engine_flag.ts";

/**
 * Connects to the engine that the global flags name, and closes the connection when `use` is through. With `--debug`
 * the calls that were made are printed after it.
 *
 * @param wait how long an engine is waited for that does not answer yet; absent: not at all
 */
export async function withEngine<Result>(
  globals: Pick<GlobalValues, "host" | "context" | "debug">,
  context: CommandContext,
  use: (engine: Engine & ImageLoader) => Promise<Result>,
  wait?: WaitEngine,
): Promise<Result> {
  return await withEngineBeside(globals, context, () => Promise.resolve(), use, wait);
}

/**
 * As {@linkcode withEngine}, with something to load while the engine is asked for what it is. What is wrong with the
 * load is told first.
 */
export async function withEngineBeside<Loaded, Result>(
  globals: Pick<GlobalValues, "host" | "context" | "debug">,
  context: CommandContext,
  load: () => Promise<Loaded>,
  use: (engine: Engine & ImageLoader, loaded: Loaded) => Promise<Result>,
  wait?: WaitEngine,
): Promise<Result> {
  // What is wrong with the load is not to wait for an engine.
  const connecting = wait === undefined ? connect(globals, context, wait) : undefined;
  let loaded: Loaded;
  try {
    loaded = await load();
  } catch (error) {
    connecting?.then((engine) => engine.close(), () => {});
    throw error;
  }
  const engine = await (connecting ?? connect(globals, context, wait));
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

async function connect(
  { host, context: dockerContext, quiet }: Pick<GlobalValues, "host" | "context"> & {
    readonly quiet?: boolean;
  },
  context: CommandContext,
  wait: WaitEngine | undefined,
): Promise<Engine & ImageLoader> {
  const { clock, error, errorStyle, interrupts, variables } = context;
  const at = { host, context: dockerContext, environment: variables };
  if (wait === undefined) return await connectEngine({ ...at, clock, signal: interrupts.graceful });
  const { waitForEngine } = await import("./wait_for_engine.ts");
  return await waitForEngine(at, {
    clock,
    signal: interrupts.graceful,
    timeout: wait.timeout,
    onWait: (reason) => {
      if (quiet !== true) {
        error.write(`${errorStyle.bold(`waiting for the engine: ${withoutControls(reason)}`)}\n`);
      }
    },
  });
}
