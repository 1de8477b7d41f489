import { requestLine } from "./request_line.ts";

/** A server at a unix socket or TCP port that speaks as much of the Engine API as a test tells it to. */
export interface FakeServer extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** First lines of the requests so far: `GET /_ping`. */
  readonly requests: readonly string[];
}

/** What the server does with a request: answers with this text as it stands, or `hang`, or `drop` the connection. */
export type Behaviour = (request: string) => string | "hang" | "drop";

/** Starts a server. What it writes is not closed: an answer without a length hangs after its text. */
export async function fakeServer(kind: "unix" | "tcp", behave: Behaviour): Promise<FakeServer> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-fake-" });
  const path = `${directory}/engine.sock`;
  const listener = kind === "unix"
    ? Deno.listen({ transport: "unix", path })
    : Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const connections = new Set<Deno.Conn>();
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      serving.push(serve(connection, behave, requests).finally(() => connections.delete(connection)));
    }
  })();
  const address = listener.addr;
  return {
    host: address.transport === "tcp" ? `tcp://127.0.0.1:${address.port}` : `unix://${path}`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) closeQuietly(connection);
      await accepting.catch(() => {});
      await Promise.all(serving);
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function serve(connection: Deno.Conn, behave: Behaviour, requests: string[]): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  try {
    while (!text.includes("\r\n\r\n")) {
      const read = await connection.read(buffer);
      if (read === null) return closeQuietly(connection);
      text += new TextDecoder().decode(buffer.subarray(0, read));
    }
    const request = requestLine(text) ?? "";
    requests.push(request);
    const answer = behave(request);
    if (answer === "drop") return closeQuietly(connection);
    if (answer !== "hang") await connection.write(new TextEncoder().encode(answer));
    // Until the other side has had enough.
    while (await connection.read(buffer) !== null);
  } catch {
    // The other side broke the connection, or the test ended.
  }
  closeQuietly(connection);
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

/** An HTTP answer. */
export function httpAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const lines = Object.entries({
    "Content-Length": String(new TextEncoder().encode(text).length),
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n${text}`;
}
