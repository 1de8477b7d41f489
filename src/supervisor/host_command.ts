import { concat } from "../pod/bytes.ts";
import type { Clock } from "../pod/clock.ts";
import { messageOf } from "../pod/errors.ts";

/** How a command is run. */
export interface HostCommandOptions {
  readonly directory: string;
  /** All that it sees of an environment, beside `PATH`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** For its standard input; absent: it has none. */
  readonly input?: Uint8Array;
  /** Bytes of its standard output that are wanted; more of them are a problem. Absent: none are wanted. */
  readonly outputLimit?: number;
}

/** How a command has ended. */
export interface HostCommandEnd {
  /** What is wrong: how it ended, and the last lines of what it wrote; absent when it ended with 0. */
  readonly problem?: string;
  /** What was wanted of its standard output. */
  readonly output: Uint8Array;
  /** The last lines that it wrote on its standard error, as one: `first; second`. */
  readonly notes: string;
}

/** Bytes of a command's output that are kept for its problem: the last. */
const keptBytes = 2_048;
/** Lines of them that are shown. */
const keptLines = 5;
/** A command that has ended may have left its output to another process: it is waited for this long, in milliseconds. */
const outputBound = 500;
/** Where commands are looked for when nobody says anything. */
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs a command on this host.
 *
 * @param signal kills it, with all of its process group
 */
export async function runHostCommand(
  command: readonly string[],
  options: HostCommandOptions,
  signal: AbortSignal,
): Promise<HostCommandEnd> {
  const { input, outputLimit = 0 } = options;
  const [program = "", ...words] = command;
  const spawned = spawn(program, words, options);
  if (typeof spawned === "string") return { problem: spawned, output: new Uint8Array(), notes: "" };
  const child = spawned;
  const onAbort = () => killGroup(child.pid);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const [wanted, last, notes] = [new FirstBytes(outputLimit), new LastBytes(), new LastBytes()];
  const over = new AbortController();
  const reading = Promise.all([
    read(child.stdout, over.signal, (bytes) => outputLimit > 0 ? wanted.add(bytes) : last.add(bytes)),
    read(child.stderr, over.signal, (bytes) => {
      notes.add(bytes);
      last.add(bytes);
    }),
    input === undefined ? undefined : write(child.stdin, over.signal, input),
  ]);
  try {
    const status = await child.status;
    const timer = new AbortController();
    await Promise.race([reading, options.clock.sleep(outputBound, timer.signal).catch(() => {})]);
    timer.abort();
    const end = { output: wanted.bytes(), notes: notes.lines() };
    if (status.success) {
      return wanted.isFull ? { ...end, problem: `wrote more than ${outputLimit} bytes` } : end;
    }
    const how = status.signal === null ? `exited with code ${status.code}` : `was ended by ${status.signal}`;
    const lines = last.lines();
    return { ...end, problem: lines === "" ? how : `${how}: ${lines}` };
  } finally {
    signal.removeEventListener("abort", onAbort);
    over.abort();
    await reading;
  }
}

function spawn(
  program: string,
  args: readonly string[],
  { directory, variables, input }: HostCommandOptions,
): Deno.ChildProcess | string {
  try {
    return new Deno.Command(program, {
      args: [...args],
      cwd: directory,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? usualPath, ...variables },
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      // A session of its own, and with it a process group.
      detached: true,
    }).spawn();
  } catch (error) {
    return messageOf(error);
  }
}

async function write(
  stream: WritableStream<Uint8Array>,
  signal: AbortSignal,
  bytes: Uint8Array,
): Promise<void> {
  const writer = stream.getWriter();
  const abort = () => void writer.abort().catch(() => {});
  signal.addEventListener("abort", abort, { once: true });
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    // It does not want to know.
  } finally {
    signal.removeEventListener("abort", abort);
    writer.releaseLock();
  }
}

async function read(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) take(read.value);
  } catch {
    // What was read so far will do.
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** The first bytes of an output. */
class FirstBytes {
  readonly #pieces: Uint8Array[] = [];
  #left: number;
  isFull = false;

  constructor(limit: number) {
    this.#left = limit;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length > this.#left) this.isFull = true;
    const piece = bytes.slice(0, this.#left);
    this.#left -= piece.length;
    this.#pieces.push(piece);
  }

  bytes(): Uint8Array {
    return concat(this.#pieces);
  }
}

/** The last bytes of an output. */
class LastBytes {
  #bytes = new Uint8Array();

  add(bytes: Uint8Array): void {
    this.#bytes = concat([this.#bytes, bytes]).slice(-keptBytes);
  }

  /** The last lines as one: `first; second`. */
  lines(): string {
    const text = new TextDecoder().decode(this.#bytes);
    return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").slice(-keptLines).join(
      "; ",
    );
  }
}

function killGroup(processId: number): void {
  try {
    Deno.kill(-processId, "SIGKILL");
  } catch {
    // It has ended.
  }
}
