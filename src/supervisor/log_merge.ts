import type { Clock } from "../pod/clock.ts";

/** A line of one of many sources, with the time that orders it as text. */
export interface TimedLine {
  readonly time: string;
}

/** One source of lines, each in the order of its own times as far as its writer keeps it. */
export interface LineSource<Line extends TimedLine> {
  readonly name: string;
  readonly lines: AsyncIterable<Line>;
}

/** A line with the source that it is from. */
export interface MergedLine<Line extends TimedLine> {
  readonly source: string;
  readonly line: Line;
}

export interface MergeOptions {
  readonly clock: Clock;
  /**
   * The longest that a line is held back for lines of others that may be older, in milliseconds. Absent: as long as
   * it takes, which is right where every source comes to its end.
   */
  readonly window?: number;
}

/** Lines of one source that are held at most; then it is read no further until some are given on. */
const mostHeld = 1000;

interface Held<Line> {
  readonly line: Line;
  /** By the clock's `elapsed`. */
  readonly arrived: number;
}

interface Lane<Line> {
  readonly name: string;
  readonly held: Held<Line>[];
  /** Where the next line stands in `held`: lines before it were given on. */
  next: number;
  ended: boolean;
  resume: (() => void) | undefined;
}

/**
 * Many sources as one, in the order of time: the oldest line goes first as soon as each source that goes on has
 * shown its next line, or the line was held back for `window`. Every line of every source comes exactly once, and
 * those of one source in their order. What a source throws is thrown, after the lines that came before it.
 *
 * Sources may be added while it runs: `add` is for containers that are started later.
 */
export class LogMerge<Line extends TimedLine> {
  readonly #lanes: Lane<Line>[] = [];
  readonly #pumps = new Set<Promise<void>>();
  #changed = Promise.withResolvers<void>();
  #open = 0;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  #stopped = false;

  constructor(private readonly options: MergeOptions) {}

  /** Takes in one more source. */
  add(source: LineSource<Line>): void {
    const lane: Lane<Line> = { name: source.name, held: [], next: 0, ended: false, resume: undefined };
    this.#lanes.push(lane);
    this.#open++;
    const pump = this.#pump(lane, source.lines).finally(() => this.#pumps.delete(pump));
    this.#pumps.add(pump);
  }

  /** No source will be added any more: the merge ends with its last source. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** The merged lines. To be iterated once. */
  async *lines(): AsyncGenerator<MergedLine<Line>, void, void> {
    try {
      for (;;) {
        const oldest = this.#oldest();
        if (oldest !== undefined && this.#mayGo(oldest)) {
          const line = this.#take(oldest);
          yield { source: oldest.name, line };
          continue;
        }
        if (oldest === undefined && this.#failure !== undefined) throw this.#failure.error;
        if (oldest === undefined && this.#open === 0 && this.#closed) return;
        await this.#changeOrDue(oldest);
      }
    } finally {
      this.#stopped = true;
      for (const lane of this.#lanes) lane.resume?.();
    }
  }

  async #pump(lane: Lane<Line>, lines: AsyncIterable<Line>): Promise<void> {
    try {
      for await (const line of lines) {
        if (this.#stopped) break;
        lane.held.push({ line, arrived: this.options.clock.elapsed() });
        this.#wake();
        if (lane.held.length - lane.next >= mostHeld) {
          await new Promise<void>((resolve) => lane.resume = resolve);
          lane.resume = undefined;
          if (this.#stopped) break;
        }
      }
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      lane.ended = true;
      this.#open--;
      this.#wake();
    }
  }

  #oldest(): Lane<Line> | undefined {
    let oldest: Lane<Line> | undefined;
    let time = "";
    for (const lane of this.#lanes) {
      const head = lane.held[lane.next];
      if (head === undefined) continue;
      // At the same time the source that was added first goes first.
      if (oldest === undefined || head.line.time < time) {
        oldest = lane;
        time = head.line.time;
      }
    }
    return oldest;
  }

  /** Nobody can come before it any more, or it has waited long enough. */
  #mayGo(lane: Lane<Line>): boolean {
    if (this.#failure !== undefined) return true;
    const settled = this.#lanes.every((other) => other.ended || other.next < other.held.length);
    if (settled) return true;
    return this.#longestHeld(lane) >= (this.options.window ?? Infinity);
  }

  /** What is newer may have come first and waited longer: it must not wait on for the older one's sake. */
  #longestHeld(lane: Lane<Line>): number {
    const now = this.options.clock.elapsed();
    let longest = now - (lane.held[lane.next]?.arrived ?? now);
    for (const other of this.#lanes) {
      const head = other.held[other.next];
      if (head !== undefined) longest = Math.max(longest, now - head.arrived);
    }
    return longest;
  }

  #take(lane: Lane<Line>): Line {
    const head = lane.held[lane.next];
    if (head === undefined) throw new Error(`the log of ${lane.name} holds no line`);
    lane.next++;
    if (lane.next >= mostHeld / 2) {
      lane.held.splice(0, lane.next);
      lane.next = 0;
      lane.resume?.();
    } else if (lane.next === lane.held.length) {
      lane.held.length = 0;
      lane.next = 0;
      lane.resume?.();
    }
    if (lane.ended && lane.held.length === 0) this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    return head.line;
  }

  async #changeOrDue(oldest: Lane<Line> | undefined): Promise<void> {
    const changed = this.#changed.promise;
    if (oldest === undefined || this.options.window === undefined) return await changed;
    const left = this.options.window - this.#longestHeld(oldest);
    const stop = new AbortController();
    const due = this.options.clock.sleep(Math.max(0, left), stop.signal).catch(() => {});
    await Promise.race([changed, due]);
    stop.abort();
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}
