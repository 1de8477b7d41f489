import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import { type EngineAddress, parseEngineAddress, type TransportSecurity } from "./engine_address.ts";
import { objectOf, textOf } from "./json.ts";

/** A place where an engine may listen. */
export interface EngineCandidate {
  readonly address: EngineAddress;
  readonly security?: TransportSecurity;
  /** What named it, in words: `DOCKER_HOST`, `docker context "build"`, `the usual socket of Docker`. */
  readonly from: string;
  /** Somebody asked for this one: when it does not answer, no other is tried. */
  readonly asked: boolean;
}

/** What finding looks at. Injected, so that the decisions are tested as a table. */
export interface FindingSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file; null when there is none. */
  readTextFile(path: string): Promise<string | null>;
  /** Whether something (a socket, a link to one) is at a path. */
  exists(path: string): Promise<boolean>;
}

/** The surroundings of this process. Needs `--allow-read` for Docker's configuration and the sockets. */
export function surroundingsOfProcess(
  environment: Readonly<Record<string, string | undefined>>,
): FindingSurroundings {
  return {
    environment,
    async readTextFile(path) {
      try {
        return await Deno.readTextFile(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
        throw error;
      }
    },
    async exists(path) {
      try {
        await Deno.lstat(path);
        return true;
      } catch {
        // Also when a directory above may not be read: then the socket may not be opened either.
        return false;
      }
    },
  };
}

/**
 * Where an engine may listen, the likeliest first. Exactly as Docker's own client decides it, plus the sockets of
 * rootless Docker, Docker Desktop and Podman:
 * 1. `host` or `context` (flags), `DOCKER_HOST`, `DOCKER_CONTEXT`, `currentContext` of Docker's config.json: that one and no other;
 * 2. else every usual socket that exists.
 *
 * @throws {MesoletError} exit code 78, when what was asked for cannot be read or is not supported
 */
export async function engineCandidates(
  request: { readonly host?: string | undefined; readonly context?: string | undefined },
  surroundings: FindingSurroundings,
): Promise<EngineCandidate[]> {
  const { environment } = surroundings;
  if (request.host !== undefined) return [await askedByHost(request.host, "--host", surroundings)];
  if (isSet(request.context) && request.context !== "default") {
    return [await askedByContext(request.context, "--context (-c)", surroundings)];
  }
  if (isSet(environment.DOCKER_HOST) && !isSet(request.context)) {
    return [await askedByHost(environment.DOCKER_HOST, "DOCKER_HOST", surroundings)];
  }
  const context = isSet(request.context) ? undefined : await currentContext(surroundings);
  if (context !== undefined) return [await askedByContext(context.name, context.from, surroundings)];
  const candidates: EngineCandidate[] = [];
  for (const socket of usualSockets(environment)) {
    if (await surroundings.exists(socket.path)) {
      candidates.push({ address: { kind: "unix", path: socket.path }, from: socket.from, asked: false });
    }
  }
  return candidates;
}

/** The sockets that engines listen on when nobody says otherwise. */
export function usualSockets(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly path: string; readonly from: string }[] {
  const runtime = environment.XDG_RUNTIME_DIR;
  const home = environment.HOME;
  return [
    { path: "/var/run/docker.sock", from: "the usual socket of Docker" },
    ...(isSet(runtime) ? [{ path: `${runtime}/docker.sock`, from: "the socket of rootless Docker" }] : []),
    ...(isSet(home)
      ? [{ path: `${home}/.docker/run/docker.sock`, from: "the socket of Docker Desktop" }]
      : []),
    { path: "/run/podman/podman.sock", from: "the usual socket of Podman" },
    ...(isSet(runtime)
      ? [{ path: `${runtime}/podman/podman.sock`, from: "the socket of rootless Podman" }]
      : []),
  ];
}

/** Directory of the configuration of Docker's client: contexts and credentials; absent without a home. */
export function dockerConfigDirectory(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (isSet(environment.DOCKER_CONFIG)) return environment.DOCKER_CONFIG;
  return isSet(environment.HOME) ? `${environment.HOME}/.docker` : undefined;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

async function askedByHost(
  host: string,
  from: string,
  surroundings: FindingSurroundings,
): Promise<EngineCandidate> {
  const address = parseEngineAddress(host, from);
  const { environment } = surroundings;
  if (address.kind === "unix") return { address, from, asked: true };
  if (!isSet(environment.DOCKER_TLS_VERIFY) && !host.startsWith("https://")) {
    if (isSet(environment.DOCKER_TLS)) refuseUnverified("DOCKER_TLS without DOCKER_TLS_VERIFY");
    return { address, from, asked: true };
  }
  const directory = environment.DOCKER_CERT_PATH || dockerConfigDirectory(environment);
  if (directory === undefined) {
    throw new MesoletError(
      `Cannot use ${host} of ${from}: TLS is asked for, but no certificates are known. Set DOCKER_CERT_PATH`,
      ExitCode.configuration,
    );
  }
  return { address, security: await readSecurity(directory, surroundings), from, asked: true };
}

function refuseUnverified(what: string): never {
  throw new MesoletError(
    `Cannot use ${what}: certificates of an engine are always verified. Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH`,
    ExitCode.configuration,
  );
}

async function readSecurity(
  directory: string,
  surroundings: FindingSurroundings,
): Promise<TransportSecurity> {
  const read = async (name: string) => {
    try {
      return await surroundings.readTextFile(`${directory}/${name}`) ?? undefined;
    } catch (error) {
      throw new MesoletError(
        `Cannot read the certificate ${directory}/${name}: ${messageOf(error)}`,
        ExitCode.configuration,
        { cause: error },
      );
    }
  };
  const [authority, certificate, key] = await Promise.all([
    read("ca.pem"),
    read("cert.pem"),
    read("key.pem"),
  ]);
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = key === undefined ? "key.pem" : "cert.pem";
    throw new MesoletError(
      `Cannot use the certificates in ${directory}: ${missing} is missing`,
      ExitCode.configuration,
    );
  }
  return present({ authority, certificate, key });
}

async function currentContext(
  surroundings: FindingSurroundings,
): Promise<{ readonly name: string; readonly from: string } | undefined> {
  const named = surroundings.environment.DOCKER_CONTEXT;
  if (isSet(named)) return named === "default" ? undefined : { name: named, from: "DOCKER_CONTEXT" };
  const directory = dockerConfigDirectory(surroundings.environment);
  if (directory === undefined) return undefined;
  const path = `${directory}/config.json`;
  const config = await readJson(path, surroundings);
  const name = textOf(objectOf(config).currentContext);
  return name === "" || name === "default" ? undefined : { name, from: `currentContext of ${path}` };
}

async function askedByContext(
  name: string,
  from: string,
  surroundings: FindingSurroundings,
): Promise<EngineCandidate> {
  const directory = dockerConfigDirectory(surroundings.environment);
  const digest = await digestOf(name);
  const contexts = `${directory ?? ""}/contexts`;
  const meta = await readJson(`${contexts}/meta/${digest}/meta.json`, surroundings);
  if (meta === null) {
    throw new MesoletError(
      `Cannot use the docker context ${JSON.stringify(name)} of ${from}: it does not exist. ` +
        "List them with: docker context ls",
      ExitCode.configuration,
    );
  }
  const endpoint = objectOf(objectOf(objectOf(meta).Endpoints).docker);
  const where = `docker context ${JSON.stringify(name)}`;
  const address = parseEngineAddress(textOf(endpoint.Host), where);
  if (address.kind === "unix") return { address, from: where, asked: true };
  if (endpoint.SkipTLSVerify === true) refuseUnverified(`${where} (skip-tls-verify)`);
  const security = await readSecurity(`${contexts}/tls/${digest}/docker`, surroundings);
  return Object.keys(security).length === 0
    ? { address, from: where, asked: true }
    : { address, security, from: where, asked: true };
}

/** Docker names the directories of a context by the digest of its name. */
async function digestOf(name: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  return new Uint8Array(digest).toHex();
}

async function readJson(path: string, surroundings: FindingSurroundings): Promise<unknown> {
  try {
    const text = await surroundings.readTextFile(path);
    return text === null ? null : JSON.parse(text);
  } catch (error) {
    throw new MesoletError(
      `Cannot read ${path} of Docker's client: ${messageOf(error)}`,
      ExitCode.configuration,
      { cause: error },
    );
  }
}
