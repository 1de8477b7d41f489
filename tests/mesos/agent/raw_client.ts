import { join } from "./http_connection.ts";

/** An answer as it came in. `chunks` grow while a stream is open. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  readonly chunks: Uint8Array[];
}

/** A connection to the agent that says exactly what it is told to, and keeps what it hears. */
export class RawClient {
  readonly answers: RawAnswer[] = [];
  /** How it ended: `last-chunk` when a stream was complete before. */
  ended: "last-chunk" | "tcp-fin" | undefined;
  readonly #connection: Deno.Conn;
  readonly #reading: Promise<void>;
  #unread = new Uint8Array();
  #complete = false;
  #closed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reading = this.#read().catch(() => {
      if (!this.#closed) this.ended ??= "tcp-fin";
    });
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Closes it. What the agent would have said is then not known, nor how it would have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    try {
      this.#connection.close();
    } catch {
      // The agent was first.
    }
    await this.#reading;
  }

  /** Whether the stream ended as HTTP wants it. */
  get complete(): boolean {
    return this.#complete;
  }

  async #read(): Promise<void> {
    for (;;) {
      const head = await this.#until("\r\n\r\n");
      if (head === undefined) break;
      const [first = "", ...lines] = head.split("\r\n");
      const headers = lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
      });
      const value = (name: string) => headers.find(([other]) => other.toLowerCase() === name)?.[1];
      const status = Number(first.split(" ")[1]);
      if (value("transfer-encoding") !== "chunked") {
        const text = new TextDecoder().decode(await this.#exactly(Number(value("content-length") ?? "0")));
        this.answers.push({ status, headers, text, chunks: [] });
        continue;
      }
      const chunks: Uint8Array[] = [];
      this.answers.push({ status, headers, text: "", chunks });
      for (;;) {
        const size = parseInt(await this.#until("\r\n") ?? "", 16);
        if (Number.isNaN(size)) break;
        const payload = await this.#exactly(size + 2);
        if (size > 0) chunks.push(payload.slice(0, size));
        else {
          this.#complete = true;
          break;
        }
      }
    }
    if (!this.#closed) this.ended ??= this.#complete ? "last-chunk" : "tcp-fin";
  }

  async #until(mark: string): Promise<string | undefined> {
    for (;;) {
      const at = new TextDecoder("latin1").decode(this.#unread).indexOf(mark);
      if (at >= 0) {
        const text = new TextDecoder().decode(this.#unread.slice(0, at));
        this.#unread = this.#unread.slice(at + mark.length);
        return text;
      }
      if (!await this.#more()) return undefined;
    }
  }

  async #exactly(length: number): Promise<Uint8Array> {
    while (this.#unread.length < length) if (!await this.#more()) throw new Error("The answer is cut off");
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const read = await this.#connection.read(buffer);
    if (read === null) return false;
    this.#unread = join(this.#unread, buffer.subarray(0, read));
    return true;
  }
}
