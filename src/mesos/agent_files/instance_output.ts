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
 * The output of an instance's containers, out of its sandbox: by the times in the lines where they have some, else file
 * by file. With `follow` it is looked at once a second at most, until it is over or the signal is aborted.
 *
 * @throws {SandboxGone} the agent has no such sandbox (any more)
 */
export async function* instanceOutput(
  sandbox: Sandbox,
  request: InstanceOutputRequest,
  signal: AbortSignal,
): AsyncGenerator<ContainerLine> {
  const { clock, follow, over, container, tail } = request;
  const files = new Map<string, FollowedFile>();
  let pause: number = pauses.first;
  for (let isFirst = true;; isFirst = false) {
    const isLast = !follow || over?.aborted === true;
    const listed = await sandbox.list(directory, signal);
    if (listed === undefined && isFirst && await sandbox.list("", signal) === undefined) {
      throw new SandboxGone();
    }
    for (const name of namesIn(listed ?? [], container)) {
      if (!files.has(name)) files.set(name, new FollowedFile(sandbox, name));
    }
    let quiet = true;
    for await (
      const line of takeAll([...files.values()], listed ?? [], {
        clock,
        tail: isFirst ? tail : undefined,
        isLast,
      }, signal)
    ) {
      quiet = false;
      yield line;
    }
    if (isLast) return;
    pause = quiet ? Math.min(pauses.last, pause * pauses.growth) : pauses.first;
    const wake = over === undefined ? signal : AbortSignal.any([signal, over]);
    await clock.sleep(pause, wake).catch(() => {});
    signal.throwIfAborted();
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
  readonly #bytes: RotatedReader;
  readonly #lines: LineReader;

  constructor(sandbox: Sandbox, name: string) {
    const [, container = "", stream = ""] = fileName.exec(name) ?? [];
    this.container = container;
    this.#bytes = new RotatedReader(sandbox, directory, name);
    this.#lines = new LineReader(stream === "stderr" ? "stderr" : "stdout");
  }

  async *take(
    listed: readonly SandboxFile[],
    { tail, isLast }: { readonly tail: number | undefined; readonly isLast: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<OrderedLine> {
    if (tail !== undefined) await this.#bytes.seekTail(tail, listed, signal);
    for await (const bytes of this.#bytes.read(listed, signal)) yield* this.#lines.lines(bytes);
    if (isLast) yield* this.#lines.end();
  }
}

async function* takeAll(
  files: readonly FollowedFile[],
  listed: readonly SandboxFile[],
  options: { readonly clock: Clock; readonly tail: number | undefined; readonly isLast: boolean },
  signal: AbortSignal,
): AsyncGenerator<ContainerLine> {
  const { clock, tail } = options;
  const all = new LogMerge<OrderedLine>({ clock });
  for (const [container, own] of Map.groupBy(files, ({ container }) => container)) {
    const both = new LogMerge<OrderedLine>({ clock });
    for (const file of own) both.add({ name: container, lines: file.take(listed, options, signal) });
    both.close();
    all.add({ name: container, lines: lastLines(both, tail) });
  }
  all.close();
  for await (const { source, line } of all.lines()) yield { container: source, line };
}

async function* lastLines(
  lines: LogMerge<OrderedLine>,
  count: number | undefined,
): AsyncGenerator<OrderedLine> {
  let kept: OrderedLine[] = [];
  for await (const { line } of lines.lines()) {
    if (count === undefined) yield line;
    else {
      kept.push(line);
      if (kept.length > 2 * count + 1_000) kept = kept.slice(-count);
    }
  }
  if (count !== undefined && count > 0) yield* kept.slice(-count);
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
