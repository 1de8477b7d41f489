import { createConnection } from "node:net";
import type { Clock } from "../../../pod/clock.ts";
import { formatHost, type HostAndPort } from "../../detector/master_address.ts";
import type { MasterLocator } from "../../detector/master_locator.ts";
import { BackOff } from "../session/back_off.ts";

/** How this host is reached from where the master is. */
export interface AddressTowards {
  /** An IP address of this host. */
  readonly address: string;
  /** Whether none but this host can reach it. */
  readonly isLoopback: boolean;
}

/** From a connection to its answer, and between attempts at most; milliseconds. */
const connectBound = 2_000;
const longestPause = 15_000;

/**
 * The address that this host has towards its master: that of a connection to it, which is what agents of the same
 * network can most likely reach. Waits until a master can be connected to.
 *
 * @param options.onWait is told what it waits for, each time that this is something else
 * @throws the signal's reason when it is aborted
 */
export async function addressTowards(
  { locator, clock, random, signal, onWait }: {
    readonly locator: MasterLocator;
    readonly clock: Clock;
    /** In [0, 1). */
    readonly random: () => number;
    readonly signal: AbortSignal;
    readonly onWait: (reason: string) => void;
  },
): Promise<AddressTowards> {
  const backOff = new BackOff(longestPause, random);
  let told = "";
  const tell = (reason: string) => {
    if (reason !== told) onWait(reason);
    told = reason;
  };
  for (;;) {
    const master = await locator.find(signal, tell);
    const address = await localAddress(master, clock, signal);
    if (address !== undefined) return { address, isLoopback: isLoopback(address) };
    signal.throwIfAborted();
    tell(`nobody answers at the master's ${formatHost(master)}`);
    locator.failed(master);
    await clock.sleep(backOff.next(0), signal);
  }
}

/** The local end of a connection; undefined when there is none in time. */
async function localAddress(
  { hostname, port }: HostAndPort,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const over = new AbortController();
  const socket = createConnection({ host: hostname, port });
  const found = new Promise<string | undefined>((resolve) => {
    socket.once("connect", () => resolve(socket.localAddress));
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
  const late = clock.sleep(connectBound, AbortSignal.any([over.signal, signal])).catch(() => {});
  try {
    return withoutMapping(await Promise.race([found, late.then(() => undefined)]));
  } finally {
    over.abort();
    socket.destroy();
  }
}

/** `::ffff:10.0.0.5` is an IPv4 address. */
function withoutMapping(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, "");
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
