import type { Clock } from "../../../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../../../pod/errors.ts";

/** What serving the program needs. */
export interface ProgramServerOptions {
  /** Absolute path of the program: one file. */
  readonly file: string;
  readonly version: string;
  /** Where to listen. */
  readonly hostname: string;
  /** 0 for any. */
  readonly port: number;
  /** The name or address under which agents reach this host. */
  readonly advertise: string;
  readonly clock: Clock;
  /** Something a person should know, in one line. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** A program that agents can fetch. */
export interface ProgramServer {
  /** Has the version and the checksum in it, so that an agent's cache never gives another program for it. */
  readonly url: string;
  /** SHA-256, in hexadecimal digits. */
  readonly checksum: string;
  /** Downloads that go on have 5 s more. */
  close(): Promise<void>;
}

/** How many requests are answered at one time: an agent asks once, and keeps what it got. */
const mostRequests = 64;
/** A download that takes longer is given up, in milliseconds. */
const downloadBound = 10 * 60_000;
/** For so long downloads may go on when it is closed, in milliseconds: an agent that hangs holds up nobody. */
const farewellBound = 5_000;

/**
 * Serves this program to the agents of a cluster, under one URL; nothing else is there to be had. A file that was replaced
 * since is not served: what an agent fetches is what the URL says, or nothing.
 *
 * @throws {MesoletError} where the file cannot be read, or the address is in use
 */
export async function serveProgram(options: ProgramServerOptions): Promise<ProgramServer> {
  const { file, version, hostname, port, advertise, clock, onProblem } = options;
  const { checksum, fingerprint, size } = await readProgram(file);
  const path = `/mesolet-${version}-${checksum.slice(0, 16)}`;
  let requests = 0;
  let isReplaced = false;
  const over = new AbortController();
  const answer = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname !== path) return refusal(404, "there is nothing else here");
    if (request.method !== "GET" && request.method !== "HEAD") return refusal(405, "GET alone is answered");
    if (fingerprintOf(await Deno.stat(file)) !== fingerprint) {
      if (!isReplaced) onProblem(`${file} was replaced: agents get the program again after a restart`);
      isReplaced = true;
      return refusal(410, "the program was replaced since");
    }
    const headers = {
      "Content-Type": "application/octet-stream",
      "Content-Length": String(size),
      "Cache-Control": "public, immutable, max-age=31536000",
      ETag: `"${checksum}"`,
    };
    if (request.method === "HEAD") return new Response(null, { headers });
    if (requests >= mostRequests) return refusal(503, "too many agents ask at once", { "Retry-After": "5" });
    const opened = await Deno.open(file, { read: true });
    requests++;
    const ended = opened.readable.pipeThrough(
      new TransformStream(),
      { signal: AbortSignal.any([AbortSignal.timeout(downloadBound), over.signal]) },
    );
    return new Response(counted(ended, () => requests--), { headers });
  };
  const server = listen({
    hostname,
    port,
    onListen: () => {},
    onError: (error) => {
      onProblem(`an agent could not be given the program: ${messageOf(error)}`);
      return refusal(500, "the program cannot be read");
    },
  }, answer);
  const { port: bound } = server.addr;
  const host = advertise.includes(":") ? `[${advertise}]` : advertise;
  return {
    url: `http://${host}:${bound}${path}`,
    checksum,
    async close() {
      const timer = new AbortController();
      clock.sleep(farewellBound, timer.signal).then(() => over.abort(), () => {});
      await server.shutdown();
      timer.abort();
    },
  };
}

function listen(
  options: Deno.ServeTcpOptions,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve(options, handler);
  } catch (cause) {
    const where = `${options.hostname}:${options.port}`;
    throw new MesoletError(
      cause instanceof Deno.errors.AddrInUse
        ? `${where} is in use: give another address with --serve`
        : `Cannot listen on ${where}: ${messageOf(cause)}`,
      ExitCode.unavailable,
      { cause },
    );
  }
}

async function readProgram(file: string) {
  try {
    const bytes = await Deno.readFile(file);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const information = await Deno.stat(file);
    return { checksum: digest.toHex(), fingerprint: fingerprintOf(information), size: bytes.length };
  } catch (cause) {
    throw new MesoletError(`Cannot read the program ${file}: ${messageOf(cause)}`, ExitCode.noInput, {
      cause,
    });
  }
}

/** What differs when a file is another one. */
function fingerprintOf({ ino, size, mtime }: Deno.FileInfo): string {
  return [ino, size, mtime?.getTime()].join(" ");
}

function refusal(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, { status, headers: { "Content-Type": "text/plain", ...headers } });
}

/** Calls back once, however the stream ends. */
function counted(stream: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let isOver = false;
  const end = () => {
    if (!isOver) onEnd();
    isOver = true;
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
}
