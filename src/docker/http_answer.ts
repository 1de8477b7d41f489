/** The beginning of an HTTP answer. */
export interface HttpHead {
  readonly status: number;
  /** Names in small letters; of a name that comes twice, the values with a comma between them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Longest head, chunk line or trailer, in bytes: engines send a few hundred. */
const longestHead = 65_536;
const lineEnd = new TextEncoder().encode("\r\n");
const headEnd = new TextEncoder().encode("\r\n\r\n");

/**
 * Reads one HTTP/1.1 answer (RFC 9112) from a stream of bytes that may be cut anywhere.
 *
 * @param read the next bytes, which the reader keeps; null at the end
 */
export class HttpAnswerReader {
  readonly #read: () => Promise<Uint8Array | null>;
  #unread: Uint8Array = new Uint8Array();

  constructor(read: () => Promise<Uint8Array | null>) {
    this.#read = read;
  }

  /**
   * Reads the head; interim answers (100, 103) are passed over.
   *
   * @throws {Error} when what comes is no HTTP, or ends too early
   */
  async head(): Promise<HttpHead> {
    while (true) {
      const head = parseHead(new TextDecoder().decode(await this.#upTo(headEnd)));
      if (head.status >= 200 || head.status === 101) return head;
    }
  }

  /**
   * The body that belongs to the head, piece by piece as it comes.
   *
   * @throws {Error} when it ends too early
   */
  body(method: string, head: HttpHead): AsyncGenerator<Uint8Array, void, undefined> {
    const { status, headers } = head;
    if (method === "HEAD" || status === 204 || status === 304) return this.#bytes(0);
    if (headers["transfer-encoding"]?.toLowerCase() === "chunked") return this.#chunks();
    const length = headers["content-length"];
    if (length === undefined) return this.#untilEnd();
    if (!/^\d+$/.test(length)) throw new Error(`the answer says that its length is ${length}`);
    return this.#bytes(Number(length));
  }

  async *#bytes(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      const piece = this.#take(left);
      if (piece.length > 0) {
        left -= piece.length;
        yield piece;
      } else await this.#more();
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    while (true) {
      const line = new TextDecoder().decode(await this.#upTo(lineEnd));
      const size = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new Error("the answer is not cut into chunks as HTTP does it");
      const length = parseInt(size, 16);
      if (length === 0) break;
      yield* this.#bytes(length);
      if ((await this.#upTo(lineEnd)).length > 0) {
        throw new Error("a chunk of the answer is longer than it says");
      }
    }
    while ((await this.#upTo(lineEnd)).length > 0);
  }

  async *#untilEnd(): AsyncGenerator<Uint8Array, void, undefined> {
    const rest = this.#take(Infinity);
    if (rest.length > 0) yield rest;
    for (let piece = await this.#read(); piece !== null; piece = await this.#read()) yield piece;
  }

  /** What comes before a mark; the mark is read as well. */
  async #upTo(mark: Uint8Array): Promise<Uint8Array> {
    for (let from = 0;;) {
      const at = indexOf(this.#unread, mark, from);
      if (at >= 0) {
        const before = this.#take(at);
        this.#take(mark.length);
        return before;
      }
      if (this.#unread.length > longestHead) throw new Error("the answer is no HTTP");
      from = Math.max(0, this.#unread.length - mark.length + 1);
      await this.#more();
    }
  }

  #take(length: number): Uint8Array {
    const taken = this.#unread.subarray(0, Math.min(length, this.#unread.length));
    this.#unread = this.#unread.subarray(taken.length);
    return taken;
  }

  async #more(): Promise<void> {
    const piece = await this.#read();
    if (piece === null) throw new Error("the connection was closed before the answer was complete");
    if (this.#unread.length === 0) {
      this.#unread = piece;
      return;
    }
    const joined = new Uint8Array(this.#unread.length + piece.length);
    joined.set(this.#unread);
    joined.set(piece, this.#unread.length);
    this.#unread = joined;
  }
}

function indexOf(bytes: Uint8Array, mark: Uint8Array, from: number): number {
  const first = mark[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (mark.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function parseHead(text: string): HttpHead {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error("the answer is no HTTP");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) throw new Error("the answer is no HTTP");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
  }
  return { status: Number(status), headers };
}
