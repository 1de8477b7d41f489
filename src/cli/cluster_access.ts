import { locateMasters } from "../mesos/detector/locate_masters.ts";
import { type MasterAddress, parseMasterAddress } from "../mesos/detector/master_address.ts";
import type { MasterLocator } from "../mesos/detector/master_locator.ts";
import type { MasterSessionOptions } from "../mesos/framework/session/master_session.ts";
import { loadTls, readTlsSettings, type Tls } from "../mesos/wire/tls_settings.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";

/** The flags by which a command reaches a cluster. */
export interface ClusterFlags {
  /** Of `--master`, or of MESOLET_MASTER. */
  readonly master: string | undefined;
  readonly principal: string | undefined;
  readonly secretFile: string | undefined;
}

/** Who asks a master. */
export interface Credential {
  readonly principal: string;
  readonly secret: string;
}

/** How a cluster's master is found and spoken to. */
export interface ClusterAccess {
  readonly address: MasterAddress;
  readonly locator: MasterLocator;
  readonly tls: Tls | undefined;
  readonly credential: Credential | undefined;
  /** The same, as what opens a session takes it. */
  readonly sessionSetup: Pick<
    MasterSessionOptions,
    "locator" | "media" | "tls" | "credential" | "clock" | "random"
  >;
  close(): Promise<void>;
}

/**
 * Reads what flags and variables (`LIBPROCESS_SSL_…`) say about the way to a master. Nothing is connected to yet, except
 * ZooKeeper.
 *
 * @param missing the message where no master is named
 * @throws {MesoletError} where a flag or a variable makes no sense, or a file cannot be read
 */
export async function accessCluster(
  flags: ClusterFlags,
  { clock, variables }: Pick<CommandContext, "clock" | "variables">,
  missing: string,
): Promise<ClusterAccess> {
  if (flags.master === undefined) throw new MesoletError(missing, ExitCode.usage);
  const tlsSettings = readTlsSettings(variables);
  const address = parseMasterAddress(flags.master, "--master", tlsSettings !== undefined);
  const credential = await readCredential(flags.principal, flags.secretFile);
  const tls = tlsSettings === undefined ? undefined : await loadTls(tlsSettings);
  const locator = await locateMasters(address, clock, Math.random);
  return {
    address,
    locator,
    tls,
    credential,
    sessionSetup: {
      locator,
      media: "application/x-protobuf",
      ...(tls === undefined ? {} : { tls }),
      ...(credential === undefined ? {} : { credential }),
      clock,
      random: Math.random,
    },
    close: () => locator.close(),
  };
}

/**
 * Reads the secret of who asks.
 *
 * @throws {MesoletError} where the flags make no sense, or the file cannot be read
 */
export async function readCredential(
  principal: string | undefined,
  secretFile: string | undefined,
): Promise<Credential | undefined> {
  if (principal === undefined && secretFile !== undefined) {
    throw new MesoletError("--secret-file needs --principal", ExitCode.usage);
  }
  if (principal === undefined || secretFile === undefined) return undefined;
  try {
    // Editors end files with a newline, which no secret ends with.
    return { principal, secret: (await Deno.readTextFile(secretFile)).replace(/\r?\n$/, "") };
  } catch (cause) {
    throw new MesoletError(`Cannot read --secret-file ${secretFile}: ${messageOf(cause)}`, ExitCode.noInput, {
      cause,
    });
  }
}
