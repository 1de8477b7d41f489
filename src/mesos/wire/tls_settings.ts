import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { EnvironmentVariables } from "./agent_address.ts";

/** What libprocess is told about TLS, as far as a client needs it. */
export interface TlsSettings {
  /** Whether the server's certificate must be of a trusted authority and have the server's name or address. */
  readonly verify: boolean;
  readonly certificateFile?: string;
  readonly keyFile?: string;
  readonly authorityFile?: string;
  /** A directory of certificates, each in a file of its own. */
  readonly authorityDirectory?: string;
}

/** The same with its files read, as PEM text. */
export interface Tls {
  readonly verify: boolean;
  readonly certificate?: string;
  readonly key?: string;
  /** Who is trusted; absent means those that the system trusts. */
  readonly authorities?: readonly string[];
}

/**
 * Reads the variables `LIBPROCESS_SSL_…`, and those with the older prefix `SSL_` where the newer is not set.
 *
 * As for libprocess, a server's certificate is verified only on demand: by `VERIFY_SERVER_CERT`, or its older name
 * `VERIFY_CERT`, or because `REQUIRE_CLIENT_CERT` implies it. Unlike libprocess, it is then always compared with the
 * name or address that was connected to, whatever `HOSTNAME_VALIDATION_SCHEME` says: the `legacy` scheme trusts
 * the name that reverse DNS has for the address.
 *
 * @returns undefined when TLS is off, which is the default
 * @throws {MesoletError} exit code 78, for a value that cannot be read
 */
export function readTlsSettings(environment: EnvironmentVariables): TlsSettings | undefined {
  const find = (name: string): { readonly variable: string; readonly value: string } | undefined => {
    for (const prefix of ["LIBPROCESS_SSL_", "SSL_"]) {
      const value = environment[prefix + name];
      if (value !== undefined && value !== "") return { variable: prefix + name, value };
    }
    return undefined;
  };
  const flag = (...names: readonly string[]): boolean => {
    for (const name of names) {
      const found = find(name);
      if (found !== undefined) return parseBoolean(found.value, found.variable);
    }
    return false;
  };

  if (!flag("ENABLED")) return undefined;
  const scheme = find("HOSTNAME_VALIDATION_SCHEME");
  if (scheme !== undefined && scheme.value !== "legacy" && scheme.value !== "openssl") {
    throw new MesoletError(
      `${scheme.variable} is ${JSON.stringify(scheme.value)}. Set it to legacy or openssl`,
      ExitCode.configuration,
    );
  }
  const verify = flag("VERIFY_SERVER_CERT", "VERIFY_CERT") || flag("REQUIRE_CLIENT_CERT", "REQUIRE_CERT");
  const certificateFile = find("CERT_FILE")?.value;
  const keyFile = find("KEY_FILE")?.value;
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    const [missing, given] = keyFile === undefined ? ["KEY", "CERT"] : ["CERT", "KEY"];
    throw new MesoletError(
      `LIBPROCESS_SSL_${missing}_FILE is not set, but LIBPROCESS_SSL_${given}_FILE is. Set both or none`,
      ExitCode.configuration,
    );
  }
  const authorityFile = find("CA_FILE")?.value;
  const authorityDirectory = find("CA_DIR")?.value;
  return {
    verify,
    ...(certificateFile === undefined ? {} : { certificateFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(authorityFile === undefined ? {} : { authorityFile }),
    ...(authorityDirectory === undefined ? {} : { authorityDirectory }),
  };
}

/**
 * Reads the files that the settings name.
 *
 * @throws {MesoletError} exit code 78, naming the variable and the file that cannot be read
 */
export async function loadTls(settings: TlsSettings): Promise<Tls> {
  const read = async (file: string | undefined, variable: string): Promise<string | undefined> =>
    file === undefined ? undefined : await readPem(file, variable);
  const certificate = await read(settings.certificateFile, "CERT_FILE");
  const key = await read(settings.keyFile, "KEY_FILE");
  const authorities: string[] = [];
  const authority = await read(settings.authorityFile, "CA_FILE");
  if (authority !== undefined) authorities.push(authority);
  if (settings.authorityDirectory !== undefined) {
    authorities.push(...await readAuthorities(settings.authorityDirectory));
  }
  return {
    verify: settings.verify,
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(authorities.length === 0 ? {} : { authorities }),
  };
}

/** Every certificate in a directory; other files are passed over, as by OpenSSL. */
async function readAuthorities(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(directory)) if (!entry.isDirectory) names.push(entry.name);
  } catch (cause) {
    throw unreadable(directory, "CA_DIR", cause);
  }
  const texts = await Promise.all(names.sort().map((name) => readPem(`${directory}/${name}`, "CA_DIR")));
  return texts.filter((text) => text.includes("-----BEGIN CERTIFICATE-----"));
}

async function readPem(file: string, variable: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw unreadable(file, variable, cause);
  }
}

function unreadable(path: string, variable: string, cause: unknown): MesoletError {
  const why = cause instanceof Error ? cause.message.replace(/: \w+ '.*'$/, "") : String(cause);
  return new MesoletError(
    `Cannot read ${path} of LIBPROCESS_SSL_${variable}: ${why}`,
    ExitCode.configuration,
    {
      cause,
    },
  );
}

function parseBoolean(text: string, variable: string): boolean {
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  throw new MesoletError(
    `${variable} is ${JSON.stringify(text)}. Set it to true, 1, false or 0`,
    ExitCode.configuration,
  );
}
