import { type Connection, segment } from "./connection.ts";
import type { LogLine, LogOptions } from "./engine.ts";
import { FrameReader } from "./frames.ts";
import { TimeBounds } from "./time_bounds.ts";

/** A line without an end is passed on in parts of this many characters: a program may never write one. */
const longestLine = 64 * 1024;

/**
 * Lines that a container wrote, oldest first.
 *
 * @param terminal the container has a terminal: its output is raw, and all of it is stdout
 * @throws {EngineError}; the stream ends without an error when `signal` is aborted
 */
export async function* containerLogs(
  connection: Connection,
  request: { readonly id: string; readonly terminal: boolean; readonly options: LogOptions },
  signal: AbortSignal,
): AsyncGenerator<LogLine, void, undefined> {
  try {
    const chunks = await openContainerLog(connection, request.id, request.options, signal);
    yield* logLines(chunks, request.terminal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/**
 * Begins to read the log of a container: its bytes as the engine sends them, with a time in front of each message.
 *
 * @throws {EngineError}
 */
export async function openContainerLog(
  connection: Connection,
  id: string,
  options: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  return await connection.stream({
    method: "GET",
    path: `/containers/${segment(id)}/logs`,
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: options.follow || undefined,
      tail: options.tail,
      since: options.since === undefined ? undefined : (options.since / 1_000).toFixed(3),
      until: options.until === undefined ? undefined : (options.until / 1_000).toFixed(3),
    },
    call: `read the logs of container ${id.slice(0, 12)}`,
    bound: TimeBounds.streamStart,
    signal,
  });
}

/** Makes lines of the bytes of a log with timestamps. */
export async function* logLines(
  chunks: AsyncIterable<Uint8Array>,
  terminal: boolean,
): AsyncGenerator<LogLine, void, undefined> {
  const frames = new FrameReader();
  const lines = { stdout: new LineReader("stdout"), stderr: new LineReader("stderr") };
  for await (const chunk of chunks) {
    if (terminal) {
      yield* lines.stdout.read(chunk, false);
    } else {
      for (const frame of frames.read(chunk)) {
        yield* lines[frame.stream].read(frame.bytes, frame.begins);
      }
    }
  }
  yield* lines.stdout.end();
  yield* lines.stderr.end();
}

const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?: |$)/;

/** Joins the pieces of one stream to lines; a character may be split between two of them. */
class LineReader {
  readonly #decoder = new TextDecoder();
  readonly #stream: LogLine["stream"];
  #rest = "";
  /** The time of the line whose beginning was passed on already. */
  #time: string | undefined;

  constructor(stream: LogLine["stream"]) {
    this.#stream = stream;
  }

  /** @param begins the bytes begin a message of the engine, with its time in front */
  *read(bytes: Uint8Array, begins: boolean): Generator<LogLine> {
    const text = this.#decoder.decode(bytes, { stream: true });
    // The engine keeps a long line as several messages and stamps each of them.
    const continued = begins && (this.#rest !== "" || this.#time !== undefined);
    this.#rest += continued ? text.replace(timestamp, "") : text;
    while (true) {
      const end = this.#rest.indexOf("\n");
      if (end < 0) break;
      const line = this.#rest.slice(0, end).replace(/\r$/, "");
      this.#rest = this.#rest.slice(end + 1);
      yield this.#line(line);
      this.#time = undefined;
    }
    if (this.#rest.length > longestLine) {
      const line = this.#line(this.#rest);
      this.#time = line.time;
      this.#rest = "";
      yield line;
    }
  }

  *end(): Generator<LogLine> {
    this.#rest += this.#decoder.decode();
    if (this.#rest !== "") yield this.#line(this.#rest);
    this.#rest = "";
  }

  #line(text: string): LogLine {
    if (this.#time !== undefined) return { stream: this.#stream, time: this.#time, text };
    const match = timestamp.exec(text);
    return {
      stream: this.#stream,
      time: match?.[1] ?? "",
      text: match === null ? text : text.slice(match[0].length),
    };
  }
}
