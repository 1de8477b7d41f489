import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
// @ts-types="@types/dockerode"
import Docker from "dockerode";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { EngineBody } from "../plan/step.ts";
import { CallLog } from "./call_log.ts";
import { type EngineAddress, formatEngineAddress, type TransportSecurity } from "./engine_address.ts";
import {
  connectionFailed,
  EngineError,
  isNotSent,
  notUnderstood,
  refusedByEngine,
  timedOut,
} from "./engine_error.ts";
import { isObject, textOf } from "./json.ts";
import { maximumTries, retryPause } from "./time_bounds.ts";

/** One request to the engine. */
export interface EngineRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Without the version: `/containers/json`. Use {@linkcode segment} for what comes from outside. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: EngineBody;
  /** Sent as a tar archive in place of a body. */
  readonly archive?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The call in words, fit for "Cannot …". */
  readonly call: string;
  /** Milliseconds until the answer must be complete (for a stream: begun). */
  readonly bound: number;
  /** Statuses besides 2xx that are an answer and no error: 304, 404, 409. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** An answer, read completely. */
export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; the text when it is none; undefined when it is empty. */
  readonly body: unknown;
}

/** A name, id or reference of outside as one segment of a path. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

/** An image reference as the last part of a path: its slashes, colons and `@` are the engine's own syntax. */
export function referenceSegments(reference: string): string {
  return encodeURIComponent(reference).replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%40", "@");
}

/** What docker-modem's `dial` takes, as far as it is used here. */
interface Dial {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly options: { readonly _query: object; readonly _body: object };
  readonly file?: Buffer;
  readonly isStream: true;
  readonly hijack?: boolean;
  readonly openStdin?: boolean;
  readonly statusCodes: Readonly<Record<number, true>>;
  readonly abortSignal: AbortSignal;
}

interface Modem {
  dial(options: Dial, callback: (error: Error | null, result: unknown) => void): void;
}

// docker-modem makes errors of statuses that it is not told of, with the status inside a text. All are told, and
// judged here.
const everyStatus: Readonly<Record<number, true>> = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [100 + index, true as const]),
);

/**
 * Sends requests to an engine, each bounded in time and abortable, over dockerode's modem.
 *
 * Every request has a connection of its own: an engine on a unix socket accepts in microseconds, nothing is left open
 * between calls, and a connection that the engine closed while idle cannot fail a call that must not be repeated.
 */
export class Connection {
  readonly address: EngineAddress;
  readonly #modem: Modem;
  readonly #clock: Clock;
  readonly #log = new CallLog();
  readonly #closed = new AbortController();
  readonly #random: () => number;

  /**
   * @param apiVersion in front of every path, such as `1.41`; absent for the one call that finds it out
   * @throws {MesoletError} exit code 78, when the library refuses the settings (`DOCKER_HOST` is no URL)
   */
  constructor(
    address: EngineAddress,
    options: {
      readonly clock: Clock;
      readonly apiVersion?: string;
      readonly security?: TransportSecurity | undefined;
      /** For the jitter of retries. */
      readonly random?: () => number;
    },
  ) {
    this.address = address;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#modem = makeModem(address, options.apiVersion, options.security);
  }

  get calls(): readonly import("./engine.ts").EngineCall[] {
    return this.#log.calls;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Aborts whatever is under way; every later call fails. */
  close(): void {
    this.#closed.abort(
      new EngineError("Cannot ask the engine: the connection was closed", ExitCode.software, {
        reason: "connection-lost",
        call: "ask the engine",
      }),
    );
  }

  /**
   * Sends a request and reads the whole answer. GETs are tried again when the connection breaks; everything is tried
   * again when nobody listened, which is the case for a moment while an engine restarts.
   *
   * @throws {EngineError} for any other status than 2xx and `request.accept`, for a passed bound, a broken connection
   * @throws the signal's reason when it is aborted
   */
  async request(request: EngineRequest): Promise<EngineAnswer> {
    const started = this.#clock.elapsed();
    for (let attempt = 1;; attempt++) {
      const left = request.bound - (this.#clock.elapsed() - started);
      try {
        return await this.#once(request, left);
      } catch (error) {
        if (attempt >= maximumTries || !isSafeToRepeat(request, error)) throw error;
        await this.#clock.sleep(retryPause(attempt + 1, this.#random()), this.#abortedBy(request.signal));
      }
    }
  }

  async #once(request: EngineRequest, bound: number): Promise<EngineAnswer> {
    return await this.#bounded(request, bound, async (signal) => {
      const response = await this.#send(request, signal);
      const body = await readBody(response);
      this.#judge(request, response.statusCode ?? 0, body);
      return { status: response.statusCode ?? 0, headers: response.headers, body };
    });
  }

  /**
   * Sends a request whose answer is a stream of bytes. `request.bound` holds for the beginning of the answer; the
   * stream ends with an error when `request.signal` is aborted. The reader must read to the end or abort.
   */
  async stream(request: EngineRequest): Promise<AsyncIterable<Uint8Array>> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#abortedBy(request.signal)]);
    const response = await this.#bounded(request, request.bound, async (bounded) => {
      const onBound = () => stop.abort(bounded.reason);
      bounded.addEventListener("abort", onBound, { once: true });
      try {
        const response = await this.#send(request, signal);
        const status = response.statusCode ?? 0;
        if (!isExpected(request, status)) this.#judge(request, status, await readBody(response));
        return response;
      } finally {
        bounded.removeEventListener("abort", onBound);
      }
    });
    return this.#chunks(request, response, signal);
  }

  async *#chunks(
    request: EngineRequest,
    response: IncomingMessage,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    // The library does not always pass the abortion of a request on to an answer that has begun.
    const onAbort = () => response.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const end = connectionOf(response);
    try {
      for await (const chunk of response) yield chunk;
      if (signal.aborted) throw signal.reason;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw connectionFailed(request.call, formatEngineAddress(this.address), error);
    } finally {
      signal.removeEventListener("abort", onAbort);
      end();
    }
  }

  /**
   * Sends a request that turns the connection into a raw stream in both directions (exec, attach). The caller must
   * destroy the socket.
   */
  async hijack(request: EngineRequest): Promise<Socket> {
    return await this.#bounded(request, request.bound, async (signal) => {
      const result = await this.#dial(request, signal, true);
      if (!isSocket(result)) {
        const response = result as IncomingMessage;
        this.#judge({ ...request, accept: [] }, response.statusCode ?? 0, await readBody(response));
        throw notUnderstood(request.call, "it did not switch to a raw stream");
      }
      return result;
    });
  }

  async #send(request: EngineRequest, signal: AbortSignal): Promise<IncomingMessage> {
    return await this.#dial(request, signal, false) as IncomingMessage;
  }

  #dial(request: EngineRequest, signal: AbortSignal, hijack: boolean): Promise<unknown> {
    const query = definedOnly(request.query ?? {});
    const hasQuery = Object.keys(query).length > 0;
    const search = hasQuery ? `?${new URLSearchParams(query)}` : "";
    const done = this.#log.begin(request.method, request.path + search);
    const began = this.#clock.elapsed();
    const dial: Dial = {
      method: request.method,
      // A trailing question mark tells the library to append the query.
      path: hasQuery ? `${request.path}?` : request.path,
      headers: { Connection: "close", ...request.headers },
      options: { _query: query, _body: request.body ?? {} },
      ...(request.archive === undefined ? {} : { file: bufferOf(request.archive) }),
      ...(hijack ? { hijack: true, openStdin: true } : {}),
      isStream: true,
      statusCodes: everyStatus,
      abortSignal: signal,
    };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        done(this.#clock.elapsed() - began, undefined);
        reject(error);
      };
      this.#modem.dial(dial, (error, result) => {
        if (error !== null && error !== undefined) return fail(error);
        done(this.#clock.elapsed() - began, isSocket(result) ? 101 : (result as IncomingMessage).statusCode);
        resolve(result);
      });
    });
  }

  /**
   * Runs `work` with a signal that is aborted by the caller, by {@linkcode close} or when the bound is passed; it is
   * left behind then, even where the library does not notice the abortion.
   */
  async #bounded<T>(
    request: EngineRequest,
    bound: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const outer = this.#abortedBy(request.signal);
    outer.throwIfAborted();
    const inner = new AbortController();
    const timer = new AbortController();
    const abandoned = Promise.withResolvers<never>();
    const abandon = (reason: unknown) => {
      inner.abort(reason);
      abandoned.reject(reason);
    };
    const onOuterAbort = () => abandon(outer.reason);
    outer.addEventListener("abort", onOuterAbort, { once: true });
    this.#clock.sleep(Math.max(0, bound), timer.signal).then(
      () => abandon(timedOut(request.call, request.bound)),
      () => {},
    );
    try {
      return await Promise.race([work(inner.signal), abandoned.promise]);
    } catch (error) {
      if (inner.signal.aborted) throw inner.signal.reason;
      if (error instanceof MesoletError) throw error;
      throw connectionFailed(request.call, formatEngineAddress(this.address), error);
    } finally {
      timer.abort();
      outer.removeEventListener("abort", onOuterAbort);
    }
  }

  #abortedBy(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  #judge(request: EngineRequest, status: number, body: unknown): void {
    if (isExpected(request, status)) return;
    throw refusedByEngine(request.call, status, errorTextOf(body));
  }
}

function makeModem(
  address: EngineAddress,
  apiVersion: string | undefined,
  security: TransportSecurity | undefined,
): Modem {
  // Every option is given, absent ones too: the library would otherwise fill them from DOCKER_HOST, which may name
  // another engine than the one that was asked for.
  const options = {
    socketPath: address.kind === "unix" ? address.path : undefined,
    host: address.kind === "tcp" ? address.host : undefined,
    port: address.kind === "tcp" ? address.port : undefined,
    protocol: security === undefined ? "http" : "https",
    pathPrefix: "/",
    ca: security?.authority,
    cert: security?.certificate,
    key: security?.key,
    version: apiVersion === undefined ? undefined : `v${apiVersion}`,
    timeout: undefined,
    sshOptions: {},
  };
  try {
    // The library's types forbid undefined, its code means it.
    return new Docker(options as unknown as Docker.DockerOptions).modem;
  } catch (error) {
    throw new MesoletError(
      `Cannot prepare the connection to ${formatEngineAddress(address)}: ${String(error)}. ` +
        "Check DOCKER_HOST and DOCKER_CERT_PATH",
      ExitCode.configuration,
      { cause: error },
    );
  }
}

function isSafeToRepeat(request: EngineRequest, error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  if (error.reason === "not-running") return isNotSent(error.cause);
  if (request.method !== "GET") return false;
  return error.reason === "connection-lost" || (error.reason === "refused" && error.status === 503);
}

function isExpected(request: EngineRequest, status: number): boolean {
  return (status >= 200 && status < 300) || (request.accept ?? []).includes(status);
}

function isSocket(result: unknown): result is Socket {
  return typeof result === "object" && result !== null && !("statusCode" in result) && "end" in result;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function definedOnly(
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) defined[key] = String(value);
  }
  return defined;
}

/**
 * What ends the connection of an answer. Without it the library below keeps a connection for the next request when
 * the other side did not say that it closes it, although it was asked to.
 */
function connectionOf(response: IncomingMessage): () => void {
  // Taken before the end of the answer, where the library takes the socket away from it.
  const { socket } = response;
  return () => {
    response.destroy();
    socket.destroy();
  };
}

async function readBody(response: IncomingMessage): Promise<unknown> {
  const end = connectionOf(response);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk);
  } finally {
    end();
  }
  return parseBody(chunks);
}

function parseBody(chunks: readonly Uint8Array[]): unknown {
  const text = Buffer.concat(chunks).toString("utf8").trim();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What an error answer says: Docker writes `message`, Podman `cause` and `message`. */
function errorTextOf(body: unknown): string {
  if (isObject(body)) return textOf(body.message) || textOf(body.cause) || JSON.stringify(body);
  return typeof body === "string" ? body : "";
}
