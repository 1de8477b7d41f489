import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as requestPlainly,
  type RequestOptions,
} from "node:http";
import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import { untilAborted } from "../../supervisor/until_aborted.ts";
import { type Endpoint, formatEndpoint } from "./agent_address.ts";
import type { MediaType } from "./codec.ts";
import { exchangeBroken, ExchangeError } from "./connection_error.ts";
import { defaultHttpBounds, exchange, type HttpBounds } from "./exchange.ts";
import { RecordDecoder } from "./recordio.ts";
import type { Tls } from "./tls_settings.ts";

/** What the other side answered. */
export interface Answer {
  readonly status: number;
  /** The body, up to {@linkcode ConnectOptions.textLimit} of it: the words of a refusal. Empty for a stream. */
  readonly text: string;
  readonly headers: Headers;
}

/** What goes along with one request. */
export interface RequestExtras {
  /** Added to the usual ones: `Mesos-Stream-Id`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Never sent once more: what arrives twice would do harm. */
  readonly onlyOnce?: boolean;
}

/** What goes along with a subscription. */
export interface SubscribeExtras extends RequestExtras {
  /** Called whenever bytes of the stream arrive, be they a whole record or not. */
  readonly onActivity?: () => void;
}

/**
 * The two connections to one endpoint of the Mesos v1 API: answers come in the order of requests, so calls behind a
 * stream would never be answered.
 */
export interface AgentConnection {
  /**
   * Opens the stream, and ends the one that was open before. Resolves when the status line is there. With another
   * status than 200, `text` says why and `records` is empty. Records arrive through `records`, which can be read once.
   * It ends with the stream; when the stream is cut or not in the form of records, or the signal is aborted, it throws.
   * How long a stream may be silent is for the caller to decide.
   *
   * @throws {ConnectError} nothing was sent
   * @throws {ExchangeError} no answer, or a broken one
   */
  subscribe(
    body: Uint8Array,
    signal: AbortSignal,
    extras?: SubscribeExtras,
  ): Promise<Answer & { readonly records: AsyncIterable<Uint8Array> }>;

  /**
   * One call, on the other connection. Calls go out one after the other, each when the one before is answered. A call
   * that finds its connection closed since the last one is sent once more on a new one, so it may arrive twice: an
   * update is known by its uuid, and to most other calls it does no harm ({@linkcode RequestExtras.onlyOnce}).
   *
   * @throws {ConnectError} nothing was sent
   * @throws {ExchangeError} no answer, or a broken one
   */
  call(body: Uint8Array, signal: AbortSignal, extras?: RequestExtras): Promise<Answer>;

  /** Ends both connections and whatever is under way on them. */
  close(): void;
}

/** Whom to talk to, and how. */
export interface ConnectOptions {
  readonly endpoint: Endpoint;
  readonly media: MediaType;
  /** Sent as `Authorization: Bearer …`. Other schemes go into `headers`. */
  readonly token?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For an endpoint that is `secure`; by default certificates are verified and those that the system trusts are. */
  readonly tls?: Tls;
  readonly clock: Clock;
  readonly bounds?: Partial<HttpBounds>;
  /** The greatest part of an answer that is read as text, in bytes; absent: 64 KiB. */
  readonly textLimit?: number;
}

/** The greatest part of a refusal that is read, in bytes. */
const usualTextLimit = 64 * 1024;

/** Prepares the connections; they are made when they are needed. Redirects are answers, not followed. */
export function connectAgent(options: ConnectOptions): AgentConnection {
  return new TwoConnections(options);
}

/** Begins a request: `node:http`'s or `node:https`'s. */
type Begin = (options: RequestOptions) => ClientRequest;

/** What makes connections to the endpoint, over TLS or not. `node:https` is loaded only for TLS. */
export interface Transport {
  readonly begin: Begin;
  /** A pool of one connection. */
  makePool(): Agent;
}

/** The transport of an endpoint. */
export async function makeTransport(options: Pick<ConnectOptions, "endpoint" | "tls">): Promise<Transport> {
  const pool = { keepAlive: true, maxSockets: 1 };
  if (options.endpoint.kind === "unix" || !options.endpoint.secure) {
    return { begin: requestPlainly, makePool: () => new Agent(pool) };
  }
  const https = await import("node:https");
  const { verify, certificate, key, authorities } = options.tls ?? { verify: true };
  const security = {
    rejectUnauthorized: verify,
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  };
  return { begin: https.request, makePool: () => new https.Agent({ ...pool, ...security }) };
}

class TwoConnections implements AgentConnection {
  readonly #options: ConnectOptions;
  readonly #where: string;
  readonly #bounds: HttpBounds;
  readonly #closed = new AbortController();
  #transport: Promise<Transport> | undefined;
  #calls: Agent | undefined;
  #last: { readonly signal: AbortSignal; readonly whole: AbortSignal } | undefined;
  /** Ends the stream that is open. */
  #endStream = () => {};
  /** Settles when the call before is done. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#where = formatEndpoint(options.endpoint);
    this.#bounds = { ...defaultHttpBounds, ...options.bounds };
  }

  async subscribe(body: Uint8Array, signal: AbortSignal, extras: SubscribeExtras = {}) {
    this.#endStream();
    const ending = new AbortController();
    this.#endStream = () =>
      ending.abort(new ExchangeError(`A newer subscription took the place of the stream of ${this.#where}`));
    const whole = AbortSignal.any([signal, this.#closed.signal, ending.signal]);
    const transport = await this.#loadTransport();
    const pool = transport.makePool();
    const release = () => pool.destroy();
    try {
      return await this.#exchange(transport, pool, body, whole, extras, async (response) => {
        const answer = { status: response.statusCode ?? 0, headers: headersOf(response) };
        if (answer.status !== 200) {
          const text = await readText(response, this.#options.textLimit ?? usualTextLimit);
          release();
          return { ...answer, text, records: noRecords() };
        }
        // Whoever reads the records is told; without a listener nobody else must be.
        response.on("error", () => {});
        const finish = () => {
          whole.removeEventListener("abort", finish);
          response.destroy();
          release();
        };
        whole.addEventListener("abort", finish);
        return { ...answer, text: "", records: this.#readRecords(response, whole, extras, finish) };
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  async call(body: Uint8Array, signal: AbortSignal, extras: RequestExtras = {}): Promise<Answer> {
    const whole = this.#unlessClosed(signal);
    const turn = this.#turn;
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    this.#turn = turn.then(() => done);
    try {
      await untilAborted(turn, whole);
      return await this.#callNow(body, whole, extras);
    } finally {
      finish();
    }
  }

  close(): void {
    this.#closed.abort(new ExchangeError(`The connection to ${this.#where} was closed`));
    this.#calls?.destroy();
  }

  /** Most calls have the signal of the one before: a signal of each would be left to the collector of garbage. */
  #unlessClosed(signal: AbortSignal): AbortSignal {
    if (this.#last?.signal !== signal) {
      this.#last = { signal, whole: AbortSignal.any([signal, this.#closed.signal]) };
    }
    return this.#last.whole;
  }

  async #callNow(body: Uint8Array, signal: AbortSignal, extras: RequestExtras): Promise<Answer> {
    const transport = await this.#loadTransport();
    signal.throwIfAborted();
    const pool = this.#calls ??= transport.makePool();
    const once = () =>
      this.#exchange(transport, pool, body, signal, extras, async (response) => ({
        status: response.statusCode ?? 0,
        headers: headersOf(response),
        text: await readText(response, this.#options.textLimit ?? usualTextLimit),
      }));
    try {
      return await once();
    } catch (error) {
      if (error instanceof ExchangeError && error.stale) return await once();
      throw error;
    }
  }

  #exchange<Result>(
    transport: Transport,
    pool: Agent,
    body: Uint8Array,
    signal: AbortSignal,
    extras: RequestExtras,
    read: (response: IncomingMessage) => Promise<Result>,
  ): Promise<Result> {
    const { endpoint, media, token, clock } = this.#options;
    const target = endpoint.kind === "unix"
      ? { socketPath: endpoint.socket }
      : { host: endpoint.hostname, port: endpoint.port };
    const headers = {
      "Content-Type": media,
      Accept: media,
      "Content-Length": String(body.length),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...this.#options.headers,
      ...extras.headers,
    };
    return exchange({
      open: () => transport.begin({ ...target, method: "POST", path: endpoint.path, headers, agent: pool }),
      body,
      onlyOnce: extras.onlyOnce,
      secure: endpoint.kind === "tcp" && endpoint.secure,
      where: this.#where,
      clock,
      bounds: this.#bounds,
      signal,
    }, read);
  }

  #loadTransport(): Promise<Transport> {
    return this.#transport ??= makeTransport(this.#options);
  }

  async *#readRecords(
    response: IncomingMessage,
    signal: AbortSignal,
    extras: SubscribeExtras,
    finish: () => void,
  ): AsyncGenerator<Uint8Array> {
    const decoder = new RecordDecoder();
    try {
      signal.throwIfAborted();
      for await (const chunk of response) {
        extras.onActivity?.();
        yield* decoder.push(chunk);
      }
      signal.throwIfAborted();
      decoder.end();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof MesoletError ? error : exchangeBroken(this.#where, error, false);
    } finally {
      finish();
    }
  }
}

async function* noRecords(): AsyncGenerator<Uint8Array> {}

/** Reads a body as text. One that is longer than anybody reads ends with its connection. */
async function readText(response: IncomingMessage, textLimit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response) {
    const bytes: Uint8Array = chunk;
    text += decoder.decode(bytes.subarray(0, textLimit - length), { stream: true });
    length += bytes.length;
    // Leaving the loop destroys the answer, and with it the connection.
    if (length >= textLimit) break;
  }
  return text + decoder.decode();
}

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers();
  const raw = response.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  }
  return headers;
}
