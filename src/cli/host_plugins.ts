import { joinPath } from "../compose/paths.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { Plugins } from "../plugins/plugins.ts";
import type { CommandContext } from "./context.ts";

/** Where the owner of a host keeps plugins. */
export const hostPluginDirectory = "/etc/mesolet/plugins";

/** Variables that plugins are given, where they are set: to find an engine and a home. */
const passedVariables = ["HOME", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"];

/** What plugins are looked for and run with. */
export interface PluginSources {
  /** Absent: {@linkcode hostPluginDirectory}. */
  readonly directory: string | undefined;
  readonly context: Pick<CommandContext, "variables" | "clock" | "workingDirectory">;
}

/**
 * The plugins that hold on this host; undefined where there are none, so that nothing of them is evaluated.
 *
 * @throws {MesoletError} where a directory that was named is not there, or a plugin could be changed by others
 */
export async function pluginsOfHost(
  { directory, context: { variables, clock, workingDirectory } }: PluginSources,
): Promise<Plugins | undefined> {
  const path = directory === undefined ? hostPluginDirectory : joinPath(workingDirectory, directory);
  if (!isDirectory(path)) {
    if (directory === undefined) return undefined;
    throw new MesoletError(`--plugins ${directory}: there is no such directory`, ExitCode.noInput);
  }
  const [{ Plugins }, { pluginsIn }, { usualPluginTime }] = await Promise.all([
    import("../plugins/plugins.ts"),
    import("../plugins/plugin_directory.ts"),
    import("../plugins/plugin.ts"),
  ]);
  const all = pluginsIn(path);
  if (all.length === 0) return undefined;
  const passed = passedVariables.flatMap((name) => {
    const value = variables[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return new Plugins(all, { clock, time: usualPluginTime, variables: Object.fromEntries(passed) });
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
