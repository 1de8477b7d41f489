import type { Clock } from "../pod/clock.ts";
import { systemClock } from "../pod/clock.ts";
import { ExitCode, type MesoletError } from "../pod/errors.ts";
import { Connection } from "./connection.ts";
import { DockerEngine } from "./docker_engine.ts";
import type { ContainerMeter, Engine, ImageLoader } from "./engine.ts";
import { formatEngineAddress } from "./engine_address.ts";
import { EngineError } from "./engine_error.ts";
import { negotiateApiVersion, readEngineFacts } from "./engine_facts.ts";
import {
  type EngineCandidate,
  engineCandidates,
  surroundingsOfProcess,
  usualSockets,
} from "./find_engine.ts";
import { ping } from "./ping.ts";

/** How to reach an engine. */
export interface ConnectOptions {
  /** Of a flag: goes before everything in the environment. */
  readonly host?: string | undefined;
  /** A docker context, of a flag: goes before everything in the environment too. */
  readonly context?: string | undefined;
  /** The environment that names the engine and the directory of Docker's configuration. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Finds an engine, agrees on a version of its API and reads its facts: two calls, `/_ping` and `/info`.
 *
 * Permissions: `--allow-read` and `--allow-write` for a unix socket with `--allow-net=unix:PATH,localhost:80`, or
 * `--allow-net=HOST:PORT`; `--allow-env`, because the library under dockerode lists the environment.
 *
 * @throws {EngineError} 69 when none answers, 77 when its socket may not be opened, 75 when it hangs
 * @throws {MesoletError} 78 when the configuration of Docker's client is wrong
 */
export async function connectEngine(options: ConnectOptions): Promise<Engine & ImageLoader & ContainerMeter> {
  return (await findAndConnect(options)).engine;
}

/**
 * As {@linkcode connectEngine}, and tells where the engine was found.
 *
 * @throws {MesoletError}
 */
export async function findAndConnect(
  options: ConnectOptions,
): Promise<{ readonly engine: Engine & ImageLoader & ContainerMeter; readonly found: EngineCandidate }> {
  const candidates = await engineCandidates(options, surroundingsOfProcess(options.environment));
  const failures: { readonly candidate: EngineCandidate; readonly error: EngineError }[] = [];
  for (const candidate of candidates) {
    try {
      return { engine: await connectTo(candidate, options), found: candidate };
    } catch (error) {
      if (candidate.asked || !(error instanceof EngineError) || !isNobodyThere(error)) throw error;
      failures.push({ candidate, error });
    }
  }
  throw noEngine(failures, options.environment);
}

function isNobodyThere(error: EngineError): boolean {
  return error.reason === "not-running" || error.reason === "permission-denied";
}

function noEngine(
  failures: readonly { readonly candidate: EngineCandidate; readonly error: EngineError }[],
  environment: Readonly<Record<string, string | undefined>>,
): MesoletError {
  // A socket that exists and may not be opened is the engine that the person means.
  const denied = failures.find(({ error }) => error.reason === "permission-denied");
  if (denied !== undefined) return denied.error;
  const tried = failures.length > 0
    ? failures.map(({ candidate }) => `${formatEngineAddress(candidate.address)} (nobody listens)`)
    : usualSockets(environment).map(({ path }) => `${path} (not there)`);
  return new EngineError(
    `Cannot find a Docker or Podman engine: DOCKER_HOST is not set, no docker context is chosen, tried ` +
      `${tried.join(", ")}. Start one (systemctl start docker), or set DOCKER_HOST to where it listens`,
    ExitCode.unavailable,
    { reason: "not-running", call: "find an engine", cause: failures[0]?.error },
  );
}

async function connectTo(
  candidate: EngineCandidate,
  options: ConnectOptions,
): Promise<Engine & ImageLoader & ContainerMeter> {
  const clock = options.clock ?? systemClock;
  const { address, security } = candidate;
  const first = new Connection(address, { clock, security });
  try {
    const { apiVersion, server } = await ping(first, options.signal);
    const version = negotiateApiVersion(apiVersion);
    const connection = new Connection(address, { clock, security, apiVersion: version });
    try {
      const facts = await readEngineFacts(connection, version, server, options.signal);
      return new DockerEngine(connection, facts, options.environment);
    } catch (error) {
      connection.close();
      throw error;
    }
  } finally {
    first.close();
  }
}
