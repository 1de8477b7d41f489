import { type HostAndPort, readHost } from "./master_address.ts";

/** Knows where the leading master is, as far as anybody does. */
export interface MasterLocator {
  /**
   * The master to talk to now; waits for one.
   *
   * @throws the signal's reason when it is aborted
   */
  find(signal: AbortSignal): Promise<LocatedMaster>;
  /** Talking to that master came to nothing: the next answer may be another one. */
  failed(master: LocatedMaster): void;
  /** A master says who leads: the `Location` of its 307. */
  redirected(master: LocatedMaster, location: string): void;
  /** Calls back when another master leads, until what it gives back is called. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** A master, and how it is spoken to. */
export interface LocatedMaster extends HostAndPort {
  readonly secure: boolean;
}

/** How many redirections are followed before the list is asked again. */
const longestWay = 5;

/** Masters by name. One after the other is asked; those that do not lead say who does. */
export class ListedMasters implements MasterLocator {
  readonly #masters: readonly LocatedMaster[];
  #next = 0;
  /** Whom a master named as the leader, and after how many steps. */
  #named: { readonly master: LocatedMaster; readonly steps: number } | undefined;

  constructor(masters: readonly HostAndPort[], secure: boolean) {
    this.#masters = masters.map((master) => ({ ...master, secure }));
  }

  find(signal: AbortSignal): Promise<LocatedMaster> {
    signal.throwIfAborted();
    const master = this.#named?.master ?? this.#masters[this.#next % this.#masters.length];
    return master === undefined
      ? Promise.reject(new RangeError("a list of masters is never empty"))
      : Promise.resolve(master);
  }

  failed(): void {
    // A leader that was named is gone with its lead: the others know who leads now.
    if (this.#named === undefined) this.#next++;
    this.#named = undefined;
  }

  redirected({ secure }: LocatedMaster, location: string): void {
    const steps = (this.#named?.steps ?? 0) + 1;
    const host = hostOfLocation(location);
    if (host === undefined || steps > longestWay) return this.failed();
    this.#named = { master: { ...host, secure }, steps };
  }

  onChange(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The server in `//host:port/api/v1/scheduler`, as masters write it, or in a whole URL. */
function hostOfLocation(location: string): HostAndPort | undefined {
  const [, host = ""] = /^(?:https?:)?\/\/([^/]+)/.exec(location) ?? [];
  return readHost(host, 5050);
}
