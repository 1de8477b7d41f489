import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";

/** Whom a connection trusts, and what it shows of itself. */
export interface RegistryTrust {
  /** Whether the certificate of the server is verified. */
  readonly verify: boolean;
  /** Authorities besides those of the system, as PEM text. */
  readonly authorities: readonly string[];
  /** Our own certificate and its key, as PEM text. */
  readonly own?: { readonly certificate: string; readonly key: string };
}

/**
 * Where Docker has the certificates of registries, the first that has a directory for the registry counts.
 *
 * Source: Docker, "Verify repository client with certificates"; moby `registry/config_unix.go`.
 */
export function certificateDirectories(environment: Readonly<Record<string, string | undefined>>): string[] {
  const { XDG_CONFIG_HOME: config = "", HOME: home = "" } = environment;
  const own = config !== "" ? config : home !== "" ? `${home}/.config` : undefined;
  return ["/etc/docker/certs.d", ...(own === undefined ? [] : [`${own}/docker/certs.d`])];
}

/**
 * Reads `certs.d/REGISTRY`: every `*.crt` is an authority, a `*.cert` with a `*.key` of the same name is ours.
 *
 * @param registry as an image has it, with its port
 * @throws {MesoletError} exit code 78 when a file cannot be read, or a certificate has no key
 */
export async function readTrust(
  registry: string,
  verify: boolean,
  directories: readonly string[],
): Promise<RegistryTrust> {
  for (const parent of directories) {
    const directory = `${parent}/${registry}`;
    const names = await namesIn(directory);
    if (names === undefined) continue;
    const read = (name: string) => readText(`${directory}/${name}`);
    const authorities = await Promise.all(names.filter((name) => name.endsWith(".crt")).map(read));
    const certificate = names.find((name) => name.endsWith(".cert"));
    if (certificate === undefined) return { verify, authorities };
    const key = `${certificate.slice(0, -".cert".length)}.key`;
    if (!names.includes(key)) {
      throw new MesoletError(
        `Cannot use ${directory}/${certificate}: its key ${key} is not beside it`,
        ExitCode.configuration,
      );
    }
    return { verify, authorities, own: { certificate: await read(certificate), key: await read(key) } };
  }
  return { verify, authorities: [] };
}

/** Sorted; undefined where there is no such directory, or none for us. */
async function namesIn(directory: string): Promise<string[] | undefined> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(directory)) names.push(name);
    return names.sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw unreadable(directory, error);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): MesoletError {
  return new MesoletError(
    `Cannot read the certificates of a registry in ${path}: ${messageOf(cause)}`,
    ExitCode.configuration,
    { cause },
  );
}
