import { decodeExecutorCall, encodeExecutorEvent, type MediaType } from "../../../src/mesos/wire/codec.ts";
import type { ExecutorCall, ExecutorEvent } from "../../../src/mesos/wire/messages.ts";
import { encodeRecord } from "../../../src/mesos/wire/recordio.ts";

/** What a scripted agent does with a call: answers, opens the stream of events, or breaks the connection off. */
export type Reply = { readonly status: number; readonly text?: string } | "stream" | "drop";

/** A call as it arrived. */
export interface ReceivedCall {
  readonly call: ExecutorCall;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
}

/** A server at a TCP port that answers an executor as a test tells it to, over HTTP written by hand. */
export class ScriptedAgent implements AsyncDisposable {
  readonly calls: ReceivedCall[] = [];
  /** Those that were opened, in order. */
  readonly streams: EventStream[] = [];
  reply: (call: ExecutorCall) => Reply = (call) => call.type === "SUBSCRIBE" ? "stream" : { status: 202 };
  readonly #media: MediaType;
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving = new Set<Promise<void>>();
  #listener: Deno.Listener | undefined;
  readonly port: number;

  constructor(media: MediaType) {
    this.#media = media;
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#accept(listener);
  }

  /** Those of a type, in order. */
  callsOf<Type extends ExecutorCall["type"]>(type: Type): Extract<ExecutorCall, { type: Type }>[] {
    return this.calls.flatMap(({ call }) =>
      call.type === type ? [call as Extract<ExecutorCall, { type: Type }>] : []
    );
  }

  /** The states of the reports that arrived. */
  get states(): string[] {
    return this.callsOf("UPDATE").map(({ update }) => update.status.state);
  }

  /** The stream that was opened last. */
  get stream(): EventStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("No stream was opened");
    return stream;
  }

  /** The agent dies: all connections break, and none is accepted. */
  stop(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of this.#connections) closeQuietly(connection);
  }

  /** The agent is there again, at its old port. */
  start(): void {
    this.#accept(Deno.listen({ hostname: "127.0.0.1", port: this.port }));
  }

  async [Symbol.asyncDispose]() {
    this.stop();
    await Promise.all(this.#serving);
  }

  #accept(listener: Deno.Listener): void {
    this.#listener = listener;
    this.#track(
      (async () => {
        for await (const connection of listener) {
          this.#connections.add(connection);
          this.#track(
            this.#serve(connection).finally(() => {
              closeQuietly(connection);
              this.#connections.delete(connection);
            }),
          );
        }
      })().catch(() => {}),
    );
  }

  #track(task: Promise<void>): void {
    const settled: Promise<void> = task.finally(() => this.#serving.delete(settled));
    this.#serving.add(settled);
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    try {
      const reader = new RequestReader(connection);
      for (let request = await reader.next(); request !== undefined; request = await reader.next()) {
        const call = decodeExecutorCall(request.body, this.#media);
        const { headers, path } = request;
        const reply = this.reply(call);
        if (reply === "drop") {
          this.calls.push({ call, headers, path });
          return;
        }
        if (reply === "stream") {
          const head =
            `HTTP/1.1 200 OK\r\nContent-Type: ${this.#media}\r\nTransfer-Encoding: chunked\r\n\r\n`;
          await writeAll(connection, new TextEncoder().encode(head));
          this.streams.push(new EventStream(connection, this.#media));
          this.calls.push({ call, headers, path });
          continue;
        }
        this.calls.push({ call, headers, path });
        const text = reply.text ?? "";
        const length = new TextEncoder().encode(text).length;
        const answer = `HTTP/1.1 ${reply.status} Status\r\nContent-Length: ${length}\r\n\r\n${text}`;
        await writeAll(connection, new TextEncoder().encode(answer));
      }
    } catch (error) {
      // The other side broke the connection, or the agent was stopped.
      if (!isBroken(error)) throw error;
    }
  }
}

/** The stream of events of one SUBSCRIBE. */
export class EventStream {
  constructor(readonly connection: Deno.Conn, readonly media: MediaType) {}

  /** Sends events, each a record in a chunk of its own. */
  async send(...events: readonly ExecutorEvent[]): Promise<void> {
    for (const event of events) await this.sendBytes(encodeRecord(encodeExecutorEvent(event, this.media)));
  }

  /** Sends an event in chunks of this many bytes. */
  async sendInPieces(size: number, event: ExecutorEvent): Promise<void> {
    const record = encodeRecord(encodeExecutorEvent(event, this.media));
    for (let at = 0; at < record.length; at += size) await this.sendBytes(record.subarray(at, at + size));
  }

  /** Sends one chunk. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    const encoder = new TextEncoder();
    const head = encoder.encode(`${bytes.length.toString(16)}\r\n`);
    await writeAll(this.connection, new Uint8Array([...head, ...bytes, ...encoder.encode("\r\n")]));
  }

  /** Ends the stream as HTTP has it. */
  async end(): Promise<void> {
    await writeAll(this.connection, new TextEncoder().encode("0\r\n\r\n"));
  }

  /** Breaks it off. */
  cut(): void {
    closeQuietly(this.connection);
  }
}

interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Takes the requests of one connection apart. */
class RequestReader {
  #bytes = new Uint8Array();

  constructor(readonly connection: Deno.Conn) {}

  async next(): Promise<Request | undefined> {
    let end = this.#endOfHead();
    while (end < 0) {
      if (!await this.#more()) return undefined;
      end = this.#endOfHead();
    }
    const [first = "", ...lines] = new TextDecoder().decode(this.#bytes.subarray(0, end)).split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const whole = end + 4 + Number(headers["content-length"] ?? 0);
    while (this.#bytes.length < whole) if (!await this.#more()) return undefined;
    const body = this.#bytes.slice(end + 4, whole);
    this.#bytes = this.#bytes.slice(whole);
    return { path: first.split(" ")[1] ?? "", headers, body };
  }

  #endOfHead(): number {
    // Latin-1 keeps positions.
    return new TextDecoder("latin1").decode(this.#bytes).indexOf("\r\n\r\n");
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const read = await this.connection.read(buffer);
    if (read === null) return false;
    this.#bytes = new Uint8Array([...this.#bytes, ...buffer.subarray(0, read)]);
    return true;
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.UnexpectedEof;
}
