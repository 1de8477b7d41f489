import type { RegistryCredentials } from "../docker/registry_credentials.ts";
import { Seats } from "../docker/seats.ts";
import type { Clock } from "../pod/clock.ts";
import { MesoletError, messageOf } from "../pod/errors.ts";
import { basic, BearerTokens } from "./bearer_tokens.ts";
import { type Challenge, readChallenge } from "./challenge.ts";
import { AnswerTooLong, exchange, type ExchangeAnswer, type ExchangeRequest } from "./exchange.ts";
import { mostRedirects, RegistryBounds, registryTries, requestsAtOnce } from "./registry_bounds.ts";
import type { RegistryEndpoint } from "./registry_endpoints.ts";
import { RegistryError } from "./registry_error.ts";
import { readTrust, type RegistryTrust } from "./registry_trust.ts";
import { pauseBefore } from "./retry_after.ts";

/** What requests to registries are made with. */
export interface RegistryTools {
  readonly clock: Clock;
  readonly findCredentials: (registry: string, signal: AbortSignal) => Promise<RegistryCredentials | null>;
  readonly certificateDirectories: readonly string[];
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly exchange?: (request: ExchangeRequest) => Promise<ExchangeAnswer>;
}

/** What is asked of a registry about one repository. */
export interface RepositoryRequest {
  readonly endpoint: RegistryEndpoint;
  readonly repository: string;
  readonly method: "GET" | "HEAD";
  /** Below `/v2/REPOSITORY`. */
  readonly path: string;
  readonly accept: string;
}

/**
 * Asks registries about repositories: shows credentials when it is asked for them, waits and tries again when a registry
 * has too much to do, follows redirects without taking credentials along.
 */
export class RegistryRequests {
  readonly #tools: RegistryTools;
  readonly #tokens: BearerTokens;
  readonly #seats = new Map<string, Seats>();
  readonly #credentials = new Map<string, Promise<RegistryCredentials | null>>();
  readonly #trusts = new Map<string, Promise<RegistryTrust>>();
  /** How each repository wanted to be shown who asks: the next request does not have to be refused first. */
  readonly #challenges = new Map<string, Challenge>();

  constructor(tools: RegistryTools) {
    this.#tools = tools;
    this.#tokens = new BearerTokens(tools.clock);
  }

  /**
   * Sends a request until it is answered: with any status but those that mean "later", or that credentials help with.
   *
   * @throws {RegistryError} when the registry is not reached or refuses; the signal's reason when it is aborted
   * @throws {MesoletError} when credentials or certificates cannot be read
   */
  async ask(request: RepositoryRequest, signal: AbortSignal): Promise<ExchangeAnswer> {
    const { clock, random } = this.#tools;
    const { base } = request.endpoint;
    for (let attempt = 1;; attempt++) {
      let pause: string | undefined;
      let why: string;
      let cause: unknown;
      try {
        const answer = await this.#seatsOf(base).hold(signal, () => this.#askOnce(request, signal));
        if (answer.status !== 429 && (answer.status < 500 || answer.status === 501)) return answer;
        pause = answer.header("retry-after");
        why = answer.status === 429 ? "it has had too many requests (429)" : `it answers ${answer.status}`;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof MesoletError && !(isPassing(error))) throw error;
        if (error instanceof AnswerTooLong) throw new RegistryError("not-understood", error.message);
        // Nothing that waiting would change: there is no TLS, or a certificate that is not trusted.
        const isPlain = base.startsWith("https:") && !request.endpoint.verify &&
          !(error instanceof MesoletError);
        if (isPlain || /certificate/i.test(reasonOf(error))) {
          throw new RegistryError("unreachable", reasonOf(error), { cause: error });
        }
        why = reasonOf(error);
        cause = error;
      }
      if (attempt >= registryTries) {
        throw new RegistryError("unreachable", why, cause === undefined ? undefined : { cause });
      }
      await clock.sleep(pauseBefore(attempt + 1, pause, clock.now(), random()), signal);
    }
  }

  async #askOnce(request: RepositoryRequest, signal: AbortSignal): Promise<ExchangeAnswer> {
    const { endpoint, repository } = request;
    const scope = `repository:${repository}:pull`;
    const key = `${endpoint.base} ${repository}`;
    let challenge = this.#challenges.get(key);
    let shown = await this.#authorization(endpoint, scope, challenge, signal);
    for (let isSecond = false;; isSecond = true) {
      const answer = await this.#send(request, shown, signal);
      if (answer.status !== 401 || isSecond) return answer;
      const credentials = await this.#credentialsFor(endpoint, signal);
      if (challenge?.scheme === "bearer") this.#tokens.forget(challenge, scope, credentials);
      challenge = readChallenge(answer.header("www-authenticate"));
      if (challenge === undefined) return answer;
      this.#challenges.set(key, challenge);
      shown = await this.#authorization(endpoint, scope, challenge, signal);
      if (shown === undefined) return answer;
    }
  }

  async #authorization(
    endpoint: RegistryEndpoint,
    scope: string,
    challenge: Challenge | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (challenge === undefined) return undefined;
    const credentials = await this.#credentialsFor(endpoint, signal);
    if (challenge.scheme === "basic") {
      return credentials?.username === undefined ? undefined : basic(credentials);
    }
    const realm = URL.parse(challenge.realm);
    if (realm === null || !/^https?:$/.test(realm.protocol)) {
      throw new RegistryError(
        "not-understood",
        `it names ${JSON.stringify(challenge.realm)} to get a token from`,
      );
    }
    // Whoever changes what a registry says on an unprotected way must not get a password for it.
    if (realm.protocol === "http:" && endpoint.verify) {
      throw new RegistryError(
        "not-understood",
        `it names ${challenge.realm}, which has no TLS, to get a token from`,
      );
    }
    const trust = realm.host === new URL(endpoint.base).host
      ? await this.#trustFor(endpoint)
      : await this.#trustFor({ name: realm.host, verify: endpoint.verify });
    const token = await this.#tokens.token(
      challenge,
      scope,
      credentials,
      (wish) => this.#exchange({ ...wish, trust }, signal),
    );
    return `Bearer ${token}`;
  }

  /** A redirect leads to where the answer is, and to nobody whom the credentials are for. */
  async #send(
    { endpoint, repository, method, path, accept }: RepositoryRequest,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<ExchangeAnswer> {
    let url = new URL(`${endpoint.base}/v2/${repository}${path}`);
    const { origin } = url;
    for (let redirects = 0;; redirects++) {
      const isHome = url.origin === origin;
      const answer = await this.#exchange({
        method,
        url,
        headers: {
          Accept: accept,
          ...(authorization === undefined || !isHome ? {} : { Authorization: authorization }),
        },
        trust: isHome
          ? await this.#trustFor(endpoint)
          : await this.#trustFor({ name: url.host, verify: true }),
        limit: RegistryBounds.manifest,
      }, signal);
      const to = answer.header("location");
      if (![301, 302, 303, 307, 308].includes(answer.status) || to === undefined) return answer;
      const next = URL.parse(to, url);
      if (next === null || !/^https?:$/.test(next.protocol)) {
        throw new RegistryError("not-understood", `it redirects to ${JSON.stringify(to)}`);
      }
      if (url.protocol === "https:" && next.protocol === "http:") {
        throw new RegistryError("not-understood", `it redirects to ${next.origin}, which has no TLS`);
      }
      if (redirects >= mostRedirects) throw new RegistryError("not-understood", "it redirects on and on");
      url = next;
    }
  }

  async #exchange(request: Omit<ExchangeRequest, "signal">, signal: AbortSignal): Promise<ExchangeAnswer> {
    const { clock } = this.#tools;
    const late = new AbortController();
    const done = new AbortController();
    clock.sleep(RegistryBounds.request, done.signal).then(() => late.abort(), () => {});
    try {
      const send = this.#tools.exchange ?? exchange;
      return await send({ ...request, signal: AbortSignal.any([signal, late.signal]) });
    } catch (error) {
      signal.throwIfAborted();
      if (!late.signal.aborted) throw error;
      throw new RegistryError(
        "unreachable",
        `${request.url.host} does not answer within ${RegistryBounds.request / 1_000} s`,
      );
    } finally {
      done.abort();
    }
  }

  #seatsOf(base: string): Seats {
    const seats = this.#seats.get(base) ?? new Seats(requestsAtOnce);
    this.#seats.set(base, seats);
    return seats;
  }

  #credentialsFor({ name }: RegistryEndpoint, signal: AbortSignal): Promise<RegistryCredentials | null> {
    return remembered(this.#credentials, name, () => this.#tools.findCredentials(name, signal));
  }

  #trustFor({ name, verify }: Pick<RegistryEndpoint, "name" | "verify">): Promise<RegistryTrust> {
    const make = () => readTrust(name, verify, this.#tools.certificateDirectories);
    return remembered(this.#trusts, `${name} ${verify}`, make);
  }
}

function isPassing(error: MesoletError): boolean {
  return error instanceof RegistryError && error.failure === "unreachable";
}

/** In words, with what is behind it: `fetch` says only that it failed. */
function reasonOf(error: unknown): string {
  const said = messageOf(error instanceof TypeError && error.cause !== undefined ? error.cause : error);
  return said.includes("CaUsedAsEndEntity")
    ? "its certificate is one of an authority (CA:TRUE), which is none for a server: give it one that an authority signed"
    : said.replace(/^error sending request for url \([^)]*\): /, "");
}

/** What failed is not remembered. */
function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const there = known.get(key);
  if (there !== undefined) return there;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
