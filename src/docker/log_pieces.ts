import { concat } from "../pod/bytes.ts";
import type { Connection } from "./connection.ts";
import type { LogPiece } from "./engine.ts";
import { gathered } from "./gathered.ts";
import { openContainerLog } from "./logs.ts";

/** Bytes that are held at most while the reader works on those before. */
const mostHeld = 1024 * 1024;

/** A line of a terminal that has no end is passed on in pieces of this many bytes: a program may never write one. */
const longestLine = 64 * 1024;

/** A time in front of a message is shorter than this. */
const longestTime = 40;

const newline = 0x0a;
const space = 0x20;

/**
 * What a container wrote and writes, byte for byte, as the engine keeps it: pieces that arrived together. The next are
 * read when they are asked for.
 *
 * @param request.terminal the container has a terminal: its output is raw, and all of it is stdout
 * @throws {EngineError}; the stream ends without an error when `signal` is aborted
 */
export async function* containerLogPieces(
  connection: Connection,
  request: { readonly id: string; readonly terminal: boolean; readonly since?: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<readonly LogPiece[], void, undefined> {
  const { id, terminal, since } = request;
  try {
    const options = { follow: true, ...(since === undefined ? {} : { since }) };
    const chunks = await openContainerLog(connection, id, options, signal);
    // Engines send each line as a chunk of its own.
    yield* logPieces(gathered(chunks, mostHeld), terminal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Takes the bytes of a log with timestamps apart. */
export async function* logPieces(
  chunks: AsyncIterable<Uint8Array>,
  terminal: boolean,
): AsyncGenerator<readonly LogPiece[], void, undefined> {
  const reader = terminal ? new LineReader() : new MessageReader();
  for await (const chunk of chunks) {
    const pieces = reader.read(chunk);
    if (pieces.length > 0) yield pieces;
  }
  const rest = reader.end();
  if (rest.length > 0) yield rest;
}

/**
 * Messages of the engine: 8 bytes in front (stream, three zeros, length as big-endian), then the time. A line longer
 * than 16 KiB is several messages, of which only the last has the line's end.
 *
 * Source: Docker Engine API, "Attach to a container", Stream format.
 */
class MessageReader {
  #rest: Uint8Array = new Uint8Array();

  read(chunk: Uint8Array): LogPiece[] {
    const data = this.#rest.length === 0 ? chunk : concat([this.#rest, chunk]);
    const pieces: LogPiece[] = [];
    let offset = 0;
    while (data.length - offset >= 8) {
      const header = new DataView(data.buffer, data.byteOffset + offset, 8);
      const end = offset + 8 + header.getUint32(4);
      if (end > data.length) break;
      const message = timed(header.getUint8(0) === 2 ? "stderr" : "stdout", data.subarray(offset + 8, end));
      if (message !== undefined) pieces.push(message);
      offset = end;
    }
    this.#rest = data.slice(offset);
    return pieces;
  }

  /** A message that is cut off was not kept by the engine as a whole: it comes again when the log is read again. */
  end(): LogPiece[] {
    return [];
  }
}

/** The lines of a terminal, each with its time in front. */
class LineReader {
  #rest: Uint8Array = new Uint8Array();
  /** The time of a line whose beginning was passed on already. */
  #time: string | undefined;

  read(chunk: Uint8Array): LogPiece[] {
    const data = this.#rest.length === 0 ? chunk : concat([this.#rest, chunk]);
    const pieces: LogPiece[] = [];
    let offset = 0;
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, offset)) {
      pieces.push(...this.#piece(data.subarray(offset, end + 1)));
      this.#time = undefined;
      offset = end + 1;
    }
    if (data.length - offset > longestLine) {
      const [piece] = this.#piece(data.subarray(offset));
      this.#time = piece?.time;
      if (piece !== undefined) pieces.push(piece);
      offset = data.length;
    }
    this.#rest = data.slice(offset);
    return pieces;
  }

  end(): LogPiece[] {
    return this.#rest.length === 0 ? [] : this.#piece(this.#rest);
  }

  #piece(bytes: Uint8Array): LogPiece[] {
    if (this.#time !== undefined) return [{ stream: "stdout", time: this.#time, bytes }];
    const piece = timed("stdout", bytes);
    return piece === undefined ? [] : [piece];
  }
}

/** Takes the time off the front. */
function timed(stream: LogPiece["stream"], message: Uint8Array): LogPiece | undefined {
  if (message.length === 0) return undefined;
  const end = message.subarray(0, longestTime).indexOf(space);
  if (end < 0) return { stream, time: "", bytes: message };
  const time = fixedWidth(new TextDecoder().decode(message.subarray(0, end)));
  // What has no time in front is passed on as it is.
  return time === undefined
    ? { stream, time: "", bytes: message }
    : { stream, time, bytes: message.subarray(end + 1) };
}

/** A time with all nine digits behind the second, so that times sort as text; Podman leaves zeros out. */
function fixedWidth(time: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  return match === null ? undefined : `${match[1]}.${(match[2] ?? "").padEnd(9, "0")}${match[3]}`;
}
