import type { Clock } from "../pod/clock.ts";
import type { Engine, EngineEvent } from "../docker/engine.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";

/** What a feed tells: an event; that the stream was lost; that it is open again, and what it missed is asked for. */
export type FeedNotice =
  | { readonly kind: "event"; readonly event: EngineEvent }
  | { readonly kind: "lost" }
  | { readonly kind: "restored" };

/** The events of a pod's containers for as many listeners as like, over one stream that is opened anew when lost. */
export interface EventFeed {
  /** Listeners are called in the order of their subscription and must not throw. Returns what ends it. */
  subscribe(listener: (notice: FeedNotice) => void): () => void;
  /** False from the loss of the stream until it is open again. */
  readonly connected: boolean;
  /** Ends the stream and waits until it is closed. */
  close(): Promise<void>;
}

/** Events that were seen, remembered to recognise those that the engine repeats after a reconnection. */
const rememberedEvents = 512;

/**
 * Opens the event stream of a pod. The request is under way when this returns; the engine is asked for the events
 * since now, so that nothing is lost before it answers.
 *
 * A lost stream is opened again when the engine answers a ping, with pauses that double. It then starts at the last
 * event that came, and repetitions are left out. An engine that was itself restarted has forgotten its events:
 * listeners must look for themselves at what is `restored`.
 */
export function openEventFeed(
  options: {
    readonly engine: Pick<Engine, "events" | "ping">;
    readonly clock: Clock;
    readonly pod: string;
    readonly bounds: SupervisionBounds;
  },
): EventFeed {
  return new ReconnectingFeed(options);
}

type FeedOptions = Parameters<typeof openEventFeed>[0];

class ReconnectingFeed implements EventFeed {
  readonly #options: FeedOptions;
  readonly #listeners = new Set<(notice: FeedNotice) => void>();
  readonly #closed = new AbortController();
  readonly #seen = new Set<string>();
  readonly #end: Promise<void>;
  #since: number;
  #repeatedUntil = -Infinity;
  #connected = true;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#since = options.clock.now();
    this.#end = this.#run();
  }

  get connected(): boolean {
    return this.#connected;
  }

  subscribe(listener: (notice: FeedNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#closed.abort();
    await this.#end;
  }

  async #run(): Promise<void> {
    const { clock, bounds } = this.#options;
    const signal = this.#closed.signal;
    let pause = bounds.reconnectFirst;
    while (!signal.aborted) {
      const opened = clock.elapsed();
      await this.#follow(signal);
      if (signal.aborted) return;
      if (this.#connected) {
        this.#connected = false;
        this.#tell({ kind: "lost" });
      }
      // A stream that held for a while was a good one: the next loss is a new matter.
      if (clock.elapsed() - opened >= bounds.reconnectLast) pause = bounds.reconnectFirst;
      do {
        try {
          await clock.sleep(pause, signal);
        } catch {
          return;
        }
        pause = Math.min(pause * 2, bounds.reconnectLast);
      } while (!await this.#answers(signal) && !signal.aborted);
    }
  }

  /** Reads one stream to its end. Never throws: a stream that ends with an error is a lost one. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { engine, pod, clock, bounds } = this.#options;
    const aborted = Promise.withResolvers<IteratorResult<EngineEvent>>();
    const onAbort = () => aborted.resolve({ done: true, value: undefined });
    signal.addEventListener("abort", onAbort, { once: true });
    let closing: Promise<unknown> = Promise.resolve();
    try {
      const iterator = engine.events({ pod, since: this.#since }, signal)[Symbol.asyncIterator]();
      for (;;) {
        const next = iterator.next();
        if (!this.#connected) {
          this.#repeatedUntil = this.#since;
          this.#connected = true;
          this.#tell({ kind: "restored" });
        }
        const result = await Promise.race([next, aborted.promise]);
        if (result.done === true) {
          closing = next.then(() => iterator.return?.());
          break;
        }
        this.#onEvent(result.value);
      }
    } catch {
      // Said to the listeners as a lost stream.
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    await withinBound(closing, clock, bounds.settle);
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#options.engine.ping(signal);
    } catch {
      return false;
    }
  }

  #onEvent(event: EngineEvent): void {
    const key = [event.time, event.containerId, event.action, event.exitCode, event.health].join(" ");
    // Only what is told again after a reconnection can be a repetition.
    if (event.time <= this.#repeatedUntil && this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.#seen.size > rememberedEvents) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
    this.#since = Math.max(this.#since, event.time);
    this.#tell({ kind: "event", event });
  }

  #tell(notice: FeedNotice): void {
    for (const listener of [...this.#listeners]) listener(notice);
  }
}

/** Waits until a promise is settled, however, but not longer than the bound. */
async function withinBound(promise: Promise<unknown>, clock: Clock, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([promise.then(() => {}, () => {}), clock.sleep(milliseconds, timer.signal)]);
  } finally {
    timer.abort();
  }
}
