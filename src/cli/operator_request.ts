import type { IncomingMessage, RequestOptions } from "node:http";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { OperatorAddress } from "./operator_address.ts";

/** Bounds in milliseconds. */
export interface OperatorBounds {
  /** From the request to the head of the answer. */
  readonly answer: number;
  /** Of a stream: so long without a byte, and it is taken for lost. Absent: it may be silent. */
  readonly silence?: number;
}

export const usualBounds: OperatorBounds = { answer: 10_000 };

/** Nobody answers at the address of an operator, or what was said broke off. */
export class OperatorUnreachable extends MesoletError {
  override readonly name: string = "OperatorUnreachable";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.unavailable, options);
  }
}

/** An answer of which the head has come. */
export interface OperatorAnswer {
  readonly status: number;
  /** Media type without parameters. */
  readonly type: string;
  /** Can be read once. Leaving it ends the request. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Whom to ask, and for how long. */
export interface OperatorRequest {
  readonly address: OperatorAddress;
  /** With the query, as it goes over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bounds: OperatorBounds;
  readonly clock: Clock;
}

/**
 * Asks an operator. It goes through `node:http`: Deno's own fetch names the host in the request's path, as to a proxy,
 * when it is to use a socket.
 *
 * @throws {OperatorUnreachable} nobody answers in time; also while the body is read
 * @throws the signal's reason
 */
export async function askOperator(wanted: OperatorRequest, signal: AbortSignal): Promise<OperatorAnswer> {
  const { address, bounds, clock } = wanted;
  signal.throwIfAborted();
  const over = new AbortController();
  let lapse: OperatorUnreachable | undefined;
  const onAbort = () => over.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let timer = new AbortController();
  const bound = (milliseconds: number | undefined) => {
    timer.abort();
    timer = new AbortController();
    if (milliseconds === undefined) return;
    clock.sleep(milliseconds, timer.signal).then(() => {
      lapse = new OperatorUnreachable(
        `the operator at ${address.text} says nothing for ${milliseconds / 1_000} s`,
      );
      over.abort(lapse);
    }, () => {});
  };
  const finish = () => {
    timer.abort();
    signal.removeEventListener("abort", onAbort);
    over.abort();
  };
  const failed = (error: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    return lapse ?? new OperatorUnreachable(reasonOf(address.text, error), { cause: error });
  };
  bound(bounds.answer);
  let message: IncomingMessage;
  try {
    message = await begin(wanted, over.signal);
  } catch (error) {
    finish();
    throw failed(error);
  }
  bound(bounds.silence ?? undefined);
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of message) {
        const bytes: Uint8Array = piece;
        timer.abort();
        yield bytes;
        bound(bounds.silence);
      }
    } catch (error) {
      throw failed(error);
    } finally {
      finish();
    }
  }
  return {
    status: message.statusCode ?? 0,
    type: (message.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "",
    body: body(),
  };
}

async function begin(
  { address, path, headers = {} }: OperatorRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request } = address.kind === "tcp" && address.secure
    ? await import("node:https")
    : await import("node:http");
  const target: RequestOptions = address.kind === "unix"
    ? { socketPath: address.path, path }
    : { host: address.hostname, port: address.port, path: `${address.base}${path}` };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request({ ...target, method: "GET", headers, agent: false, signal }, (message) => {
    // Whoever reads the body is told; without a listener nobody else must be.
    message.on("error", () => {});
    resolve(message);
  });
  // Stays for good: an error that comes later, too, must find a listener.
  sent.on("error", reject);
  sent.end();
  return await promise;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOENT: "there is no such socket",
  EACCES: "permission denied",
  ENOTFOUND: "the name of the host is not known",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "the host does not answer",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
};

function reasonOf(where: string, error: unknown): string {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const said = reasons[code] ?? (error instanceof Error && error.message !== "" ? error.message : code);
  if (code.startsWith("HPE_")) return `what listens at ${where} does not speak HTTP: check --operator`;
  return `cannot reach an operator at ${where}: ${said}. Is it running, and is that its --listen?`;
}
