import { concat } from "../../pod/bytes.ts";
import { messageOf } from "../../pod/errors.ts";
import type { LogPiece } from "../../docker/engine.ts";
import type { Clock } from "../../pod/clock.ts";

/** Where the merged lines go: the executor's own output, which the agent keeps in the sandbox. */
export interface OutputSink {
  /** Fulfilled when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
}

const newline = 0x0a;
/** A longer line is broken: other containers have to get in between. */
const longestLine = 64 * 1024;
/** A sink that failed is tried again after this long, in milliseconds. */
const sinkPause = 30_000;

/**
 * The lines of all containers in one stream, each behind the container's name: `web-1  | text`. A line is written when
 * it is complete; one without an end, when its container has ended.
 */
export class MergedOutput {
  readonly #sinks: Readonly<Record<LogPiece["stream"], Sink>>;
  readonly #open = new Map<string, OpenLines>();
  #width = 0;

  constructor(
    options: {
      readonly out: OutputSink;
      readonly err: OutputSink;
      readonly clock: Clock;
      readonly onProblem: (message: string) => void;
    },
  ) {
    this.#sinks = {
      stdout: new Sink(options.out, "standard output", options),
      stderr: new Sink(options.err, "standard error", options),
    };
  }

  /** Makes room for a name in front of the lines. */
  know(name: string): void {
    this.#width = Math.max(this.#width, name.length);
  }

  /** Never rejects: a sink that fails is left out for a while. */
  async write(name: string, pieces: readonly LogPiece[]): Promise<void> {
    let open = this.#open.get(name);
    if (open === undefined) {
      open = { stdout: [], stderr: [] };
      this.#open.set(name, open);
    }
    const ready = { stdout: new ByteList(), stderr: new ByteList() };
    for (const { stream, bytes } of pieces) {
      let rest = bytes;
      for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
        this.#finishLine(ready[stream], name, open[stream], rest.subarray(0, end));
        rest = rest.subarray(end + 1);
      }
      if (rest.length === 0) continue;
      open[stream].push(rest.slice());
      if (sizeOf(open[stream]) >= longestLine) this.#finishLine(ready[stream], name, open[stream]);
    }
    await this.#send(ready);
  }

  /** A container has ended: a line of it that has no end is written. */
  async end(name: string): Promise<void> {
    const open = this.#open.get(name);
    if (open === undefined) return;
    this.#open.delete(name);
    const ready = { stdout: new ByteList(), stderr: new ByteList() };
    for (const stream of ["stdout", "stderr"] as const) {
      if (open[stream].length > 0) this.#finishLine(ready[stream], name, open[stream]);
    }
    await this.#send(ready);
  }

  #finishLine(ready: ByteList, name: string, open: Uint8Array[], last?: Uint8Array): void {
    ready.add(new TextEncoder().encode(`${name.padEnd(this.#width)}  | `));
    for (const part of open) ready.add(part);
    if (last !== undefined) ready.add(last);
    ready.add(Uint8Array.of(newline));
    open.length = 0;
  }

  async #send(ready: Readonly<Record<LogPiece["stream"], ByteList>>): Promise<void> {
    await this.#sinks.stdout.write(ready.stdout.joined());
    await this.#sinks.stderr.write(ready.stderr.joined());
  }
}

/** The beginnings of lines whose end has not come yet. */
interface OpenLines {
  readonly stdout: Uint8Array[];
  readonly stderr: Uint8Array[];
}

/** Writes one thing after the other, and drops what comes while writing does not work. */
class Sink {
  #last: Promise<void> = Promise.resolve();
  #failedAt: number | undefined;

  constructor(
    private readonly sink: OutputSink,
    private readonly name: string,
    private readonly options: { readonly clock: Clock; readonly onProblem: (message: string) => void },
  ) {}

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    this.#last = this.#last.then(() => this.#writeNow(bytes));
    return this.#last;
  }

  async #writeNow(bytes: Uint8Array): Promise<void> {
    const { clock, onProblem } = this.options;
    if (this.#failedAt !== undefined && clock.elapsed() - this.#failedAt < sinkPause) return;
    try {
      await this.sink.write(bytes);
      this.#failedAt = undefined;
    } catch (error) {
      if (this.#failedAt === undefined) {
        const reason = messageOf(error);
        onProblem(`Cannot write to the ${this.name}: ${reason}. Lines of containers are left out there`);
      }
      this.#failedAt = clock.elapsed();
    }
  }
}

class ByteList {
  readonly #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  joined(): Uint8Array {
    return concat(this.#parts);
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
