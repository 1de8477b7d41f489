import type { Clock } from "../../../pod/clock.ts";
import { MesoletError } from "../../../pod/errors.ts";
import { untilAborted } from "../../../supervisor/until_aborted.ts";
import { formatHost, type HostAndPort } from "../master_address.ts";
import { JuteReader, type JuteWriter } from "./jute.ts";
import { errorOfCode, ZookeeperError } from "./zookeeper_error.ts";
import {
  authBody,
  connectRequest,
  operations,
  request,
  type SessionTicket,
  specialNumbers,
} from "./zookeeper_requests.ts";

/** A server's messages are not longer: it takes a megabyte at most in one node by default. */
const longestMessage = 16 * 1024 * 1024;

/** What a link tells its session. */
export interface LinkListener {
  /** Something that was watched at this path is not what it was. */
  onEvent(path: string): void;
  /** The server has answered what was sent at that moment of the clock's `elapsed`. */
  onContact(sentAt: number): void;
  /** The number of the newest transaction. */
  onTransaction(number: bigint): void;
}

/** The session as a server sees it. */
export interface Welcome {
  readonly ticket: SessionTicket;
  /** Milliseconds, as the server has it; 0 for a session that has expired. */
  readonly timeout: number;
}

interface Pending {
  readonly number: number;
  readonly what: string;
  readonly sentAt: number;
  readonly reply: PromiseWithResolvers<JuteReader>;
}

/** One connection to one server, from the greeting on. */
export class ZookeeperLink {
  readonly #connection: Deno.Conn;
  readonly #where: string;
  readonly #clock: Clock;
  readonly #listener: LinkListener;
  readonly #over = new AbortController();
  readonly #pending: Pending[] = [];
  readonly #pings: number[] = [];
  readonly #messages: AsyncGenerator<Uint8Array>;
  #heardAt: number;
  #number = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(connection: Deno.Conn, where: string, clock: Clock, listener: LinkListener) {
    this.#connection = connection;
    this.#where = where;
    this.#clock = clock;
    this.#listener = listener;
    this.#heardAt = clock.elapsed();
    this.#messages = this.#read();
  }

  /** Connects. @throws {ZookeeperError} when that does not come about; the signal's reason when it is aborted */
  static async connect(
    server: HostAndPort,
    clock: Clock,
    listener: LinkListener,
    signal: AbortSignal,
  ): Promise<ZookeeperLink> {
    const where = formatHost(server);
    try {
      const connection = await Deno.connect({ ...server, signal });
      connection.setNoDelay();
      return new ZookeeperLink(connection, where, clock, listener);
    } catch (cause) {
      signal.throwIfAborted();
      const why = cause instanceof Error ? cause.message.replace(/ \(os error \d+\)$/, "") : String(cause);
      throw new ZookeeperError("connection-lost", `Cannot connect to ZooKeeper at ${where}: ${why}`, {
        cause,
      });
    }
  }

  /** Aborted when the link is of no more use, with the reason. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Asks for the session, or for a new one. */
  async greet(seen: bigint, timeout: number, ticket: SessionTicket): Promise<Welcome> {
    const sentAt = this.#clock.elapsed();
    this.#write(connectRequest(seen, timeout, ticket));
    const { value } = await untilAborted(this.#messages.next(), this.over);
    if (value === undefined) throw this.#over.signal.reason;
    const reader = new JuteReader(value);
    reader.int();
    const granted = reader.int();
    const welcome = { timeout: granted, ticket: { id: reader.long(), password: reader.buffer() } };
    if (granted > 0) this.#listener.onContact(sentAt);
    return welcome;
  }

  /** Says who asks, for every later request. @param authority `user:password` */
  authenticate(authority: string): void {
    this.#write(request(specialNumbers.auth, operations.auth, (writer) => authBody(writer, authority)));
  }

  /** Shows that the session is alive, and ends a link that was silent for longer than `bound` milliseconds. */
  ping(bound: number): void {
    const now = this.#clock.elapsed();
    if (now - this.#heardAt > bound) {
      const silence = `ZooKeeper at ${this.#where} was silent for ${
        Math.round((now - this.#heardAt) / 1_000)
      } s`;
      return this.close(new ZookeeperError("connection-lost", silence));
    }
    this.#pings.push(now);
    this.#write(request(specialNumbers.ping, operations.ping));
  }

  /** @param what is asked for, for an error: `Cannot read /mesos in ZooKeeper` */
  async request(
    operation: number,
    what: string,
    body?: (writer: JuteWriter) => void,
  ): Promise<JuteReader> {
    this.over.throwIfAborted();
    const reply = Promise.withResolvers<JuteReader>();
    const number = ++this.#number;
    this.#pending.push({ number, what, sentAt: this.#clock.elapsed(), reply });
    this.#write(request(number, operation, body));
    return await reply.promise;
  }

  /** Reads answers and events until the link is over. */
  async serve(): Promise<void> {
    try {
      for await (const message of this.#messages) this.#hear(new JuteReader(message));
    } catch (error) {
      if (!(error instanceof MesoletError)) throw error;
      this.close(error);
    } finally {
      for (const { reply } of this.#pending.splice(0)) reply.reject(this.#over.signal.reason);
      await this.#writing;
    }
  }

  close(reason: unknown): void {
    if (this.over.aborted) return;
    this.#over.abort(reason);
    try {
      this.#connection.close();
    } catch {
      // The signal that it was made with has closed it.
    }
  }

  #hear(reader: JuteReader): void {
    const number = reader.int();
    const transaction = reader.long();
    const error = reader.int();
    if (number === specialNumbers.event) {
      reader.int();
      reader.int();
      return this.#listener.onEvent(reader.string());
    }
    if (number === specialNumbers.ping) {
      const sentAt = this.#pings.shift();
      if (sentAt !== undefined) this.#listener.onContact(sentAt);
      return;
    }
    if (number === specialNumbers.auth) {
      if (error !== 0) throw errorOfCode(error, `ZooKeeper at ${this.#where} refuses us`);
      return;
    }
    const pending = this.#pending.shift();
    if (pending?.number !== number) {
      if (pending !== undefined) this.#pending.unshift(pending);
      throw new ZookeeperError("connection-lost", `ZooKeeper at ${this.#where} answers out of turn`);
    }
    if (transaction > 0n) this.#listener.onTransaction(transaction);
    this.#listener.onContact(pending.sentAt);
    if (error === 0) pending.reply.resolve(reader);
    else pending.reply.reject(errorOfCode(error, pending.what));
  }

  #write(bytes: Uint8Array): void {
    this.#writing = this.#writing.then(async () => {
      try {
        for (let rest = bytes; rest.length > 0 && !this.over.aborted;) {
          rest = rest.subarray(await this.#connection.write(rest));
        }
      } catch (cause) {
        this.close(this.#lost(cause));
      }
    });
  }

  /** The messages of the server, each without its length. */
  async *#read(): AsyncGenerator<Uint8Array> {
    const piece = new Uint8Array(16 * 1024);
    let bytes = new Uint8Array();
    for (;;) {
      let read: number | null;
      try {
        read = await this.#connection.read(piece);
      } catch (cause) {
        return this.close(this.#lost(cause));
      }
      if (read === null) return this.close(this.#lost());
      this.#heardAt = this.#clock.elapsed();
      const joined = new Uint8Array(bytes.length + read);
      joined.set(bytes);
      joined.set(piece.subarray(0, read), bytes.length);
      bytes = joined;
      while (bytes.length >= 4) {
        const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
        if (length < 0 || length > longestMessage) {
          return this.close(
            new ZookeeperError("connection-lost", `${this.#where} does not speak as ZooKeeper does`),
          );
        }
        if (bytes.length < 4 + length) break;
        yield bytes.slice(4, 4 + length);
        bytes = bytes.slice(4 + length);
      }
    }
  }

  #lost(cause?: unknown): ZookeeperError {
    const words = `Lost the connection to ZooKeeper at ${this.#where}`;
    return new ZookeeperError("connection-lost", words, cause === undefined ? {} : { cause });
  }
}
