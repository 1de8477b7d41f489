import { Duplex } from "node:stream";
import type { Engine } from "./engine.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";

/** A connection that could not be made or broke, in words without a full stop. */
export class PortError extends MesoletError {
  override readonly name: string = "PortError";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.unavailable, options);
  }
}

/** Bytes that are held for a reader; what answers more than this at once is no answer to a check. */
const mostHeld = 4 * 1024 * 1024;

/** Numbers of errors that a relay ends with: `errno(3)`. */
const errors: Readonly<Record<number, string>> = {
  99: "the namespace has no such address",
  101: "the network is unreachable",
  104: "the connection was reset",
  110: "the connection timed out",
  111: "nobody listens",
  113: "no route",
};

/** What the relay of the pause image is told: see `docker/relay_program.ts`. */
export function relayCommand(
  port: number,
  version: 4 | 6,
  seconds: number,
  connectOnly: boolean,
): readonly string[] {
  return ["/relay", `${port}`, `${version}`, `${Math.max(1, seconds)}`, ...(connectOnly ? ["connect"] : [])];
}

/** The end of a relay in words. */
function relayEndInWords(exitCode: number): string {
  if (exitCode === 142) return "no answer in time";
  if (exitCode === 126 || exitCode === 127) return "the pause container has no relay";
  return errors[exitCode] ?? `the relay ended with code ${exitCode}`;
}

/**
 * A connection to a port inside a namespace, as a stream of bytes in both directions: each is one `exec` of the relay.
 * Destroying it, or aborting `signal`, ends the connection. It is destroyed with a {@linkcode PortError} when the
 * connection cannot be made.
 */
export function relayStream(
  engine: Pick<Engine, "execute">,
  container: string,
  command: readonly string[],
  signal: AbortSignal,
): Duplex {
  const ended = new AbortController();
  let input: ReadableStreamDefaultController<Uint8Array> | undefined;
  let held = 0;
  const stdin = new ReadableStream<Uint8Array>({ start: (controller) => void (input = controller) });
  const stream = new Duplex({
    read() {
      held = 0;
    },
    write(chunk: Uint8Array, _encoding, callback) {
      input?.enqueue(chunk);
      callback();
    },
    final(callback) {
      input?.close();
      input = undefined;
      callback();
    },
    destroy(error, callback) {
      ended.abort();
      callback(error);
    },
  });
  engine.execute(container, {
    command,
    tty: false,
    stdin,
    onOutput(kind, bytes) {
      if (kind !== "stdout" || stream.destroyed) return;
      held += bytes.length;
      if (held > mostHeld) stream.destroy(new PortError("the answer is too long"));
      else stream.push(bytes);
    },
  }, AbortSignal.any([signal, ended.signal])).then(({ exitCode }) => {
    if (stream.destroyed) return;
    if (exitCode === 0) stream.push(null);
    else stream.destroy(new PortError(relayEndInWords(exitCode)));
  }, (error) => {
    if (!stream.destroyed) stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return stream;
}
