import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { dockerConfigDirectory } from "./find_engine.ts";
import { objectOf, textOf, textsOf } from "./json.ts";
import { TimeBounds } from "./time_bounds.ts";

/** What a registry is shown, in the words of the Engine API's `X-Registry-Auth`. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
  readonly serveraddress: string;
}

/** What looking for credentials works with. */
export interface CredentialSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** The key of Docker Hub in Docker's configuration, for historical reasons. */
const hubKey = "https://index.docker.io/v1/";

/**
 * Finds the credentials for a registry in Docker's config.json: the helper for this registry (`credHelpers`), the
 * helper for all (`credsStore`), or the file itself (`auths`), in this order.
 *
 * Needs `--allow-read` for the file, `--allow-run` for a helper.
 *
 * @param registry as in an {@linkcode ImageReference}: `docker.io`
 * @returns null when there are none: the pull is anonymous
 * @throws {MesoletError} exit code 78 when the file or a helper is broken, 75 when a helper hangs
 */
export async function findRegistryCredentials(
  registry: string,
  sources: CredentialSources,
  signal?: AbortSignal,
): Promise<RegistryCredentials | null> {
  const config = objectOf(await readConfig(sources));
  const serveraddress = registry === "docker.io" ? hubKey : registry;
  const helper = helperFor(registry, config);
  if (helper !== "") return await askHelper(helper, serveraddress, sources, signal);
  for (const [key, entry] of Object.entries(objectOf(config.auths))) {
    if (hostOf(key) === hostOf(serveraddress)) return credentialsOf(objectOf(entry), serveraddress);
  }
  return null;
}

/**
 * Where {@linkcode findRegistryCredentials} looks, in words, without asking a helper: for people.
 *
 * @throws {MesoletError} exit code 78 when the file is broken
 */
export async function credentialSource(registry: string, sources: CredentialSources): Promise<string> {
  const config = objectOf(await readConfig(sources));
  const helper = helperFor(registry, config);
  if (helper !== "") return `from docker-credential-${helper}`;
  const host = hostOf(registry === "docker.io" ? hubKey : registry);
  const isThere = Object.keys(objectOf(config.auths)).some((key) => hostOf(key) === host);
  return isThere ? "from Docker's config.json" : "none";
}

function helperFor(registry: string, config: { readonly [key: string]: unknown }): string {
  const helpers = textsOf(config.credHelpers);
  return helpers[registry] ?? (registry === "docker.io" ? helpers[hubKey] : undefined) ??
    textOf(config.credsStore);
}

async function readConfig({ environment }: CredentialSources): Promise<unknown> {
  const directory = dockerConfigDirectory(environment);
  if (directory === undefined) return {};
  const path = `${directory}/config.json`;
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return {};
    throw new MesoletError(
      `Cannot read the registry credentials in ${path}: ${messageOf(error)}`,
      ExitCode.configuration,
      { cause: error },
    );
  }
}

/** Keys of `auths` come with and without a scheme and a path. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function credentialsOf(
  entry: { readonly [key: string]: unknown },
  serveraddress: string,
): RegistryCredentials | null {
  const identitytoken = textOf(entry.identitytoken);
  if (identitytoken !== "") return { identitytoken, serveraddress };
  const registrytoken = textOf(entry.registrytoken);
  if (registrytoken !== "") return { registrytoken, serveraddress };
  const encoded = textOf(entry.auth);
  if (encoded === "") {
    const username = textOf(entry.username);
    return username === "" ? null : { username, password: textOf(entry.password), serveraddress };
  }
  const decoded = decodeBase64(encoded);
  const colon = decoded.indexOf(":");
  if (colon < 0) {
    throw new MesoletError(
      `Cannot use the credentials of ${serveraddress}: "auth" is not base64 of user:password. ` +
        `Run: docker login ${serveraddress}`,
      ExitCode.configuration,
    );
  }
  const password = decoded.slice(colon + 1).replaceAll("\0", "");
  return { username: decoded.slice(0, colon), password, serveraddress };
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch {
    return "";
  }
}

/**
 * Asks `docker-credential-<helper> get`: the server's address goes in, JSON comes out.
 *
 * Source: docker-credential-helpers, README, "Development": the protocol and the words for "there are none".
 */
async function askHelper(
  helper: string,
  serveraddress: string,
  sources: CredentialSources,
  signal: AbortSignal | undefined,
): Promise<RegistryCredentials | null> {
  const program = `docker-credential-${helper}`;
  const refuse = (why: string, exitCode: number, cause?: unknown): never => {
    throw new MesoletError(
      `Cannot ask ${program} for the credentials of ${serveraddress}: ${why}`,
      exitCode,
      cause === undefined ? undefined : { cause },
    );
  };
  const late = new AbortController();
  const done = new AbortController();
  sources.clock.sleep(TimeBounds.credentialHelper, done.signal).then(() => late.abort(), () => {});
  const stop = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  try {
    const { success, stdout, stderr } = await runHelper(program, serveraddress, sources.environment, stop);
    signal?.throwIfAborted();
    if (late.signal.aborted) {
      return refuse(`no answer within ${TimeBounds.credentialHelper / 1_000} s`, ExitCode.temporary);
    }
    if (!success) {
      const said = (stdout || stderr).trim();
      if (/credentials not found/i.test(said)) return null;
      return refuse(said || "it failed and said nothing", ExitCode.configuration);
    }
    const answer = objectOf(JSON.parse(stdout));
    const username = textOf(answer.Username);
    const secret = textOf(answer.Secret);
    // A helper that keeps a token in place of a password says so with this name.
    if (username === "<token>") return { identitytoken: secret, serveraddress };
    return username === "" && secret === "" ? null : { username, password: secret, serveraddress };
  } catch (error) {
    if (error instanceof MesoletError || signal?.aborted === true) throw error;
    if (error instanceof Deno.errors.NotFound) {
      return refuse("it is not in PATH", ExitCode.configuration, error);
    }
    if (error instanceof SyntaxError) return refuse("its answer is no JSON", ExitCode.configuration, error);
    return refuse(messageOf(error), ExitCode.configuration, error);
  } finally {
    done.abort();
  }
}

async function runHelper(
  program: string,
  input: string,
  environment: CredentialSources["environment"],
  signal: AbortSignal,
): Promise<{ readonly success: boolean; readonly stdout: string; readonly stderr: string }> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) variables[name] = value;
  }
  const child = new Deno.Command(program, {
    args: ["get"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: variables,
    clearEnv: true,
  }).spawn();
  const output = Promise.all([textFrom(child.stdout, signal), textFrom(child.stderr, signal)]);
  const onAbort = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const writer = child.stdin.getWriter();
    // A helper that fails at once has closed its input: what it says tells why.
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
    const { success } = await child.status;
    const [stdout, stderr] = await output;
    return { success, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What was written until the end, or until the signal: a child of the helper may keep its output open. */
async function textFrom(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = stream.getReader();
  const onAbort = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The value of the `X-Registry-Auth` header: base64 for URLs, of JSON. */
export function encodeCredentials(credentials: RegistryCredentials): string {
  return new TextEncoder().encode(JSON.stringify(credentials)).toBase64({ alphabet: "base64url" });
}
