import type { Transport, TransportAnswer, TransportRequest } from "./transport.ts";

/** The socket is all that counts; HTTP wants a name of a host besides. */
const origin = "http://localhost";

/** Bytes read at once. */
const readSize = 65_536;

/**
 * HTTP over a unix socket, by the `fetch` of the runtime: what nearly every call of nearly every user is. The library
 * that the other transports need takes longer to load than a short command needs for all its calls.
 *
 * The socket is a proxy to `fetch`, so requests name their target in the absolute form, which every server of HTTP/1.1
 * has to take (RFC 9112, section 3.2.2).
 *
 * Permissions: `--allow-read`, `--allow-write` and `--allow-net=unix:PATH` of the socket, `--allow-net=localhost:80`
 * for its name.
 */
export class UnixTransport implements Transport {
  readonly #path: string;
  #client: Deno.HttpClient | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer> {
    signal.throwIfAborted();
    this.#client ??= Deno.createHttpClient({
      proxy: { transport: "unix", path: this.#path },
      poolMaxIdlePerHost: 0,
    });
    const { method, headers, content } = request;
    const connection = new AbortController();
    const close = () => {
      signal.removeEventListener("abort", close);
      connection.abort(signal.reason);
    };
    signal.addEventListener("abort", close, { once: true });
    try {
      const response = await fetch(urlOf(request), {
        client: this.#client,
        method,
        headers: { "Accept-Encoding": "identity", Connection: "close", ...headers },
        ...(content === undefined ? {} : { body: content }),
        redirect: "manual",
        signal: connection.signal,
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: piecesOf(response),
        close,
      };
    } catch (error) {
      close();
      throw systemError(error);
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}

/** The address of a request; what a parser of addresses would change of it, such as `..`, is refused. */
function urlOf({ target }: TransportRequest): URL {
  const url = new URL(origin + target);
  if (url.href !== origin + target) throw new Error(`${target} is no path of the engine's API`);
  return url;
}

async function* piecesOf(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  // An engine sends each line of a log by itself. A reader without a buffer of ours makes one for each piece, which
  // takes five times as long.
  const reader = response.body.getReader({ mode: "byob" });
  try {
    for (let buffer = new ArrayBuffer(readSize);;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      yield value.slice();
      buffer = value.buffer;
    }
  } catch (error) {
    throw systemError(error);
  }
}

/** Codes of the system by the words that it has for them: `fetch` tells no other. */
const codes: readonly (readonly [RegExp, string])[] = [
  [/no such file or directory/i, "ENOENT"],
  [/connection refused/i, "ECONNREFUSED"],
  [/permission denied/i, "EACCES"],
  [/operation not permitted/i, "EPERM"],
];

/**
 * The error below one of `fetch`, which says no more than that it failed, with the `code` of the system where the
 * socket could not be opened: only then nothing was sent.
 */
function systemError(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const [, kind, words = cause.message] = /client error \((\w+)\): (.*)/s.exec(cause.message) ?? [];
  const code = kind === "Connect" ? codes.find(([pattern]) => pattern.test(words))?.[1] : undefined;
  const found = new Error(words, { cause: error });
  return code === undefined ? found : Object.assign(found, { code });
}
