import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { ListenAddress } from "./listen_address.ts";

/** What a server takes connections from. */
export interface OpenListener {
  readonly address: string;
  /** Ends when the listener is closed. */
  readonly connections: AsyncIterable<Deno.Conn>;
  /** Takes a socket of the file system away. */
  close(): Promise<void>;
}

/**
 * Listens. A unix socket is for its owner alone, and one that a process left behind when it was killed is replaced.
 *
 * @throws {MesoletError} when that is not possible
 */
export async function openListener(address: ListenAddress, clock: Clock): Promise<OpenListener> {
  return address.kind === "unix" ? await listenUnix(address.path, clock) : listenTcp(address, clock);
}

function listenTcp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  clock: Clock,
): OpenListener {
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ hostname, port });
  } catch (error) {
    throw refused(`${hostname}:${port}`, error);
  }
  const { hostname: host, port: actual } = listener.addr;
  return {
    address: `http://${host.includes(":") ? `[${host}]` : host}:${actual}/`,
    connections: accepted(listener, clock),
    close() {
      listener.close();
      return Promise.resolve();
    },
  };
}

async function listenUnix(path: string, clock: Clock): Promise<OpenListener> {
  const address = `unix:${path}`;
  let listener: Deno.UnixListener;
  try {
    listener = bindUnix(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw refused(address, error);
    await removeStale(path);
    try {
      listener = bindUnix(path);
    } catch (second) {
      throw refused(address, second);
    }
  }
  const ours = await Deno.lstat(path);
  return {
    address,
    connections: accepted(listener, clock),
    async close() {
      listener.close();
      // Somebody may have put something else there meanwhile.
      const there = await Deno.lstat(path).catch(() => undefined);
      if (there?.ino === ours.ino && there.dev === ours.dev) await Deno.remove(path).catch(() => {});
    },
  };
}

/** Nothing can come between here, so that the mask is nobody else's; a change of mode afterwards would be too late. */
function bindUnix(path: string): Deno.UnixListener {
  const mask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(mask);
  }
}

/** A socket that nobody listens at refuses connections; whatever else is there stays. */
async function removeStale(path: string): Promise<void> {
  const address = `unix:${path}`;
  const { isSocket } = await Deno.lstat(path).catch((error) => {
    throw refused(address, error);
  });
  if (isSocket !== true) {
    throw cannotListen(address, "there is something else than a socket; choose another path");
  }
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return await Deno.remove(path);
    throw refused(address, error);
  }
  throw cannotListen(address, inUse);
}

const inUse = "another process listens there; choose another with --listen, or none";

function refused(address: string, error: unknown): MesoletError {
  if (error instanceof Deno.errors.AddrInUse) return cannotListen(address, inUse, error);
  return cannotListen(address, messageOf(error), error);
}

function cannotListen(address: string, why: string, cause?: unknown): MesoletError {
  const code = cause instanceof Deno.errors.PermissionDenied ? ExitCode.permission : ExitCode.osError;
  return new MesoletError(
    `Cannot listen at ${address}: ${why}`,
    code,
    cause === undefined ? undefined : { cause },
  );
}

/** A connection that breaks before it is accepted, or a moment without free descriptors, ends nothing. */
async function* accepted(
  listener: Deno.Listener,
  clock: Clock,
): AsyncGenerator<Deno.Conn, void, undefined> {
  while (true) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      await clock.sleep(50);
    }
  }
}
