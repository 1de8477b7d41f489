import { dockerConfigDirectory } from "../docker/find_engine.ts";
import { objectOf, textOf } from "../docker/json.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { EnvironmentVariable } from "../pod/model.ts";

/** Fields of `proxies` in Docker's config.json, and the variables that containers get for them. */
const variablesOfFields = {
  httpProxy: ["HTTP_PROXY", "http_proxy"],
  httpsProxy: ["HTTPS_PROXY", "https_proxy"],
  ftpProxy: ["FTP_PROXY", "ftp_proxy"],
  noProxy: ["NO_PROXY", "no_proxy"],
  allProxy: ["ALL_PROXY", "all_proxy"],
} as const;

/**
 * The proxies that Docker's client gives every container, unless it sets them itself: those of the engine's address,
 * else the default ones.
 *
 * @throws {MesoletError} exit code 78 when config.json cannot be read
 */
export async function clientProxies(
  variables: Readonly<Record<string, string>>,
  host: string,
): Promise<EnvironmentVariable[]> {
  const directory = dockerConfigDirectory(variables);
  if (directory === undefined) return [];
  const path = `${directory}/config.json`;
  try {
    return proxiesIn(JSON.parse(await Deno.readTextFile(path)), host);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    const why = messageOf(error);
    throw new MesoletError(`Cannot read ${path} of Docker's client: ${why}`, ExitCode.configuration, {
      cause: error,
    });
  }
}

/** The proxies in a config.json for an engine's address, sorted by name. */
export function proxiesIn(config: unknown, host: string): EnvironmentVariable[] {
  const { proxies } = objectOf(config);
  const { default: ofAll, [host]: ofHost } = objectOf(proxies);
  const chosen = objectOf(ofHost ?? ofAll);
  return Object.entries(variablesOfFields)
    .flatMap(([field, names]) => {
      const value = textOf(chosen[field]);
      return value === "" ? [] : names.map((name) => ({ name, value }));
    })
    .sort((left, right) => left.name < right.name ? -1 : 1);
}
