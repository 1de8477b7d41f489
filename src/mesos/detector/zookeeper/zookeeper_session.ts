import type { Clock } from "../../../pod/clock.ts";
import { MesoletError, messageOf } from "../../../pod/errors.ts";
import { untilAborted } from "../../../supervisor/until_aborted.ts";
import { formatHost, type HostAndPort } from "../master_address.ts";
import type { JuteReader, JuteWriter } from "./jute.ts";
import { isProblem, ZookeeperError } from "./zookeeper_error.ts";
import { ZookeeperLink } from "./zookeeper_link.ts";
import { createBody, type NewNode, noTicket, operations, type SessionTicket } from "./zookeeper_requests.ts";

/** What a session needs. */
export interface ZookeeperOptions {
  /** At least one. */
  readonly servers: readonly HostAndPort[];
  /** `user:password`, for the digest scheme. */
  readonly authority?: string;
  /** How long servers wait for a client that is silent; milliseconds. They have bounds of their own. */
  readonly timeout?: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Is told why there is no connection; every attempt tells. */
  readonly onTrouble?: (reason: string) => void;
}

/** A node's content. */
export interface NodeContent {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Counts changes. */
  readonly version: number;
}

/** Ten seconds are what Mesos uses. */
const usualTimeout = 10_000;

/** The longest pause after all servers were tried; milliseconds. */
const longestPause = 1_000;

/** How long a server may take for the end of a session; milliseconds. */
const closeBound = 1_000;

/**
 * A session with ZooKeeper, over however many connections to whichever of its servers. Requests wait for a connection.
 *
 * Every method throws a {@linkcode ZookeeperError}. After `connection-lost` what was asked for may have been done.
 *
 * A watch is called once, and is a hint: something may be different at that path. Every new connection calls all of
 * them, so that nothing is missed and nothing has to be told to the next server.
 */
export class ZookeeperSession {
  readonly #options: ZookeeperOptions;
  readonly #ended = new AbortController();
  readonly #watches = new Map<string, Set<() => void>>();
  readonly #running: Promise<void>;
  #link: ZookeeperLink | undefined;
  #linked = Promise.withResolvers<void>();
  #ticket: SessionTicket = noTicket;
  #timeout: number;
  #transaction = 0n;
  /** The newest moment of which it is known that a server heard of us after it. */
  #contactAt = 0;
  #closing = false;

  constructor(options: ZookeeperOptions) {
    this.#options = options;
    this.#timeout = options.timeout ?? usualTimeout;
    this.#running = this.#run();
  }

  /**
   * Aborted when the session is over: by `close`, because a server says so, or because servers may have taken it for
   * dead by now. Never later than the moment at which the first of them does.
   */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** For people: `z1:2181,z2:2181`. */
  get where(): string {
    return this.#options.servers.map(formatHost).join(",");
  }

  /** The names of a node's children. @param watch when children come or go, or the node goes */
  async children(path: string, watch?: () => void): Promise<readonly string[]> {
    return (await this.#watching(path, watch, operations.getChildren, "list")).strings();
  }

  /** @param watch when the content changes, or the node goes */
  async read(path: string, watch?: () => void): Promise<NodeContent> {
    const reader = await this.#watching(path, watch, operations.getData, "read");
    const data = reader.buffer();
    // Numbers and times of its creation and last change come before.
    for (let skipped = 0; skipped < 4; skipped++) reader.long();
    return { data, version: reader.int() };
  }

  /** @param watch when the node comes, changes or goes */
  async exists(path: string, watch?: () => void): Promise<boolean> {
    try {
      await this.#watching(path, watch, operations.exists, "look for");
      return true;
    } catch (error) {
      if (isProblem(error, "no-node")) return false;
      throw error;
    }
  }

  /** Makes a node. With `authority`, others may only read it. @returns its path, with its digits */
  async create(path: string, data: Uint8Array, node: NewNode = {}): Promise<string> {
    const own = this.#options.authority !== undefined;
    const reader = await this.#request(
      operations.create,
      `Cannot make ${path}`,
      (writer) => createBody(writer, path, data, node, own),
    );
    return reader.string();
  }

  /** Replaces a node's content. @param version `bad-version` if it has another one by now */
  async write(path: string, data: Uint8Array, version: number): Promise<void> {
    await this.#request(operations.setData, `Cannot write ${path}`, (writer) => {
      writer.string(path).buffer(data).int(version);
    });
  }

  async delete(path: string): Promise<void> {
    const any = -1;
    await this.#request(operations.delete, `Cannot delete ${path}`, (writer) => writer.string(path).int(any));
  }

  /** Ends the session, and with it its ephemeral nodes: at once when there is a connection, else after its time. */
  async close(): Promise<void> {
    const link = this.#link;
    this.#closing = true;
    if (link !== undefined && !this.ended.aborted) {
      const done = new AbortController();
      const farewell = link.request(operations.closeSession, "Cannot end the session").then(
        () => {},
        () => {},
      );
      await Promise.race([
        farewell,
        this.#options.clock.sleep(closeBound, done.signal).catch(() => {}),
      ]);
      done.abort();
    }
    this.#end("The session with ZooKeeper was closed");
    await this.#running;
  }

  #end(why: string): void {
    if (this.ended.aborted) return;
    const reason = new ZookeeperError("session-over", why);
    this.#ended.abort(reason);
    this.#link?.close(reason);
    this.#callWatches([...this.#watches.keys()]);
  }

  async #run(): Promise<void> {
    const { servers, clock, random, onTrouble } = this.#options;
    // Not all clients go to the same server first.
    let next = Math.floor(random() * servers.length);
    const expiry = this.#watchExpiry();
    for (let failures = 0; !this.ended.aborted; next++) {
      const server = servers[next % servers.length];
      if (server === undefined) throw new RangeError("ZooKeeper has at least one server");
      try {
        if (await this.#converse(server)) failures = 0;
      } catch (error) {
        if (!(error instanceof MesoletError)) throw error;
        if (!this.ended.aborted && !this.#closing) onTrouble?.(error.message);
      }
      if (++failures % servers.length !== 0) continue;
      // Short enough for several rounds before a session expires.
      const pause = Math.min(longestPause, this.#timeout / 10);
      await clock.sleep(pause * (1 - random() / 2), this.ended).catch(() => {});
    }
    await expiry;
  }

  /** Keeps the session on one server. @returns whether that came about, when it is over */
  async #converse(server: HostAndPort): Promise<boolean> {
    const { clock, authority } = this.#options;
    const bounded = new AbortController();
    const late = () =>
      bounded.abort(
        new ZookeeperError("connection-lost", `ZooKeeper at ${formatHost(server)} does not answer`),
      );
    // Another server is to be reached before the session expires.
    const bound = Math.max(1_000, this.#timeout / 3 / this.#options.servers.length);
    const done = new AbortController();
    clock.sleep(bound, done.signal).then(late, () => {});
    const signal = AbortSignal.any([bounded.signal, this.ended]);
    let link: ZookeeperLink | undefined;
    const leave = () => link?.close(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    try {
      link = await ZookeeperLink.connect(server, clock, {
        onEvent: (path) => this.#callWatches([path]),
        onContact: (sentAt) => this.#contactAt = Math.max(this.#contactAt, sentAt),
        onTransaction: (number) => this.#transaction = number,
      }, signal);
      if (signal.aborted) leave();
      const { timeout, ticket } = await link.greet(this.#transaction, this.#timeout, this.#ticket);
      done.abort();
      if (timeout <= 0) {
        this.#end("The session with ZooKeeper has expired");
        return false;
      }
      this.#timeout = timeout;
      this.#ticket = ticket;
      await this.#keep(link, authority);
      return true;
    } finally {
      done.abort();
      signal.removeEventListener("abort", leave);
      link?.close(new ZookeeperError("connection-lost", "Lost the connection to ZooKeeper"));
      await link?.serve();
    }
  }

  async #keep(link: ZookeeperLink, authority: string | undefined): Promise<void> {
    // At once: whoever asks next has to wait for the next link.
    const unlink = () => {
      this.#link = undefined;
      this.#linked = Promise.withResolvers();
    };
    link.over.addEventListener("abort", unlink, { once: true });
    const serving = link.serve();
    if (authority !== undefined) link.authenticate(authority);
    this.#link = link;
    this.#linked.resolve();
    const pinging = this.#ping(link);
    this.#callWatches([...this.#watches.keys()]);
    await serving;
    await pinging;
    if (!this.ended.aborted && !this.#closing) this.#options.onTrouble?.(messageOf(link.over.reason));
  }

  /** A server that says nothing for two thirds of the time is left while there is time to reach another one. */
  async #ping(link: ZookeeperLink): Promise<void> {
    try {
      for (;;) {
        await this.#options.clock.sleep(this.#timeout / 3, link.over);
        link.ping(this.#timeout * 0.6);
      }
    } catch {
      // The link is over.
    }
  }

  /** Servers count from the last that they heard, which was after the last of ours that they answered was sent. */
  async #watchExpiry(): Promise<void> {
    const { clock } = this.#options;
    try {
      await untilAborted(this.#linked.promise, this.ended);
      for (;;) {
        const left = this.#contactAt + this.#timeout - clock.elapsed();
        if (left <= 0) break;
        await clock.sleep(left, this.ended);
      }
      this.#end("The session with ZooKeeper has expired: no server was heard of in time");
    } catch {
      // It is over for another reason.
    }
  }

  async #watching(
    path: string,
    watch: (() => void) | undefined,
    operation: number,
    verb: string,
  ): Promise<JuteReader> {
    // Before it is asked for: the event may come right behind the answer.
    if (watch !== undefined) this.#watch(path, watch);
    return await this.#request(operation, `Cannot ${verb} ${path}`, (writer) => {
      writer.string(path).boolean(watch !== undefined);
    });
  }

  #watch(path: string, watch: () => void): void {
    const watches = this.#watches.get(path) ?? new Set();
    this.#watches.set(path, watches.add(watch));
    if (this.ended.aborted) this.#callWatches([path]);
  }

  #callWatches(paths: readonly string[]): void {
    for (const path of paths) {
      const watches = this.#watches.get(path) ?? [];
      this.#watches.delete(path);
      for (const watch of watches) watch();
    }
  }

  async #request(
    operation: number,
    what: string,
    body: (writer: JuteWriter) => void,
  ): Promise<JuteReader> {
    while (this.#link === undefined) await untilAborted(this.#linked.promise, this.ended);
    return await this.#link.request(operation, `${what} in ZooKeeper`, body);
  }
}
