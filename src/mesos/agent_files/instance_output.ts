import type { LogLine } from "../../docker/engine.ts";
import type { Clock } from "../../pod/clock.ts";
import { LogMerge } from "../../supervisor/log_merge.ts";
import { LineReader, type OrderedLine } from "./log_lines.ts";
import { RotatedReader } from "./rotated_reader.ts";
import type { Sandbox, SandboxFile } from "./sandbox.ts";

/** Which output of an instance is wanted. */
export interface InstanceOutputRequest {
  readonly clock: Clock;
  /** Name in the spec; absent: all. */
  readonly container?: string;
  /** Last lines of each container; absent: all. */
  readonly tail?: number;
  readonly follow: boolean;
  /** With `follow`: nothing more will be written. What is there by then is read. */
  readonly over?: AbortSignal;
}

/** A line of a container: `api-1`. */
export interface ContainerLine {
  readonly container: string;
  readonly line: OrderedLine;
}

/** Between two looks at a sandbox, in milliseconds: the longer, the longer nothing was written. */
const pauses = { first: 1_000, growth: 1.5, last: 5_000 } as const;

/** Where the executor writes the output of containers (docs/executor-files.md). */
const directory = "logs";

/**
 * The output of an instance's containers, out of its sandbox. It can be read on after a failure: what was read once does
 * not come again.
 */
export class InstanceOutput {
  readonly #sandbox: Sandbox;
  readonly #request: InstanceOutputRequest;
  readonly #files = new Map<string, FollowedFile>();
  #isBegun = false;

  constructor(sandbox: Sandbox, request: InstanceOutputRequest) {
    this.#sandbox = sandbox;
    this.#request = request;
  }

  /**
   * The lines, by the times in them where they have some, else file by file. With `follow` the sandbox is looked at once
   * a second at most, until it is over or the signal is aborted.
   *
   * @throws {SandboxGone} the agent has no such sandbox (any more)
   * @throws {MesoletError} the agent cannot be asked
   */
  async *lines(signal: AbortSignal): AsyncGenerator<ContainerLine> {
    const { clock, follow, over } = this.#request;
    let pause: number = pauses.first;
    for (;;) {
      const isLast = !follow || over?.aborted === true;
      let quiet = true;
      for await (const line of this.#look(signal)) {
        quiet = false;
        yield line;
      }
      // A file that was moved aside while it was read is read on by the next look.
      if (isLast && (quiet || !follow)) break;
      pause = quiet ? Math.min(pauses.last, pause * pauses.growth) : pauses.first;
      const wake = over === undefined || isLast ? signal : AbortSignal.any([signal, over]);
      await clock.sleep(pause, wake).catch(() => {});
      signal.throwIfAborted();
    }
    for (const file of this.#files.values()) {
      for (const line of file.end()) yield { container: file.container, line };
    }
  }

  /** Everything that is new. */
  async *#look(signal: AbortSignal): AsyncGenerator<ContainerLine> {
    const { clock, container, tail, follow } = this.#request;
    const sandbox = this.#sandbox;
    const listed = await sandbox.list(directory, signal);
    if (listed === undefined && !this.#isBegun && await sandbox.list("", signal) === undefined) {
      throw new SandboxGone();
    }
    for (const name of namesIn(listed ?? [], container)) {
      // Of a container that comes later all is new.
      const own = this.#isBegun ? undefined : tail;
      if (!this.#files.has(name)) this.#files.set(name, new FollowedFile(sandbox, name, own));
    }
    this.#isBegun = true;
    const all = new LogMerge<OrderedLine>({ clock });
    for (const [name, own] of Map.groupBy(this.#files.values(), (file) => file.container)) {
      const both = new LogMerge<OrderedLine>({ clock });
      const last = Math.max(...own.map((file) => file.tail ?? Infinity));
      for (const file of own) both.add({ name, lines: file.take(listed ?? [], !follow, signal) });
      both.close();
      all.add({ name, lines: lastLines(both, last) });
    }
    all.close();
    for await (const { source, line } of all.lines()) yield { container: source, line };
    for (const file of this.#files.values()) file.throwIfFailed();
  }
}

/** There is no sandbox (any more). */
export class SandboxGone extends Error {
  override readonly name: string = "SandboxGone";
  constructor() {
    super("its sandbox is not on the agent (any more)");
  }
}

/** One of a container's two files. */
class FollowedFile {
  readonly container: string;
  /** Last lines that are wanted of what is there at first; absent: all, or it has begun. */
  tail: number | undefined;
  readonly #bytes: RotatedReader;
  readonly #lines: LineReader;
  #failure: { readonly error: unknown } | undefined;

  constructor(sandbox: Sandbox, name: string, tail: number | undefined) {
    const [, container = "", stream = ""] = fileName.exec(name) ?? [];
    this.container = container;
    this.tail = tail;
    this.#bytes = new RotatedReader(sandbox, directory, name);
    this.#lines = new LineReader(stream === "stderr" ? "stderr" : "stdout");
  }

  /**
   * What is new. A failure is kept for later: what others have read meanwhile must not be lost with it.
   *
   * @param isOnce it is not read again: a line that has no end yet has come to it
   */
  async *take(
    listed: readonly SandboxFile[],
    isOnce: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<OrderedLine> {
    this.#failure = undefined;
    try {
      if (this.tail !== undefined) await this.#bytes.seekTail(this.tail, listed, signal);
      this.tail = undefined;
      for await (const bytes of this.#bytes.read(listed, signal)) yield* this.#lines.lines(bytes);
      if (isOnce) yield* this.end();
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** A line without an end that will not come any more. */
  end(): Generator<OrderedLine> {
    return this.#lines.end();
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** @param count Infinity: all */
async function* lastLines(lines: LogMerge<OrderedLine>, count: number): AsyncGenerator<OrderedLine> {
  let kept: OrderedLine[] = [];
  for await (const { line } of lines.lines()) {
    if (count === Infinity) yield line;
    else {
      kept.push(line);
      if (kept.length > 2 * count + 1_000) kept = kept.slice(-count);
    }
  }
  if (count > 0) yield* kept.slice(-count);
}

const fileName = /^([A-Za-z0-9_.-]+-\d+)\.(stdout|stderr)$/;

/** The files of a directory that are a container's output; those that were moved aside belong to one of them. */
function namesIn(files: readonly SandboxFile[], container: string | undefined): string[] {
  const names = files.map(({ name }) => name.replace(/\.[1-9]\d{0,4}$/, "")).filter((name) => {
    const [, replica = ""] = fileName.exec(name) ?? [];
    return replica !== "" && (container === undefined || replica.replace(/-\d+$/, "") === container);
  });
  return [...new Set(names)].sort();
}

/** As people and programs get it: a line without a time of its own has none. */
export function shownLine({ stream, written, text }: OrderedLine): LogLine {
  return { stream, time: written, text };
}
