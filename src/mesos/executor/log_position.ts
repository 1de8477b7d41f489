import type { LogPiece } from "../../docker/engine.ts";

/** Which pieces of one stream of a container were written: all up to `count` of those with `time`. */
export interface StreamPosition {
  /** Of the last piece; empty before the first. */
  readonly time: string;
  /** How many pieces of that time. The parts of a long line have the same. */
  readonly count: number;
}

/** Before the first piece. */
export const firstPosition: StreamPosition = { time: "", count: 0 };

/** By how much the times of one stream may be behind those of the other in the order of the engine: milliseconds. */
const disorder = 1000;

/** The streams of a container. */
export type StreamName = LogPiece["stream"];

/** The positions of both streams. */
export type LogPosition = Readonly<Record<StreamName, StreamPosition>>;

/** From when on a log has to be read, in milliseconds since 1970; undefined: from its beginning. */
export function sinceOf(position: LogPosition): number | undefined {
  const { stdout, stderr } = position;
  const newest = Date.parse(stdout.time > stderr.time ? stdout.time : stderr.time);
  return Number.isNaN(newest) ? undefined : Math.max(0, newest - disorder);
}

/**
 * Recognises what was written already when a log is read again from a moment before, and notes what is written now.
 * A stream's own times must not go back: while what was written is passed over, a piece that is older counts as such.
 */
export class LogProgress {
  readonly #positions: Record<StreamName, StreamPosition>;
  readonly #behind: Record<StreamName, { readonly time: string; left: number } | undefined>;

  constructor(position: LogPosition) {
    const behind = ({ time, count }: StreamPosition) => time === "" ? undefined : { time, left: count };
    this.#positions = { ...position };
    this.#behind = { stdout: behind(position.stdout), stderr: behind(position.stderr) };
  }

  get position(): LogPosition {
    return { ...this.#positions };
  }

  /** Whether a piece is new. To be asked once for each piece that is read, in their order. */
  isNew({ stream, time }: Pick<LogPiece, "stream" | "time">): boolean {
    const behind = this.#behind[stream];
    if (behind !== undefined) {
      if (time < behind.time) return false;
      if (time === behind.time && behind.left > 0) {
        behind.left--;
        return false;
      }
      this.#behind[stream] = undefined;
    }
    return true;
  }

  /** Notes that a piece is written. */
  add({ stream, time }: Pick<LogPiece, "stream" | "time">): void {
    const { time: last, count } = this.#positions[stream];
    this.#positions[stream] = { time, count: time === last ? count + 1 : 1 };
  }
}
