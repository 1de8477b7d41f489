/**
 * Gives a command, or a function, a container engine: the one that is there, else a private one that is started for
 * it and stopped afterwards.
 *
 * ```sh
 * deno run -A scripts/engine.ts -- COMMAND…            # DOCKER_HOST is set for COMMAND
 * deno run -A scripts/engine.ts --private -- COMMAND…  # a private engine in any case
 * ```
 */
import { messageOf } from "../src/pod/errors.ts";
import { findAndConnect } from "../src/docker/connect.ts";
import { formatEngineAddress } from "../src/docker/engine_address.ts";
import { say } from "./engine/say.ts";
import { signalChild } from "./engine/signal_child.ts";
import { startPrivateEngine } from "./engine/private_engine.ts";

/** An engine for the time of a piece of work. */
export interface LentEngine {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** Started for this work, and stopped after it. */
  readonly isPrivate: boolean;
}

/**
 * Runs `work` with an engine. A private one is stopped afterwards however the work ends; if this process is killed,
 * its keeper notices and stops it.
 *
 * @throws {Error} one that says what was tried and what to do, when there is no engine and none can be started
 */
export async function withEngine<T>(
  work: (engine: LentEngine) => Promise<T>,
  options: { readonly alwaysPrivate?: boolean } = {},
): Promise<T> {
  let why = "a private one was asked for";
  if (options.alwaysPrivate !== true) {
    const found = await findRunning();
    if (found.host !== undefined) return await work({ host: found.host, isPrivate: false });
    why = found.why;
  }
  const engine = await startPrivateEngine().catch((error) => {
    throw new Error(`${why}\n${messageOf(error)}`, { cause: error });
  });
  try {
    return await work({ host: engine.host, isPrivate: true });
  } finally {
    await engine.stop();
  }
}

async function findRunning(): Promise<{ readonly host?: string; readonly why: string }> {
  try {
    const { engine, found } = await findAndConnect({ environment: Deno.env.toObject() });
    engine.close();
    return { host: formatEngineAddress(found.address), why: "" };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

/** Runs a command with DOCKER_HOST set; Ctrl-C and SIGTERM are passed on and waited for. */
export async function runCommand(
  host: string,
  command: readonly string[],
  cwd = Deno.cwd(),
): Promise<number> {
  const [program = "", ...parameters] = command;
  const child = new Deno.Command(program, {
    args: parameters,
    cwd,
    env: { DOCKER_HOST: host },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // A terminal sends Ctrl-C to the command as well: only SIGTERM is for us alone.
  const onInterrupt = () => {};
  const onTerminate = () => signalChild(child, "SIGTERM");
  Deno.addSignalListener("SIGINT", onInterrupt);
  Deno.addSignalListener("SIGTERM", onTerminate);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
    Deno.removeSignalListener("SIGTERM", onTerminate);
  }
}

if (import.meta.main) {
  const separator = Deno.args.indexOf("--");
  const flags = separator < 0 ? [] : Deno.args.slice(0, separator);
  const command = separator < 0 ? Deno.args : Deno.args.slice(separator + 1);
  if (command.length === 0 || flags.some((flag) => flag !== "--private")) {
    say("usage: deno run -A scripts/engine.ts [--private] -- COMMAND…");
    Deno.exit(64);
  }
  try {
    const alwaysPrivate = flags.includes("--private");
    Deno.exitCode = await withEngine(({ host }) => runCommand(host, command), { alwaysPrivate });
  } catch (error) {
    say(messageOf(error));
    Deno.exitCode = 69;
  }
}
