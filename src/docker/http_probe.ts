import { concat } from "../pod/bytes.ts";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { PortError } from "./relay_stream.ts";
import { type HttpHead, parseHead, requestText } from "./http_head.ts";

/** How many redirects are followed. */
const mostRedirects = 10;

/** Bytes of a body that are read: an answer of this length says what it says by its status. */
const longestBody = 1024 * 1024;

/** What is asked. */
export interface HttpProbeRequest {
  readonly scheme: "http" | "https";
  /** As it stands in the URL: `127.0.0.1`, `[::1]`. */
  readonly host: string;
  readonly port: number;
  /** With its leading slash; may have a query. */
  readonly path: string;
  /** Absent: GET. A POST is without a body, and its redirects are not followed: it is done with the answer. */
  readonly method?: "GET" | "POST";
}

/**
 * Asks by HTTP and returns the status, as `curl -s -S -L -k -g URL -o /dev/null` does for Mesos: redirects are
 * followed and certificates are not looked at. A redirect to another host counts as the answer: a check asks the task.
 *
 * @param open opens a connection to a port of the task
 * @throws {PortError} when there is no answer, or none that is HTTP; what else a connection fails with
 * @throws the signal's reason when it is aborted
 */
export async function askByHttp(
  request: HttpProbeRequest,
  open: (port: number) => Duplex,
  signal: AbortSignal,
): Promise<number> {
  let url = new URL(`${request.scheme}://${request.host}:${request.port}${request.path}`);
  for (let redirects = 0;; redirects++) {
    const secure = url.protocol === "https:";
    const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
    const { statusCode, location } = await ask(url, secure, () => open(port), signal, request.method);
    if (request.method === "POST") return statusCode;
    if (location === undefined || statusCode < 300 || statusCode >= 400) return statusCode;
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next === undefined || !/^https?:$/.test(next.protocol) || !isSameHost(next, request.host)) {
      return statusCode;
    }
    if (redirects === mostRedirects) throw new PortError(`more than ${mostRedirects} redirects`);
    url = next;
  }
}

function isSameHost(url: URL, host: string): boolean {
  return url.hostname === host || url.hostname === "localhost";
}

async function ask(
  url: URL,
  secure: boolean,
  open: () => Duplex,
  signal: AbortSignal,
  method: "GET" | "POST" = "GET",
): Promise<HttpHead> {
  const connection = open();
  const stream: Duplex = secure ? tls.connect({ socket: connection, rejectUnauthorized: false }) : connection;
  const onAbort = () => connection.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  // Whichever of the two fails first ends both; the reader is told the reason.
  let failure: unknown;
  connection.on("error", (error) => {
    failure ??= error;
    if (secure) stream.destroy();
  });
  if (secure) stream.on("error", (error) => void (failure ??= error));
  try {
    stream.write(requestText(url.host, url.pathname + url.search, method));
    return await readAnswer(stream);
  } catch (error) {
    signal.throwIfAborted();
    throw portError(failure ?? error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    stream.destroy();
    connection.destroy();
  }
}

async function readAnswer(stream: Duplex): Promise<HttpHead> {
  let bytes = new Uint8Array();
  let head: HttpHead | undefined;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes = concat([bytes, chunk]);
    head ??= parseHead(bytes);
    if (head !== undefined && isComplete(head, bytes)) return head;
  }
  if (head === undefined) {
    throw new PortError(
      bytes.length === 0 ? "the connection ended without an answer" : "the answer is cut off",
    );
  }
  return head;
}

/** Nothing more of the answer is of use: it is there, or long enough. */
function isComplete(head: HttpHead, bytes: Uint8Array): boolean {
  const body = bytes.length - head.size;
  if (body >= Math.min(head.length ?? longestBody, longestBody)) return true;
  // The last chunk of a body in chunks.
  return head.length === undefined && new TextDecoder().decode(bytes.subarray(-7)) === "\r\n0\r\n\r\n";
}

function portError(error: unknown): unknown {
  if (error instanceof PortError) return error;
  if (error instanceof TypeError) return new PortError(error.message, { cause: error });
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return new PortError("nobody listens", { cause: error });
  if (error instanceof Error) return new PortError(error.message, { cause: error });
  return error;
}
