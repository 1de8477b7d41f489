import type { Clock } from "../pod/clock.ts";
import { untilAborted } from "../supervisor/until_aborted.ts";
import { answerHead, chunkOf, type HttpAnswer, lastChunk, textAnswer } from "./http_answer.ts";
import { type HttpRequest, parseRequest, RefusedRequest } from "./http_request.ts";
import type { ServerBounds } from "./server_bounds.ts";

/** A connection as the server needs it: of TCP or a unix socket. */
export type Wire = Pick<Deno.Conn, "read" | "write" | "close">;

/**
 * One client, from its first byte to its last: reads a request, writes the answer, and so on. Closing it is the one
 * way to end a read or a write that hangs, and everything here that waits ends with it.
 */
export class HttpConnection {
  /** Nothing is being answered: it may be closed without any harm. */
  idle = true;
  /** What is being answered has no end of its own. */
  streaming = false;
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #bounds: ServerBounds;
  readonly #answer: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Answers come to their end. */
  readonly #ending = new AbortController();
  /** Nothing can be written any more. */
  readonly #closing = new AbortController();
  #unread: Uint8Array = new Uint8Array();

  constructor(
    wire: Wire,
    options: {
      readonly clock: Clock;
      readonly bounds: ServerBounds;
      readonly answer: (request: HttpRequest) => Promise<HttpAnswer>;
    },
  ) {
    this.#wire = wire;
    this.#clock = options.clock;
    this.#bounds = options.bounds;
    this.#answer = options.answer;
  }

  /** Serves until the client is gone, misbehaves, or the connection is ended. Throws nothing. */
  async run(): Promise<void> {
    try {
      while (await this.#serveOne());
    } catch {
      // The connection broke, or a bound of it was passed: there is nobody to tell.
    } finally {
      this.close();
    }
  }

  /** Ends well: what is being answered comes to its end, and a stream ends as a whole. */
  end(): void {
    this.#ending.abort();
    if (this.idle) this.close();
  }

  /** Ends at once. */
  close(): void {
    this.#ending.abort();
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    try {
      this.#wire.close();
    } catch {
      // The other side was quicker.
    }
  }

  /** Whether the connection can take another request. */
  async #serveOne(): Promise<boolean> {
    let answer: HttpAnswer;
    let request: HttpRequest | undefined;
    try {
      const head = await this.#within(this.#bounds.request, this.#readHead());
      if (head === undefined) return false;
      this.idle = false;
      request = parseRequest(head);
      answer = await this.#answer(request);
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      this.idle = false;
      answer = textAnswer(error.status, error.message);
    }
    const streams = !(answer.body instanceof Uint8Array);
    const keepAlive = request?.keepAlive === true && !streams && !this.#ending.signal.aborted;
    const chunked = request?.minorVersion === 1;
    await this.#write(answerHead(answer, { chunked, keepAlive, now: this.#clock.now() }));
    if (request?.method !== "HEAD") {
      if (answer.body instanceof Uint8Array) await this.#write(answer.body);
      else await this.#writeStream(answer.body, chunked);
    }
    this.idle = true;
    return keepAlive && !this.#ending.signal.aborted;
  }

  async #readHead(): Promise<string | undefined> {
    const buffer = new Uint8Array(4_096);
    while (true) {
      const end = headEnd(this.#unread);
      if (end > this.#bounds.head || (end < 0 && this.#unread.length > this.#bounds.head)) {
        throw new RefusedRequest(431, `requests are at most ${this.#bounds.head} bytes here`);
      }
      if (end >= 0) {
        const head = new TextDecoder().decode(this.#unread.subarray(0, end));
        this.#unread = this.#unread.slice(end + 4);
        return head;
      }
      const count = await this.#wire.read(buffer);
      if (count === null) return undefined;
      const joined = new Uint8Array(this.#unread.length + count);
      joined.set(this.#unread);
      joined.set(buffer.subarray(0, count), this.#unread.length);
      this.#unread = joined;
    }
  }

  async #writeStream(
    body: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
    chunked: boolean,
  ): Promise<void> {
    this.streaming = true;
    const gone = this.#untilClientLeaves();
    const pieces = body(this.#ending.signal)[Symbol.asyncIterator]();
    try {
      while (true) {
        // What makes the pieces may be deaf to the end: an engine that hangs must not hold the connection.
        const next = await untilAborted(pieces.next(), this.#closing.signal);
        if (next.done === true) break;
        await this.#write(chunked ? chunkOf(next.value) : next.value);
      }
      if (chunked) await this.#write(lastChunk);
    } finally {
      this.close();
      // Not waited for: it may hang as well.
      pieces.return?.().catch(() => {});
      await gone;
      this.streaming = false;
    }
  }

  /** While a stream is written nothing is expected of the client: the end of what it sends is its leaving. */
  async #untilClientLeaves(): Promise<void> {
    const buffer = new Uint8Array(1_024);
    try {
      while (await this.#wire.read(buffer) !== null);
    } catch {
      // Broken: gone as well.
    }
    this.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#within(this.#bounds.write, this.#wire.write(bytes.subarray(written)));
    }
  }

  /** Closes the connection, which ends the work, when it takes longer than so many milliseconds. */
  async #within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
    const done = new AbortController();
    this.#clock.sleep(milliseconds, done.signal).then(() => this.close(), () => {});
    try {
      return await work;
    } finally {
      done.abort();
    }
  }
}

/** Where the empty line begins that ends a head; -1 when it has not come yet. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}
