import type { Socket } from "node:net";
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
import type { ModemTransport } from "./modem_transport.ts";
import { maximumTries, retryPause } from "./time_bounds.ts";
import type { TransportAnswer, TransportContent, TransportRequest } from "./transport.ts";
import { UnixTransport } from "./unix_transport.ts";

/** One request to the engine. */
export interface EngineRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Without the version: `/containers/json`. Use {@linkcode segment} for what comes from outside. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: EngineBody;
  /** Sent as a tar archive in place of a body. A stream can be sent once: only by {@linkcode Connection.stream}. */
  readonly archive?: TransportContent;
  readonly headers?: Readonly<Record<string, string>>;
  /** The call in words, fit for "Cannot …". */
  readonly call: string;
  /**
   * Milliseconds until the answer must be complete (for a stream: begun). Infinity is for those who watch over it
   * themselves.
   */
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

/**
 * Sends requests to an engine, each bounded in time and abortable.
 *
 * Every request has a connection of its own: an engine on a unix socket accepts in microseconds, nothing is left open
 * between calls, and a connection that the engine closed while idle cannot fail a call that must not be repeated.
 */
export class Connection {
  readonly address: EngineAddress;
  readonly #prefix: string;
  readonly #security: TransportSecurity | undefined;
  readonly #unix: UnixTransport | undefined;
  readonly #clock: Clock;
  readonly #log = new CallLog();
  readonly #closed = new AbortController();
  readonly #random: () => number;
  #modem: Promise<ModemTransport> | undefined;

  /**
   * @param apiVersion in front of every path, such as `1.41`; absent for the one call that finds it out
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
    this.#prefix = options.apiVersion === undefined ? "" : `/v${options.apiVersion}`;
    this.#security = options.security;
    this.#unix = address.kind === "unix" ? new UnixTransport(address.path) : undefined;
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
    this.#unix?.close();
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
      const answer = await this.#send(request, signal);
      const body = await readBody(answer);
      this.#judge(request, answer.status, body);
      return { status: answer.status, headers: answer.headers, body };
    });
  }

  /**
   * Sends a request whose answer is a stream of bytes. `request.bound` holds for the beginning of the answer; the
   * stream ends with an error when `request.signal` is aborted. The reader must read to the end or abort.
   */
  async stream(request: EngineRequest): Promise<AsyncIterable<Uint8Array>> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#abortedBy(request.signal)]);
    const answer = await this.#bounded(request, request.bound, async (bounded) => {
      const onBound = () => stop.abort(bounded.reason);
      bounded.addEventListener("abort", onBound, { once: true });
      try {
        const answer = await this.#send(request, signal);
        if (!isExpected(request, answer.status)) this.#judge(request, answer.status, await readBody(answer));
        return answer;
      } finally {
        bounded.removeEventListener("abort", onBound);
      }
    });
    return this.#chunks(request, answer, signal);
  }

  async *#chunks(
    request: EngineRequest,
    answer: TransportAnswer,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of answer.body) yield chunk;
      if (signal.aborted) throw signal.reason;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw connectionFailed(request.call, formatEngineAddress(this.address), error);
    } finally {
      answer.close();
    }
  }

  /**
   * Sends a request that turns the connection into a raw stream in both directions (exec, attach). The caller must
   * destroy the socket.
   */
  async hijack(request: EngineRequest): Promise<Socket> {
    return await this.#bounded(request, request.bound, async (signal) => {
      const wire = this.#wire(request);
      const result = await this.#logged(
        request,
        async () => await (await this.#overModem()).hijack(wire, signal),
      );
      if ("socket" in result) return result.socket;
      this.#judge({ ...request, accept: [] }, result.status, await readBody(result));
      throw notUnderstood(request.call, "it did not switch to a raw stream");
    });
  }

  async #send(request: EngineRequest, signal: AbortSignal): Promise<TransportAnswer> {
    const wire = this.#wire(request);
    return await this.#logged(
      request,
      async () => await (this.#unix ?? await this.#overModem()).send(wire, signal),
    );
  }

  /** The library is loaded when it is needed first: that takes longer than most calls. */
  #overModem(): Promise<ModemTransport> {
    return this.#modem ??= import("./modem_transport.ts").then(({ ModemTransport }) =>
      new ModemTransport(this.address, this.#security)
    );
  }

  async #logged<Answer extends TransportAnswer | { readonly socket: Socket }>(
    request: EngineRequest,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    const done = this.#log.begin(request.method, request.path + searchOf(request));
    const began = this.#clock.elapsed();
    try {
      const answer = await send();
      done(this.#clock.elapsed() - began, "socket" in answer ? 101 : answer.status);
      return answer;
    } catch (error) {
      done(this.#clock.elapsed() - began, undefined);
      throw error;
    }
  }

  #wire(request: EngineRequest): TransportRequest {
    const { method, path, headers = {}, archive, body } = request;
    const target = this.#prefix + path + searchOf(request);
    if (archive !== undefined) {
      return {
        method,
        target,
        headers: { "Content-Type": "application/x-tar", ...headers },
        content: archive,
      };
    }
    if (body === undefined || Object.keys(body).length === 0) return { method, target, headers };
    const content = new TextEncoder().encode(JSON.stringify(body));
    return { method, target, headers: { "Content-Type": "application/json", ...headers }, content };
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

function isSafeToRepeat(request: EngineRequest, error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  if (error.reason === "not-running") return isNotSent(error.cause);
  if (request.method !== "GET") return false;
  return error.reason === "connection-lost" || (error.reason === "refused" && error.status === 503);
}

function isExpected(request: EngineRequest, status: number): boolean {
  return (status >= 200 && status < 300) || (request.accept ?? []).includes(status);
}

/** The query with its question mark; empty for none. */
function searchOf({ query = {} }: EngineRequest): string {
  const defined = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]]
  );
  return defined.length === 0 ? "" : `?${new URLSearchParams(defined)}`;
}

async function readBody(answer: TransportAnswer): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of answer.body) text += decoder.decode(chunk, { stream: true });
  } finally {
    answer.close();
  }
  return parseBody((text + decoder.decode()).trim());
}

function parseBody(text: string): unknown {
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
