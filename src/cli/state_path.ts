import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";

/**
 * Where a framework keeps what has to outlive its process.
 *
 * @param given by `--state`
 * @param framework its name
 * @throws {MesoletError} where there is no place for it
 */
export function statePath(
  given: string | undefined,
  framework: string,
  { variables, workingDirectory }: Pick<CommandContext, "variables" | "workingDirectory">,
): string {
  if (given !== undefined) return given.startsWith("/") ? given : `${workingDirectory}/${given}`;
  const file = `${framework.replaceAll(/[^A-Za-z0-9_.-]/g, "_")}.db`;
  if (Deno.uid() === 0) return `/var/lib/mesolet/${file}`;
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = variables;
  if (state !== "") return `${state}/mesolet/${file}`;
  if (home !== "") return `${home}/.local/state/mesolet/${file}`;
  throw new MesoletError("there is no HOME to keep the state in: give --state FILE", ExitCode.usage);
}
