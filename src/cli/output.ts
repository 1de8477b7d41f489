import type { Clock } from "../pod/clock.ts";

/** Where bytes go in the end: standard output, standard error, or a test's memory. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

/** The one way out for text. Nothing else in mesolet writes to the terminal. */
export interface Output {
  /** Queues text; whatever is queued is written in this order. */
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  /** Resolves when so little is queued that a stream of lines may go on: a slow reader slows the writer down. */
  ready(): Promise<void>;
  /** Resolves when all is written, or nobody reads any more. */
  flush(): Promise<void>;
  /** Aborted when the reader has gone, as `| head` does. */
  readonly closed: AbortSignal;
}

/** Bytes that may be queued before {@linkcode Output.ready} waits. */
const highWaterMark = 256 * 1024;

/** Writes to a sink in the background, in order, so that a terminal that stands still does not stop a supervisor. */
export class QueuedOutput implements Output {
  readonly #closed = new AbortController();
  readonly #encoder = new TextEncoder();
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  #waiting: (() => void)[] = [];

  constructor(private readonly sink: ByteSink, private readonly clock: Clock) {}

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  write(text: string): void {
    if (text !== "") this.writeBytes(this.#encoder.encode(text));
  }

  writeBytes(bytes: Uint8Array): void {
    if (this.closed.aborted) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#draining ??= this.#drain();
  }

  ready(): Promise<void> {
    if (this.#queuedBytes < highWaterMark) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async flush(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const batch = joined(this.#queue);
        this.#queue = [];
        await this.#writeAll(batch);
        this.#queuedBytes -= batch.length;
        this.#release();
      }
    } catch (error) {
      this.#queue = [];
      this.#queuedBytes = 0;
      this.#closed.abort(error);
      this.#release();
    } finally {
      this.#draining = undefined;
    }
  }

  #release(): void {
    if (this.#queuedBytes >= highWaterMark) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length) {
      try {
        offset += await this.sink.write(bytes.subarray(offset));
      } catch (error) {
        // Whoever shares the terminal with us may have made it non-blocking.
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await this.clock.sleep(2);
      }
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Output that is kept: for tests, and for text that is measured before it is shown. */
export class MemoryOutput implements Output {
  #text = "";
  readonly #decoder = new TextDecoder();
  readonly closed: AbortSignal = new AbortController().signal;

  get text(): string {
    return this.#text;
  }

  write(text: string): void {
    this.#text += text;
  }

  writeBytes(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
