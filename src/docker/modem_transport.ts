import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
// @ts-types="@types/dockerode"
import Docker from "dockerode";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { type EngineAddress, formatEngineAddress, type TransportSecurity } from "./engine_address.ts";
import type { Transport, TransportAnswer, TransportContent, TransportRequest } from "./transport.ts";

/** What docker-modem's `dial` takes, as far as it is used here. */
interface Dial {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly options: { readonly _query: object; readonly _body: object };
  readonly file?: Buffer | Readable;
  readonly isStream: true;
  readonly hijack?: boolean;
  readonly openStdin?: boolean;
  readonly statusCodes: Readonly<Record<number, true>>;
  readonly abortSignal: AbortSignal;
}

interface Modem {
  dial(options: Dial, callback: (error: Error | null, result: unknown) => void): void;
}

// docker-modem makes errors of statuses that it is not told of, with the status inside a text. All are told, and
// judged by the caller.
const everyStatus: Readonly<Record<number, true>> = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [100 + index, true as const]),
);

/** Requests over dockerode's modem: TCP, TLS, and connections that become raw streams. */
export class ModemTransport implements Transport {
  readonly #modem: Modem;

  /** @throws {MesoletError} exit code 78, when the library refuses the settings (`DOCKER_HOST` is no URL) */
  constructor(address: EngineAddress, security: TransportSecurity | undefined) {
    this.#modem = makeModem(address, security);
  }

  async send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer> {
    const answer = await this.#dial(request, signal, false);
    if (isSocket(answer)) throw new Error("the engine switched to a raw stream that nobody asked for");
    return answerOf(answer, signal);
  }

  /** Sends a request that turns the connection into a raw stream; the answer itself, where the engine refuses that. */
  async hijack(
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<{ socket: Socket } | TransportAnswer> {
    const answer = await this.#dial(request, signal, true);
    return isSocket(answer) ? { socket: answer } : answerOf(answer, signal);
  }

  async #dial(
    request: TransportRequest,
    signal: AbortSignal,
    hijack: boolean,
  ): Promise<IncomingMessage | Socket> {
    const { method, target, headers, content } = request;
    const dial: Dial = {
      method,
      path: target,
      headers: { Connection: "close", ...headers },
      options: { _query: {}, _body: {} },
      ...(content === undefined ? {} : { file: await fileOf(content) }),
      ...(hijack ? { hijack: true, openStdin: true } : {}),
      isStream: true,
      statusCodes: everyStatus,
      abortSignal: signal,
    };
    return await new Promise((resolve, reject) => {
      this.#modem.dial(dial, (error, result) => {
        if (error !== null && error !== undefined) reject(error);
        // With `isStream`, dial gives the answer as it begins; with `hijack`, the socket where the engine switches.
        else resolve(result as IncomingMessage | Socket);
      });
    });
  }
}

function makeModem(address: EngineAddress, security: TransportSecurity | undefined): Modem {
  // Every option is given, absent ones too: the library would otherwise fill them from DOCKER_HOST, which may name
  // another engine than the one that was asked for.
  const options = {
    socketPath: address.kind === "unix" ? address.path : undefined,
    host: address.kind === "tcp" ? address.host : undefined,
    port: address.kind === "tcp" ? address.port : undefined,
    protocol: security === undefined ? "http" : "https",
    pathPrefix: "/",
    ca: security?.authority,
    cert: security?.certificate,
    key: security?.key,
    version: undefined,
    timeout: undefined,
    sshOptions: {},
  };
  try {
    // The library's types forbid undefined, its code means it.
    return new Docker(options as unknown as Docker.DockerOptions).modem;
  } catch (error) {
    throw new MesoletError(
      `Cannot prepare the connection to ${formatEngineAddress(address)}: ${String(error)}. ` +
        "Check DOCKER_HOST and DOCKER_CERT_PATH",
      ExitCode.configuration,
      { cause: error },
    );
  }
}

function isSocket(result: IncomingMessage | Socket): result is Socket {
  return !("statusCode" in result) && "end" in result;
}

/** Imports at the top would be some of the whole bundle, at every start. */
async function fileOf(content: TransportContent): Promise<Buffer | Readable> {
  if (content instanceof Uint8Array) {
    const { Buffer } = await import("node:buffer");
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  }
  const { Readable } = await import("node:stream");
  const file = Readable.from(content);
  // Whoever reads what is sent hears of it; nobody listens here, and the process would end for it.
  file.on("error", () => {});
  return file;
}

function answerOf(response: IncomingMessage, signal: AbortSignal): TransportAnswer {
  // Taken before the end of the answer, where the library takes the socket away from it.
  const { socket } = response;
  // The library does not always pass the abortion of a request on to an answer that has begun.
  const onAbort = () => response.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: response,
    close: () => {
      signal.removeEventListener("abort", onAbort);
      response.destroy();
      // Node keeps a connection for the next request when the other side did not say that it closes it, although it
      // was asked to.
      socket.destroy();
    },
  };
}
