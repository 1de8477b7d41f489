import type { ClientRequest, IncomingMessage } from "node:http";
import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import { ConnectError, connectFailed, exchangeBroken, ExchangeError } from "./connection_error.ts";

/** How long to wait, in milliseconds. */
export interface HttpBounds {
  /**
   * For a connection. A lost first packet is sent again after one second, which this leaves room for; and an agent
   * that restarted waits two seconds for its executors by default, which is more than one try.
   */
  readonly connect: number;
  /** From the connection to the end of an answer; of a stream, to its status line. */
  readonly answer: number;
}

export const defaultHttpBounds: HttpBounds = { connect: 1_500, answer: 10_000 };

/** One request and what bounds it. */
export interface ExchangeOptions {
  /** Begins the request, without its body. */
  readonly open: () => ClientRequest;
  readonly body: Uint8Array;
  /** Never sent a second time, also where the connection was closed before anybody knew. */
  readonly onlyOnce?: boolean | undefined;
  /** Whether it goes over TLS. */
  readonly secure: boolean;
  /** The endpoint in words, for errors. */
  readonly where: string;
  readonly clock: Clock;
  readonly bounds: HttpBounds;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and has `read` take from the answer what it wants, all within the bounds.
 *
 * @throws {ConnectError} when no connection came about
 * @throws {ExchangeError} when it broke, or no answer came in time
 * @throws the signal's reason when it is aborted before `read` is done
 */
export async function exchange<Result>(
  options: ExchangeOptions,
  read: (response: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  const { bounds, clock, signal, where } = options;
  signal.throwIfAborted();
  const request = options.open();
  const done = new AbortController();
  let connected = false;
  let answered = false;
  // Why we ended it ourselves. The library then tells of a broken connection, which says less.
  let ended: { readonly reason: unknown } | undefined;
  const end = (reason: unknown) => {
    ended ??= { reason };
    // Deno 2.9 sends a request on a connection that served one before once more when it is destroyed, on a new
    // connection and with nothing that bounds it, a defect. On a fresh one it does not.
    request.reusedSocket = false;
    request.destroy();
  };
  const bound = (milliseconds: number, stop: AbortSignal, makeError: () => MesoletError) => {
    clock.sleep(milliseconds, stop).then(() => end(makeError()), () => {});
  };
  const onAbort = () => end(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });

  const connecting = new AbortController();
  bound(
    bounds.connect,
    connecting.signal,
    () => new ConnectError(`Cannot connect to ${where}: no connection within ${bounds.connect / 1_000} s`),
  );
  const onConnected = () => {
    connected = true;
    connecting.abort();
    bound(
      bounds.answer,
      done.signal,
      () => new ExchangeError(`No answer of ${where} within ${bounds.answer / 1_000} s`),
    );
  };
  request.once("socket", (socket) => {
    if (request.reusedSocket) {
      // The library would send it once more by itself, on a new connection, when this one turns out to be closed.
      if (options.onlyOnce === true) request.reusedSocket = false;
      onConnected();
    } else socket.once(options.secure ? "secureConnect" : "connect", onConnected);
  });

  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", resolve);
      // Stays for good: an error that comes later, too, must find a listener.
      request.on("error", reject);
      request.end(options.body);
    });
    answered = true;
    return await read(response);
  } catch (error) {
    if (ended !== undefined) throw ended.reason;
    if (error instanceof MesoletError) throw error;
    if (!connected) throw connectFailed(where, error);
    throw exchangeBroken(where, error, request.reusedSocket && !answered);
  } finally {
    connecting.abort();
    done.abort();
    signal.removeEventListener("abort", onAbort);
  }
}
