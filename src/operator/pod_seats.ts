import { untilAborted } from "../supervisor/until_aborted.ts";

/** The seat of a pod, or its place in the queue. */
interface Seat {
  readonly granted: PromiseWithResolvers<void>;
  isGranted: boolean;
  /** Calls that are under way, or wait. */
  calls: number;
}

/**
 * Seats for pods that change something on the engine: a pod takes one while it has such calls under way, however many
 * they are, and who waits longest gets the next. What a pod waits for (a pull, a stop, a condition, a hook) takes none,
 * so that one that hangs there holds up nobody.
 */
export class PodSeats {
  #free: number;
  readonly #seats = new Map<string, Seat>();
  readonly #waiting: Seat[] = [];

  /** @param count how many pods may have calls under way at one time */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Makes a call for a pod as soon as the pod has a seat.
   *
   * @throws the signal's reason when it is aborted before, and whatever the call throws
   */
  async hold<T>(pod: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const seat = this.#seats.get(pod) ?? this.#take(pod);
    seat.calls++;
    try {
      await untilAborted(seat.granted.promise, signal);
      return await call();
    } finally {
      seat.calls--;
      if (seat.calls === 0) this.#leave(pod, seat);
    }
  }

  #take(pod: string): Seat {
    const seat: Seat = { granted: Promise.withResolvers(), isGranted: false, calls: 0 };
    this.#seats.set(pod, seat);
    if (this.#free === 0) {
      this.#waiting.push(seat);
      return seat;
    }
    this.#free--;
    grant(seat);
    return seat;
  }

  #leave(pod: string, seat: Seat): void {
    this.#seats.delete(pod);
    if (!seat.isGranted) {
      this.#waiting.splice(this.#waiting.indexOf(seat), 1);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else grant(next);
  }
}

function grant(seat: Seat): void {
  seat.isGranted = true;
  seat.granted.resolve();
}
