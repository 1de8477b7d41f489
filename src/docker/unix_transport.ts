import { HttpAnswerReader } from "./http_answer.ts";
import type { Transport, TransportAnswer, TransportRequest } from "./transport.ts";

/** Bytes read at once. */
const readSize = 32_768;

/**
 * HTTP over a unix socket: what nearly every call of nearly every user is. Loading the library that the other
 * transports need, and Node's HTTP below it, takes longer than an engine's answer, and a short command would do little
 * else.
 *
 * Permissions: `--allow-read`, `--allow-write` and `--allow-net=unix:PATH` of the socket.
 */
export class UnixTransport implements Transport {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer> {
    signal.throwIfAborted();
    const connection = await Deno.connect({ transport: "unix", path: this.#path });
    let open = true;
    const close = () => {
      if (!open) return;
      open = false;
      signal.removeEventListener("abort", close);
      connection.close();
    };
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    try {
      signal.throwIfAborted();
      const buffer = new Uint8Array(readSize);
      const reader = new HttpAnswerReader(async () => {
        const read = await connection.read(buffer);
        return read === null ? null : buffer.slice(0, read);
      });
      // An engine may refuse a request before it has read all of it: its answer says more than the broken pipe.
      let broken: { readonly error: unknown } | undefined;
      const writing = write(connection, request).catch((error) => void (broken = { error }));
      const head = await reader.head().catch(async (error) => {
        if (open) await writing;
        throw broken === undefined ? error : broken.error;
      });
      return { ...head, body: reader.body(request.method, head), close };
    } catch (error) {
      close();
      throw error;
    }
  }
}

async function write(connection: Deno.UnixConn, request: TransportRequest): Promise<void> {
  const { method, target, headers, content } = request;
  const lines = [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close"];
  for (const [name, value] of Object.entries(headers)) {
    if (/[\r\n]/.test(value)) throw new Error(`the header ${name} has a line break in it`);
    lines.push(`${name}: ${value}`);
  }
  if (content !== undefined || method === "POST" || method === "PUT") {
    lines.push(`Content-Length: ${content?.length ?? 0}`);
  }
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const message = new Uint8Array(head.length + (content?.length ?? 0));
  message.set(head);
  if (content !== undefined) message.set(content, head.length);
  for (let sent = 0; sent < message.length;) sent += await connection.write(message.subarray(sent));
}
