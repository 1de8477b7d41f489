import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import { untilAborted } from "../../supervisor/until_aborted.ts";
import { formatHost, type HostAndPort, type MasterAddress } from "./master_address.ts";
import type { LocatedMaster, MasterLocator } from "./master_locator.ts";
import { isProblem } from "./zookeeper/zookeeper_error.ts";
import { ZookeeperSession } from "./zookeeper/zookeeper_session.ts";

/** Where masters announce themselves, and what is needed to look there. */
export interface ZookeeperMastersOptions {
  readonly address: Extract<MasterAddress, { readonly kind: "zookeeper" }>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Of the session with ZooKeeper, in milliseconds. */
  readonly timeout?: number;
}

/** Pause after ZooKeeper refused something, in milliseconds: it is for people to mend. */
const refusalPause = 5_000;

/**
 * The master that leads according to ZooKeeper. Masters have a node each below a path, and the one with the lowest
 * number leads. While ZooKeeper is out of reach, the last one that is known counts.
 */
export class ZookeeperMasters implements MasterLocator {
  readonly #options: ZookeeperMastersOptions;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #running: Promise<void>;
  #leader: LocatedMaster | undefined;
  /** Why there is none, or none that is known for sure. */
  #reason: string | undefined;
  #news = Promise.withResolvers<void>();

  constructor(options: ZookeeperMastersOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async find(signal: AbortSignal, onWait: (reason: string) => void): Promise<LocatedMaster> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#reason !== undefined) onWait(this.#reason);
      if (this.#leader !== undefined) return this.#leader;
      await untilAborted(this.#news.promise, signal);
    }
  }

  failed(): void {
    // ZooKeeper knows who leads, as soon as anybody does.
  }

  redirected(): boolean {
    // A master that leads and does not know it yet: it is asked once more.
    return false;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { address, clock, random, timeout } = this.#options;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const session = new ZookeeperSession({
        servers: address.servers,
        clock,
        random,
        onTrouble: (reason) => this.#tell(reason),
        ...(address.authority === undefined ? {} : { authority: address.authority }),
        ...(timeout === undefined ? {} : { timeout }),
      });
      try {
        await untilAborted(this.#watch(session), signal);
      } catch (error) {
        if (!signal.aborted && !(error instanceof MesoletError)) throw error;
        if (!signal.aborted && !isProblem(error, "session-over", "connection-lost")) {
          this.#tell(error instanceof Error ? error.message : String(error));
          await clock.sleep(refusalPause, signal).catch(() => {});
        }
      } finally {
        await session.close();
      }
    }
  }

  /** Follows the lead until the session is over. */
  async #watch(session: ZookeeperSession): Promise<never> {
    for (;;) {
      const changed = Promise.withResolvers<void>();
      try {
        const found = await findLeader(session, this.#options.address, changed.resolve);
        if (typeof found === "string") this.#lost(found);
        else this.#lead(found);
        await changed.promise;
      } catch (error) {
        if (!isProblem(error, "connection-lost")) throw error;
      }
      session.ended.throwIfAborted();
    }
  }

  #lead(leader: LocatedMaster): void {
    const before = this.#leader;
    this.#leader = leader;
    this.#reason = undefined;
    this.#wake();
    if (before !== undefined && formatHost(before) === formatHost(leader)) return;
    for (const listener of [...this.#listeners]) listener();
  }

  #lost(reason: string): void {
    this.#leader = undefined;
    this.#tell(reason);
  }

  #tell(reason: string): void {
    if (this.#reason === reason) return;
    this.#reason = reason;
    this.#wake();
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

/** The master that leads, or why there is none. @param watch is called when that may have changed */
async function findLeader(
  session: ZookeeperSession,
  { path, secure }: ZookeeperMastersOptions["address"],
  watch: () => void,
): Promise<LocatedMaster | string> {
  const place = `${path} of ZooKeeper at ${session.where}`;
  let names: readonly string[];
  try {
    names = await session.children(path, watch);
  } catch (error) {
    if (!isProblem(error, "no-node")) throw error;
    // Asked for once more only so that it is told when it comes.
    if (await session.exists(path, watch)) watch();
    return `there is no ${place}: no master has been there yet, or they have another path`;
  }
  const [lowest] = names.flatMap((name) => {
    const digits = /^json\.info_(\d+)$/.exec(name)?.[1];
    return digits === undefined ? [] : [{ name, number: Number(digits) }];
  }).sort((one, other) => one.number - other.number);
  if (lowest === undefined) return `no master leads: there is none in ${place}`;
  try {
    const { data } = await session.read(`${path}/${lowest.name}`);
    const leader = readMaster(new TextDecoder().decode(data), secure);
    return leader ?? `what ${lowest.name} in ${place} says is not the address of a master`;
  } catch (error) {
    if (!isProblem(error, "no-node")) throw error;
    // It went in between, which is a change that is told.
    return `no master leads: ${lowest.name} in ${place} has just gone`;
  }
}

/**
 * Reads a MasterInfo in JSON. Masters listen at the address and are called by the name, which may not be known here; a
 * certificate is mostly for the name.
 */
function readMaster(text: string, secure: boolean): LocatedMaster | undefined {
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch {
    return undefined;
  }
  const address = memberOf(info, "address");
  const ip = memberOf(address, "ip");
  const name = memberOf(address, "hostname") ?? memberOf(info, "hostname");
  const port = memberOf(address, "port") ?? memberOf(info, "port");
  const [hostname] = (secure ? [name, ip] : [ip, name]).filter((one): one is string =>
    typeof one === "string" && one !== "" && one !== "0.0.0.0" && one !== "::"
  );
  if (hostname === undefined || typeof port !== "number" || !isPort(port)) return undefined;
  const host: HostAndPort = { hostname, port };
  return { ...host, secure };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
