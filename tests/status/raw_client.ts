/** A client that sends what it is told, byte for byte, and may stop to read. */
export class RawClient implements Disposable {
  readonly #connection: Deno.Conn;
  #text = "";

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** @param address of a status server */
  static async connect(address: string): Promise<RawClient> {
    if (address.startsWith("unix:")) {
      return new RawClient(await Deno.connect({ transport: "unix", path: address.slice("unix:".length) }));
    }
    const { hostname, port } = new URL(address);
    return new RawClient(await Deno.connect({ hostname, port: Number(port) }));
  }

  async send(text: string): Promise<void> {
    await this.#connection.write(new TextEncoder().encode(text));
  }

  /** Reads until what came has this text; an error when the connection ends before. */
  async until(text: string): Promise<string> {
    while (!this.#text.includes(text)) {
      if (!await this.#more()) throw new Error(`it ended before "${text}": ${this.#text}`);
    }
    const end = this.#text.indexOf(text) + text.length;
    const found = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return found;
  }

  /** All that comes up to the end of the connection. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#text;
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // Ended by the other side.
    }
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#connection.read(buffer).catch(() => null);
    if (count === null) return false;
    this.#text += new TextDecoder().decode(buffer.subarray(0, count));
    return true;
  }
}

/** One request on a connection of its own; the whole answer as it came. */
export async function ask(
  address: string,
  line: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  using client = await RawClient.connect(address);
  const all = { Host: "localhost", Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  await client.send(`${line} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return await client.rest();
}

/** The status of an answer. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

/** The body of an answer, chunks put together. */
export function bodyOf(answer: string): string {
  const end = answer.indexOf("\r\n\r\n");
  const body = answer.slice(end + 4);
  if (!/^transfer-encoding: chunked\r?$/mi.test(answer.slice(0, end))) return body;
  const bytes = new TextEncoder().encode(body);
  let text = "";
  for (let at = 0;;) {
    const lineEnd = bytes.indexOf(13, at);
    const size = parseInt(new TextDecoder().decode(bytes.subarray(at, lineEnd)), 16);
    if (!(size > 0)) return text;
    text += new TextDecoder().decode(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
