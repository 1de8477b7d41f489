import type { PodBoard } from "../operator/pod_board.ts";
import type { Clock } from "../pod/clock.ts";
import { HttpConnection } from "./http_connection.ts";
import { type HttpAnswer, textAnswer } from "./http_answer.ts";
import type { HttpRequest } from "./http_request.ts";
import { parseListenAddress } from "./listen_address.ts";
import type { StatusMetrics } from "./metrics.ts";
import { openListener } from "./open_listener.ts";
import { routes } from "./routes.ts";
import { type ServerBounds, serverBounds } from "./server_bounds.ts";

/** A status server that listens. */
export interface StatusServer {
  /** Where, as a person may ask for it: `http://127.0.0.1:10280/` or `unix:/path`. */
  readonly address: string;
  /** Resolves when the server has ended, which takes at most a second after the signal was aborted. */
  readonly done: Promise<void>;
}

/**
 * Tells what an operator does, over HTTP: docs/operator-http.md says what can be asked. It only tells; nothing can be
 * changed here.
 *
 * @param options.listen see {@linkcode parseListenAddress}
 * @param options.signal ends the server
 * @throws {MesoletError} when it cannot listen there, {@linkcode UsageError} when that is no address
 */
export async function serveStatus(options: {
  readonly board: PodBoard;
  readonly metrics: Pick<StatusMetrics, "text">;
  readonly listen: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of mesolet. */
  readonly version: string;
  readonly bounds?: Partial<ServerBounds>;
}): Promise<StatusServer> {
  const { clock, signal } = options;
  const bounds = { ...serverBounds, ...options.bounds };
  const address = parseListenAddress(options.listen);
  const listener = await openListener(address, clock);
  const server = new Server(
    clock,
    bounds,
    routes({
      ...options,
      bounds,
      run: crypto.randomUUID().slice(0, 8),
      loopback: address.kind === "tcp" && address.loopback,
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
