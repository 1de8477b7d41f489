import type { Clock } from "../pod/clock.ts";
import type { Engine, LogLine } from "../docker/engine.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";

/**
 * The last lines that a container wrote, oldest first: at most `bounds.lastLogLines` lines and `bounds.lastLogBytes`
 * bytes. What cannot be read within `bounds.postMortem` is left out: a log explains a failure, it must not be one.
 */
export async function readLastLog(
  id: string,
  options: {
    /** Of its last start, in milliseconds since 1970: what it wrote in former lives is left out. */
    readonly since: number | undefined;
    readonly engine: Pick<Engine, "logs">;
    readonly clock: Clock;
    readonly bounds: SupervisionBounds;
    readonly signal: AbortSignal;
  },
): Promise<readonly string[]> {
  const { bounds } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const lines: LogLine[] = [];
  const request = {
    follow: false,
    tail: bounds.lastLogLines,
    ...(options.since === undefined ? {} : { since: options.since - bounds.clockSkew }),
  };
  const read = async () => {
    for await (const line of options.engine.logs(id, request, signal)) {
      lines.push(line);
      if (lines.length > bounds.lastLogLines) lines.shift();
    }
  };
  try {
    await Promise.race([read(), options.clock.sleep(bounds.postMortem, signal)]);
  } catch {
    // The lines that came before the error are still worth showing.
  } finally {
    stop.abort();
  }
  lines.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
  return newestWithin(lines.map((line) => line.text), bounds.lastLogBytes);
}

/** The newest of the lines that fit into so many bytes of UTF-8; a newest line that is longer is cut at its end. */
export function newestWithin(lines: readonly string[], bytes: number): readonly string[] {
  const encoder = new TextEncoder();
  const kept: string[] = [];
  let left = bytes;
  for (const line of lines.toReversed()) {
    const size = encoder.encode(line).length + 1;
    if (size > left) {
      if (kept.length === 0) kept.push(cut(line, bytes - 1));
      break;
    }
    kept.unshift(line);
    left -= size;
  }
  return kept;
}

function cut(text: string, bytes: number): string {
  const encoded = new Uint8Array(Math.max(0, bytes));
  const { read } = new TextEncoder().encodeInto(text, encoded);
  return text.slice(0, read);
}
