/** A request as it came in, and the means to answer it byte by byte. */
export interface RawRequest {
  /** Counts the connections of the server from 1. */
  readonly connection: number;
  /** The request line. */
  readonly line: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Writes bytes of the answer as they are. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Closes the connection, in the middle of whatever it is. */
  close(): void;
}

/** An HTTP server whose every byte is the test's. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly RawRequest[];
  /** Connections that are open now. */
  readonly open: number;
}

/** Where a {@linkcode RawServer} listens. */
export type Listening =
  | { readonly kind: "tcp" }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tls"; readonly certificate: string; readonly key: string };

/** Starts a server. The next request of a connection is read when `answer` is done with the one before. */
export function rawServer(
  listening: Listening,
  answer: (request: RawRequest) => Promise<void> | void,
): RawServer {
  const listener = listen(listening);
  const requests: RawRequest[] = [];
  const connections = new Set<Deno.Conn>();
  const serving: Promise<void>[] = [];
  let count = 0;
  const serve = async (connection: Deno.Conn) => {
    const number = ++count;
    connections.add(connection);
    const close = () => {
      if (connections.delete(connection)) connection.close();
    };
    try {
      for await (const parsed of readRequests(connection)) {
        const request: RawRequest = {
          ...parsed,
          connection: number,
          async write(bytes) {
            let rest = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
            while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
          },
          close,
        };
        requests.push(request);
        await answer(request);
      }
    } catch {
      // The other side broke the connection, or the test did.
    }
    close();
  };
  const accepting = (async () => {
    while (true) {
      try {
        serving.push(serve(await listener.accept()));
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // A handshake that failed: the client's affair.
      }
    }
  })();
  return {
    port: listener.addr.transport === "tcp" ? listener.addr.port : 0,
    requests,
    get open() {
      return connections.size;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) connection.close();
      connections.clear();
      await accepting;
      await Promise.all(serving);
    },
  };
}

function listen(listening: Listening): Deno.Listener<Deno.Conn> {
  switch (listening.kind) {
    case "tcp":
      return Deno.listen({ hostname: "127.0.0.1", port: 0 });
    case "unix":
      return Deno.listen({ transport: "unix", path: listening.path });
    case "tls":
      return Deno.listenTls({
        hostname: "127.0.0.1",
        port: 0,
        cert: listening.certificate,
        key: listening.key,
      });
  }
}

async function* readRequests(
  connection: Deno.Conn,
): AsyncGenerator<
  { readonly line: string; readonly headers: ReadonlyMap<string, string>; readonly body: Uint8Array }
> {
  const buffer = new Uint8Array(65_536);
  let bytes = new Uint8Array();
  const readMore = async (): Promise<boolean> => {
    const read = await connection.read(buffer);
    if (read === null) return false;
    const joined = new Uint8Array(bytes.length + read);
    joined.set(bytes);
    joined.set(buffer.subarray(0, read), bytes.length);
    bytes = joined;
    return true;
  };
  while (true) {
    let text = "";
    // Latin-1, so that places in the text are places in the bytes.
    while (!(text = new TextDecoder("latin1").decode(bytes)).includes("\r\n\r\n")) {
      if (!await readMore()) return;
    }
    const end = text.indexOf("\r\n\r\n");
    const [line = "", ...fields] = text.slice(0, end).split("\r\n");
    const headers = new Map(fields.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }));
    const length = Number(headers.get("content-length") ?? 0);
    while (bytes.length < end + 4 + length) if (!await readMore()) return;
    yield { line, headers, body: bytes.slice(end + 4, end + 4 + length) };
    bytes = bytes.slice(end + 4 + length);
  }
}

/** An answer with a body of known length, as Mesos gives to calls. */
export function plainAnswer(
  status: number,
  text = "",
  headers: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({
    "Content-Length": String(new TextEncoder().encode(text).length),
    ...headers,
  });
  return `HTTP/1.1 ${status} Words\r\n${
    lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n${text}`;
}

/** The head of a stream. */
export const streamHead =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n";

/** One HTTP chunk of a stream. */
export function chunk(text: string): string {
  return `${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`;
}

/** What ends a stream in order. */
export const lastChunk = "0\r\n\r\n";
