import { type Connection, segment } from "./connection.ts";
import type { TerminalSize } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { TimeBounds } from "./time_bounds.ts";

/** An engine takes no size before the command runs, which is a moment after its start: tries, and the first pause. */
const tries = 6;
const firstPause = 10;

/**
 * Tells the terminal of a command its sizes, one after the other and only the newest. A size that cannot be told is
 * no failure of the command: it may have ended.
 */
export class SizeTeller {
  readonly #over = new AbortController();
  #next: TerminalSize | undefined;
  #telling: Promise<void> | undefined;

  constructor(private readonly connection: Connection, private readonly executionId: string) {}

  /** A size of zero is that of a terminal that does not know its own: the command would draw nothing. */
  tell(size: TerminalSize): void {
    if (size.rows <= 0 || size.columns <= 0 || this.#over.signal.aborted) return;
    this.#next = size;
    this.#telling ??= this.#tellAll().finally(() => this.#telling = undefined);
  }

  /** Tells no more. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#telling;
  }

  async #tellAll(): Promise<void> {
    try {
      while (this.#next !== undefined) {
        const size = this.#next;
        this.#next = undefined;
        await this.#tellOne(size);
      }
    } catch (error) {
      if (!this.#over.signal.aborted && !(error instanceof EngineError)) throw error;
    }
  }

  async #tellOne(size: TerminalSize): Promise<void> {
    for (let attempt = 0; attempt < tries && this.#next === undefined; attempt++) {
      if (attempt > 0) await this.connection.clock.sleep(firstPause * 2 ** (attempt - 1), this.#over.signal);
      const { status } = await this.connection.request({
        method: "POST",
        path: `/exec/${segment(this.executionId)}/resize`,
        query: { h: size.rows, w: size.columns },
        call: "resize the terminal",
        bound: TimeBounds.change,
        accept: [400, 404, 409, 500],
        signal: this.#over.signal,
      });
      if (status < 300) return;
    }
  }
}
