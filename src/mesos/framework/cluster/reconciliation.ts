/** Asking the master what became of tasks, until it has answered for each. */

/** The times of asking, in milliseconds. */
export interface ReconciliationBounds {
  /** Pause before a task is asked for once more; doubles. */
  readonly first: number;
  readonly last: number;
  /** After all is answered, everything is asked for again this often. */
  readonly period: number;
}

/** The bounds that hold outside tests. */
export const reconciliationBounds: ReconciliationBounds = {
  first: 2_000,
  last: 60_000,
  period: 15 * 60_000,
};

/** What is to be asked now, in this order. */
export interface ReconciliationCalls {
  /** For all that the master knows. */
  readonly implicit: boolean;
  /** Ids of tasks, each to be named with its agent where that is known. */
  readonly explicit: readonly string[];
}

const nothing: ReconciliationCalls = { implicit: false, explicit: [] };

/**
 * Who has to be asked for, and when. A master that has just come to lead does not answer for agents that have not come
 * back to it yet, and Mesos may drop a question: so each is repeated, with growing pauses.
 */
export class Reconciliation {
  readonly #open = new Set<string>();
  #askAt: number | undefined;
  #pause: number;
  #implicitDue = false;
  #marker: string | undefined;
  #periodAt: number | undefined;
  #connected = false;

  constructor(private readonly bounds: ReconciliationBounds = reconciliationBounds) {
    this.#pause = bounds.first;
  }

  /**
   * A subscription stands: everything is asked for.
   *
   * @param marker the id of a task that there is not. The master answers in order, and for a task that it does not know,
   *   on no agent, only when no agent is missing that it remembers: so the answer says that it has told of everything.
   */
  begin(tasks: Iterable<string>, now: number, marker?: string): void {
    this.#connected = true;
    this.#marker = marker;
    this.#open.clear();
    for (const task of tasks) this.#open.add(task);
    if (marker !== undefined) this.#open.add(marker);
    this.#implicitDue = true;
    this.#pause = this.bounds.first;
    this.#askAt = now;
    this.#periodAt = now + this.bounds.period;
  }

  /** The subscription is gone: nobody answers. */
  end(): void {
    this.#connected = false;
    this.#askAt = this.#periodAt = undefined;
  }

  /** There is doubt about a task: it is asked for. */
  ask(task: string, now: number): void {
    if (!this.#connected || this.#open.has(task)) return;
    this.#open.add(task);
    this.#pause = this.bounds.first;
    this.#askAt = Math.min(this.#askAt ?? Infinity, now);
  }

  /**
   * When a task that was out of reach since a moment is to be asked for next: the longer that is ago, the later. On even
   * marks, so that one question is for many.
   *
   * @returns milliseconds since 1970
   */
  againAt({ unreachableSince = Infinity }: { readonly unreachableSince?: number }, now: number): number {
    const { first, last } = this.bounds;
    const pause = Math.min(Math.max(now - unreachableSince, first), last);
    return Math.ceil((now + pause) / first) * first;
  }

  /** Somebody told of a task, or it is of no interest any more. */
  answered(task: string): void {
    this.#open.delete(task);
    if (this.#open.size === 0 && !this.#implicitDue) this.#askAt = undefined;
  }

  /** Tasks that nobody answered for yet. */
  get open(): ReadonlySet<string> {
    return this.#open;
  }

  /** Whether the master has told of everything, as the marker shows. */
  get isComplete(): boolean {
    return this.#connected && this.#marker !== undefined && !this.#open.has(this.#marker);
  }

  /** Milliseconds since 1970: when there is something to do. */
  get nextAt(): number | undefined {
    const next = Math.min(this.#askAt ?? Infinity, this.#periodAt ?? Infinity);
    return next === Infinity ? undefined : next;
  }

  /** What is to be asked at this moment. `all`: the ids of all tasks, for the periodic question. */
  due(now: number, all: () => Iterable<string>): ReconciliationCalls {
    if (!this.#connected) return nothing;
    if (this.#periodAt !== undefined && this.#periodAt <= now) {
      for (const task of all()) this.#open.add(task);
      this.#implicitDue = true;
      this.#pause = this.bounds.first;
      this.#askAt = now;
      this.#periodAt = now + this.bounds.period;
    }
    if (this.#askAt === undefined || this.#askAt > now) return nothing;
    // While it is not known whether all was told, all is asked for again.
    const implicit = this.#implicitDue || (this.#marker !== undefined && this.#open.has(this.#marker));
    this.#implicitDue = false;
    const explicit = [...this.#open];
    this.#askAt = explicit.length === 0 ? undefined : now + this.#pause;
    this.#pause = Math.min(this.#pause * 2, this.bounds.last);
    return { implicit, explicit };
  }
}
