import net from "node:net";
import type { Duplex } from "node:stream";
import type { Engine } from "./engine.ts";
import { PortError, relayCommand, relayStream } from "./relay_stream.ts";

/** Where the ports of a pod are asked. */
export type PortSource =
  /** Inside the network namespace of this container, which has the relay of the pause image. */
  | { readonly kind: "relay"; readonly container: string }
  /** From here, at the loopback of the host. */
  | { readonly kind: "host" }
  /** From here, at an address of the container. */
  | { readonly kind: "addresses"; readonly addresses: readonly string[] };

/** A port of a pod, and how it is reached. */
export interface PodPort {
  readonly source: PortSource;
  readonly port: number;
  readonly version: 4 | 6;
  /** After so many whole seconds a relay ends by itself, whatever has become of us. */
  readonly seconds: number;
}

/** Opens a connection. The stream is destroyed with an error when that fails; the caller destroys it in the end. */
export function openPort(to: PodPort, engine: Pick<Engine, "execute">, signal: AbortSignal): Duplex {
  if (to.source.kind === "relay") {
    return relayStream(
      engine,
      to.source.container,
      relayCommand(to.port, to.version, to.seconds, false),
      signal,
    );
  }
  return net.connect({ host: addressOf(to), port: to.port });
}

/**
 * Whether a port takes connections.
 *
 * @throws {MesoletError} when that cannot be found out
 * @throws the signal's reason when it is aborted
 */
export async function takesConnections(
  to: PodPort,
  engine: Pick<Engine, "execute">,
  signal: AbortSignal,
): Promise<boolean> {
  if (to.source.kind === "relay") return await relayConnects(to, to.source.container, engine, signal);
  const socket = net.connect({ host: addressOf(to), port: to.port });
  const onAbort = () => socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const connected = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => resolve(false));
    });
    signal.throwIfAborted();
    return connected;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

async function relayConnects(
  to: PodPort,
  container: string,
  engine: Pick<Engine, "execute">,
  signal: AbortSignal,
): Promise<boolean> {
  const command = relayCommand(to.port, to.version, to.seconds, true);
  const { exitCode } = await engine.execute(container, { command, tty: false, onOutput: () => {} }, signal);
  // 126 and 127: there is no relay. Others are numbers of errors of the connection.
  if (exitCode === 126 || exitCode === 127) {
    throw new PortError("the pause container has no relay");
  }
  return exitCode === 0;
}

/** @throws {PortError} where the container has no address of that kind */
function addressOf({ source, version }: PodPort): string {
  if (source.kind !== "addresses") return version === 6 ? "::1" : "127.0.0.1";
  const address = source.addresses.find((one) => one.includes(":") === (version === 6));
  if (address === undefined) throw new PortError(`the container has no IPv${version} address`);
  return address;
}
