import { type HostAndPort, readHost } from "./master_address.ts";

/** Knows where the leading master is, as far as anybody does. */
export interface MasterLocator {
  /**
   * The master to talk to now; waits for one.
   *
   * @param onWait is told what it waits for, each time that this is something else
   * @throws the signal's reason when it is aborted
   */
  find(signal: AbortSignal, onWait: (reason: string) => void): Promise<LocatedMaster>;
  /** Talking to that master came to nothing, or came to its end: the next answer may be another one. */
  failed(master: LocatedMaster): void;
  /**
   * A master says who leads: the `Location` of its 307.
   *
   * @returns whether the next answer is that one; not if it names none, or masters only name each other
   */
  redirected(master: LocatedMaster, location: string): boolean;
  /** Calls back when another master leads, until what it gives back is called. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** A master, and how it is spoken to. */
export interface LocatedMaster extends HostAndPort {
  readonly secure: boolean;
}

/** How many redirections are followed before another one of the list is asked. */
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

  // deno-lint-ignore require-await -- a signal that is aborted rejects, as with locators that wait
  async find(signal: AbortSignal): Promise<LocatedMaster> {
    signal.throwIfAborted();
    const master = this.#named?.master ?? this.#masters[this.#next];
    if (master === undefined) throw new RangeError("a list of masters is never empty");
    return master;
  }

  failed(): void {
    // A leader that was named is gone with its lead, and who named it may not know yet: the others are asked.
    this.#next = (this.#next + 1) % this.#masters.length;
    this.#named = undefined;
  }

  redirected({ secure }: LocatedMaster, location: string): boolean {
    const steps = (this.#named?.steps ?? 0) + 1;
    const host = hostOfLocation(location);
    if (host === undefined || steps > longestWay) return false;
    // Never from TLS to none: what we say of ourselves would be readable.
    this.#named = { master: { ...host, secure }, steps };
    return true;
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
