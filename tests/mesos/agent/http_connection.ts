import type { AgentRequest } from "./answer.ts";

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  307: "Temporary Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  415: "Unsupported Media Type",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** What the owner of connections does with what comes in on them. */
export interface ConnectionOwner {
  request(connection: HttpConnection, request: AgentRequest): void;
  /** Something came in behind a request whose answer is a stream: a real agent never gets to it. */
  behindStream(connection: HttpConnection): void;
  closed(connection: HttpConnection): void;
}

/**
 * One connection, spoken by hand: the agent must be able to cut it, to leave out the last chunk, to keep silent, and to
 * see what comes in where nothing should. Requests are read one after the other, each when the one before is answered.
 */
export class HttpConnection {
  readonly id: number;
  readonly #connection: Deno.Conn;
  readonly #socket: AgentRequest["socket"];
  readonly #owner: ConnectionOwner;
  #unread = new Uint8Array();
  #state: "idle" | "asked" | "streaming" | "closed" = "idle";
  #closeAfter = false;
  #writing: Promise<void> = Promise.resolve();
  #answered: () => void = () => {};
  /** Whether there was ever a stream on it. */
  streamed = false;

  constructor(id: number, connection: Deno.Conn, socket: AgentRequest["socket"], owner: ConnectionOwner) {
    this.id = id;
    this.#connection = connection;
    this.#socket = socket;
    this.#owner = owner;
  }

  get open(): boolean {
    return this.#state !== "closed";
  }

  /** Reads until the other side closes. */
  async serve(): Promise<void> {
    try {
      while (this.open) {
        const request = await this.#readRequest();
        if (request === undefined) break;
        this.#state = "asked";
        const answered = new Promise<void>((resolve) => this.#answered = resolve);
        this.#owner.request(this, request);
        await Promise.race([answered, this.#watch(answered)]);
      }
    } catch {
      // The other side broke the connection.
    }
    this.cut();
  }

  /** While an answer is due or a stream is open, something else may come in, or the end. */
  async #watch(answered: Promise<void>): Promise<void> {
    let done = false;
    answered.then(() => done = true);
    while (!done && this.open) {
      if (!await this.#readMore()) return this.cut();
      // Bytes that came in with the answer under way belong to the next request.
      if (this.#state === "streaming") this.#owner.behindStream(this);
    }
  }

  answer(status: number, headers: readonly (readonly [string, string])[], text: string): void {
    const body = new TextEncoder().encode(text);
    const lines = [`HTTP/1.1 ${status} ${reasons[status] ?? ""}`, `Date: ${new Date().toUTCString()}`];
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
    lines.push(`Content-Length: ${body.length}`, "", "");
    this.#write(join(new TextEncoder().encode(lines.join("\r\n")), body));
    this.#state = "idle";
    if (this.#closeAfter) this.#writing.finally(() => this.cut());
    this.#answered();
  }

  beginStream(contentType: string, headers: readonly (readonly [string, string])[] = []): void {
    const lines = [
      "HTTP/1.1 200 OK",
      `Date: ${new Date().toUTCString()}`,
      "Transfer-Encoding: chunked",
      ...headers.map(([name, value]) => `${name}: ${value}`),
      `Content-Type: ${contentType}`,
      "",
      "",
    ];
    this.#state = "streaming";
    this.streamed = true;
    this.#write(new TextEncoder().encode(lines.join("\r\n")));
    if (this.#unread.length > 0) this.#owner.behindStream(this);
  }

  /** One HTTP chunk. */
  chunk(payload: Uint8Array): void {
    if (this.#state !== "streaming") return;
    const encoder = new TextEncoder();
    this.#write(join(encoder.encode(`${payload.length.toString(16)}\r\n`), payload, encoder.encode("\r\n")));
  }

  /** Ends the stream as HTTP wants it; the connection may be used again. */
  endStream(): void {
    if (this.#state !== "streaming") return;
    this.#write(new TextEncoder().encode("0\r\n\r\n"));
    this.#state = "idle";
    this.#answered();
  }

  /** Closes the connection as it is. */
  cut(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#answered();
    // What was written before still goes out, then the end.
    this.#writing.finally(() => {
      try {
        this.#connection.close();
      } catch {
        // Closed by the other side.
      }
    });
    this.#owner.closed(this);
  }

  #write(bytes: Uint8Array): void {
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
    }).catch(() => this.cut());
  }

  async #readRequest(): Promise<AgentRequest | undefined> {
    let end: number;
    while ((end = find(this.#unread, "\r\n\r\n")) < 0) {
      if (!await this.#readMore()) return undefined;
    }
    const head = new TextDecoder("latin1").decode(this.#take(end + 4));
    const [first = "", ...lines] = head.trimEnd().split("\r\n");
    const [method = "", path = ""] = first.split(" ");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    this.#closeAfter = headers.get("connection")?.toLowerCase() === "close";
    const body = headers.get("transfer-encoding") === "chunked"
      ? await this.#readChunks()
      : await this.#readExactly(Number(headers.get("content-length") ?? "0"));
    return body === undefined ? undefined : { method, path, headers, body, socket: this.#socket };
  }

  async #readChunks(): Promise<Uint8Array | undefined> {
    let body = new Uint8Array();
    for (;;) {
      let end: number;
      while ((end = find(this.#unread, "\r\n")) < 0) if (!await this.#readMore()) return undefined;
      const size = parseInt(new TextDecoder().decode(this.#take(end + 2)), 16);
      const chunk = await this.#readExactly(size + 2);
      if (chunk === undefined || Number.isNaN(size)) return undefined;
      if (size === 0) return body;
      body = join(body, chunk.subarray(0, size));
    }
  }

  async #readExactly(length: number): Promise<Uint8Array | undefined> {
    while (this.#unread.length < length) if (!await this.#readMore()) return undefined;
    return this.#take(length);
  }

  #reading: Promise<boolean> | undefined;

  /** One read at a time, whoever waits for it. */
  #readMore(): Promise<boolean> {
    return this.#reading ??= (async () => {
      const buffer = new Uint8Array(65_536);
      try {
        const read = await this.#connection.read(buffer);
        if (read === null) return false;
        this.#unread = join(this.#unread, buffer.subarray(0, read));
        return true;
      } catch {
        return false;
      } finally {
        this.#reading = undefined;
      }
    })();
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    return taken;
  }
}

/** One after the other. */
export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function find(bytes: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(bytes).indexOf(text);
}
