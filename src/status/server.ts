import type { PodBoard } from "../operator/pod_board.ts";
import type { Clock } from "../pod/clock.ts";
import { HttpConnection } from "./http_connection.ts";
import { type HttpAnswer, textAnswer } from "./http_answer.ts";
import type { HttpRequest } from "./http_request.ts";
import { parseListenAddress } from "./listen_address.ts";
import type { StatusMetrics } from "./metrics.ts";
import { type OpenListener, openListener } from "./open_listener.ts";
import { routes } from "./routes.ts";
import { type ServerBounds, serverBounds } from "./server_bounds.ts";

/** A status server that listens. */
export interface StatusServer {
  /** Where, as a person may ask for it: `http://127.0.0.1:10280/` or `unix:/path`. */
  readonly address: string;
  /** Resolves when the server has ended, which takes at most a second after the signal was aborted. */
  readonly done: Promise<void>;
}

/** A place that is listened at, before there is anything to tell: who connects meanwhile waits. */
export interface StatusListener extends OpenListener {
  /** Only this machine can connect. */
  readonly loopback: boolean;
}

/**
 * Listens. An operator does so before it changes anything, since an address that is in use ends it.
 *
 * @param listen see {@linkcode parseListenAddress}
 * @throws {MesoletError} when it cannot listen there, {@linkcode UsageError} when that is no address
 */
export async function listenForStatus(listen: string, clock: Clock): Promise<StatusListener> {
  const address = parseListenAddress(listen);
  const listener = await openListener(address, clock);
  return { ...listener, loopback: address.kind === "tcp" && address.loopback };
}

/**
 * Tells what an operator does, over HTTP: docs/operator-http.md says what can be asked. It only tells; nothing can be
 * changed here.
 *
 * @param options.listener is closed at the end
 * @param options.signal ends the server
 */
export function serveStatus(options: {
  readonly board: PodBoard;
  readonly metrics: Pick<StatusMetrics, "text">;
  readonly listener: StatusListener;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of mesolet. */
  readonly version: string;
  readonly bounds?: Partial<ServerBounds>;
}): StatusServer {
  const { clock, signal, listener } = options;
  const bounds = { ...serverBounds, ...options.bounds };
  const server = new Server(
    clock,
    bounds,
    routes({
      ...options,
      bounds,
      run: crypto.randomUUID().slice(0, 8),
      loopback: listener.loopback,
    }),
  );
  const accepting = server.accept(listener.connections);
  const done = (async () => {
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    }
    await listener.close();
    await accepting;
    await server.end();
  })();
  return { address: listener.address, done };
}

/** All connections of one server. */
class Server {
  readonly #open = new Map<HttpConnection, Promise<void>>();
  readonly #clock: Clock;
  readonly #bounds: ServerBounds;
  readonly #route: (request: HttpRequest) => Promise<HttpAnswer>;

  constructor(clock: Clock, bounds: ServerBounds, route: (request: HttpRequest) => Promise<HttpAnswer>) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#route = route;
  }

  async accept(connections: AsyncIterable<Deno.Conn>): Promise<void> {
    for await (const wire of connections) {
      if (this.#open.size >= this.#bounds.connections) this.#closeIdle();
      const full = this.#open.size >= this.#bounds.connections;
      if (full) {
        // Not even read: whoever holds all of them must not make this one wait.
        wire.close();
        continue;
      }
      const connection = new HttpConnection(wire, {
        clock: this.#clock,
        bounds: this.#bounds,
        answer: (request) => this.#answer(request),
      });
      this.#open.set(connection, connection.run().finally(() => this.#open.delete(connection)));
    }
  }

  /** Answers under way get a moment to end. */
  async end(): Promise<void> {
    const running = [...this.#open.values()];
    for (const connection of this.#open.keys()) connection.end();
    const ended = new AbortController();
    const late = this.#clock.sleep(this.#bounds.shutdown, ended.signal).then(() => {
      for (const connection of this.#open.keys()) connection.close();
    }, () => {});
    await Promise.all(running);
    ended.abort();
    await late;
  }

  /** The one that has been open the longest: of those that ask nothing it is the likeliest to be forgotten. */
  #closeIdle(): void {
    for (const connection of this.#open.keys()) {
      if (!connection.idle) continue;
      this.#open.delete(connection);
      return connection.close();
    }
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#route(request);
    if (answer.body instanceof Uint8Array) return answer;
    const streams = [...this.#open.keys()].filter(({ streaming }) => streaming).length;
    if (streams < this.#bounds.streams) return answer;
    return textAnswer(503, `${streams} streams are open already`, { "Retry-After": "10" });
  }
}
