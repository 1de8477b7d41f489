import { objectOf, textOf } from "../docker/json.ts";
import type { RegistryCredentials } from "../docker/registry_credentials.ts";
import type { Clock } from "../pod/clock.ts";
import type { Challenge } from "./challenge.ts";
import type { ExchangeAnswer } from "./exchange.ts";
import { RegistryBounds } from "./registry_bounds.ts";
import { RegistryError } from "./registry_error.ts";

type Bearer = Extract<Challenge, { readonly scheme: "bearer" }>;

/** Sends a request to whoever gives out tokens. */
export type AskForToken = (request: {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limit: number;
}) => Promise<ExchangeAnswer>;

/** Of a token that says nothing else, in milliseconds. Source: the token authentication specification, `expires_in`. */
const usualLife = 60_000;

/** A token is taken for expired a little before: the clocks differ, and the request takes its time. */
const margin = 5_000;

/** Tokens that registries take, as long as they live. */
export class BearerTokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A token for what a registry asks for.
   *
   * Source: the distribution project, "Token Authentication Specification" and "OAuth2 Token Authentication": a password
   * is shown by Basic in a GET, an identity token is exchanged by a POST.
   *
   * @param scope where the challenge names none
   * @throws {RegistryError} when none is given out
   */
  async token(
    challenge: Bearer,
    scope: string,
    credentials: RegistryCredentials | null,
    ask: AskForToken,
  ): Promise<string> {
    if (credentials?.registrytoken !== undefined) return credentials.registrytoken;
    const key = keyOf(challenge, scope, credentials);
    const known = this.#tokens.get(key);
    if (known !== undefined && this.#clock.elapsed() < known.until) return known.token;
    const begun = this.#clock.elapsed();
    const answer = await ask(requestFor(challenge, challenge.scope ?? scope, credentials));
    const { token, life } = tokenIn(answer, challenge.realm, credentials !== null);
    this.#tokens.set(key, { token, until: begun + Math.max(0, life - margin) });
    return token;
  }

  /** A registry did not take it. */
  forget(challenge: Bearer, scope: string, credentials: RegistryCredentials | null): void {
    this.#tokens.delete(keyOf(challenge, scope, credentials));
  }
}

function keyOf(challenge: Bearer, scope: string, credentials: RegistryCredentials | null): string {
  const { realm, service = "" } = challenge;
  return JSON.stringify([realm, service, challenge.scope ?? scope, credentials?.username ?? ""]);
}

function requestFor(
  { realm, service }: Bearer,
  scope: string,
  credentials: RegistryCredentials | null,
): Parameters<AskForToken>[0] {
  const url = new URL(realm);
  const limit = RegistryBounds.answer;
  const wishes = { ...(service === undefined ? {} : { service }), scope };
  if (credentials?.identitytoken !== undefined) {
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: "mesolet",
      refresh_token: credentials.identitytoken,
      ...wishes,
    });
    const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };
    return { method: "POST", url, headers, body: body.toString(), limit };
  }
  for (const [name, value] of Object.entries(wishes)) url.searchParams.append(name, value);
  if (credentials?.username !== undefined) url.searchParams.set("account", credentials.username);
  return {
    method: "GET",
    url,
    headers: {
      Accept: "application/json",
      ...(credentials === null ? {} : { Authorization: basic(credentials) }),
    },
    limit,
  };
}

/** The value of `Authorization` for a name and a password. */
export function basic({ username = "", password = "" }: RegistryCredentials): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}

function tokenIn(
  { status, body }: ExchangeAnswer,
  realm: string,
  hasCredentials: boolean,
): { readonly token: string; readonly life: number } {
  if (status === 401 || status === 403 || status === 400) {
    const shown = hasCredentials ? "does not take the credentials" : "gives none without credentials";
    throw new RegistryError("denied", `${realm}, where it has tokens given out, ${shown} (${status})`);
  }
  if (status !== 200) {
    const failure = status === 429 || status >= 500 ? "unreachable" : "not-understood";
    throw new RegistryError(failure, `${realm}, where it has tokens given out, answers ${status}`);
  }
  const answer = objectOf(parsed(body));
  const token = textOf(answer.token) || textOf(answer.access_token);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new RegistryError(
      "not-understood",
      `${realm}, where it has tokens given out, answers without a token`,
    );
  }
  const seconds = answer.expires_in;
  const life = typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : usualLife;
  return { token, life };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
