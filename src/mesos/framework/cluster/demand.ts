/** Whether offers are wanted: the master is told, and reminded. */

/** The times of it, in milliseconds. */
export interface DemandBounds {
  /** No two revivals closer together than this. */
  readonly pause: number;
  /** While something finds no place, filters are cleared this often; doubles up to `last`. */
  readonly again: number;
  readonly last: number;
}

/** The bounds that hold outside tests. */
export const demandBounds: DemandBounds = { pause: 1_000, again: 30_000, last: 10 * 60_000 };

/**
 * Decides when to SUPPRESS and when to REVIVE. Offers are declined for a long time, so new work needs a REVIVE; and the
 * less is asked for when nothing is wanted, the better for the other frameworks.
 */
export class Demand {
  /** What the master was told last; a subscription begins suppressed. */
  #suppressed = true;
  #revivedAt = -Infinity;
  #reviveAt: number | undefined;
  #pause: number;

  constructor(private readonly bounds: DemandBounds = demandBounds) {
    this.#pause = bounds.again;
  }

  /** A subscription stands, with all roles suppressed. */
  begin(): void {
    this.#suppressed = true;
    this.#reviveAt = undefined;
    this.#revivedAt = -Infinity;
  }

  /** There is new work, or something changed that may let old work find a place. */
  wake(now: number): void {
    this.#pause = this.bounds.again;
    this.#reviveAt = Math.max(now, this.#revivedAt + this.bounds.pause);
  }

  /** Milliseconds since 1970: when there is something to do. */
  get nextAt(): number | undefined {
    return this.#reviveAt;
  }

  /**
   * What to tell the master now.
   *
   * @param waiting how many instances have no place
   */
  decide(waiting: number, now: number): "revive" | "suppress" | undefined {
    if (waiting === 0) {
      this.#reviveAt = undefined;
      if (this.#suppressed) return undefined;
      this.#suppressed = true;
      return "suppress";
    }
    if (this.#suppressed && this.#reviveAt === undefined) this.wake(now);
    if (this.#reviveAt === undefined || this.#reviveAt > now) return undefined;
    this.#suppressed = false;
    this.#revivedAt = now;
    this.#reviveAt = now + this.#pause;
    this.#pause = Math.min(this.#pause * 2, this.bounds.last);
    return "revive";
  }
}
