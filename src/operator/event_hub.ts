import type { Engine, EngineEvent } from "../docker/engine.ts";
import { Label } from "../pod/labels.ts";

/** Events that are kept for listeners that come back after a loss of the stream. */
const keptEvents = 4_096;

/**
 * One event stream of an engine for as many listeners as like, each of its own pod. It is opened with the first
 * listener. When it is lost all of them end, as each would with a stream of its own; the first that comes back opens it
 * again from the last event on.
 */
export class EventHub {
  readonly #engine: Pick<Engine, "events">;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #listeners = new Set<Listener>();
  readonly #closed = new AbortController();
  /** The last events, the newest last. */
  #kept: EngineEvent[] = [];
  /** When the newest event of a pod happened that is not kept any more. */
  readonly #forgotten = new Map<string, number>();
  #from: number | undefined;
  #last = -Infinity;
  #upstream: { readonly ended: Promise<void> } | undefined;

  /** @param onEvent is told of each event before the listeners are */
  constructor(engine: Pick<Engine, "events">, onEvent: (event: EngineEvent) => void) {
    this.#engine = engine;
    this.#onEvent = onEvent;
  }

  /** Events of a pod from `since` on (milliseconds since 1970), as {@linkcode Engine.events} gives them. */
  async *events(
    options: { readonly pod: string; readonly since: number },
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, void, undefined> {
    if (signal.aborted || this.#closed.signal.aborted) return;
    if (!this.#covers(options)) {
      yield* this.#engine.events(options, AbortSignal.any([signal, this.#closed.signal]));
      return;
    }
    const listener = new Listener(options.pod);
    for (const event of this.#kept) if (event.time >= options.since) listener.tell(event);
    this.#listeners.add(listener);
    if (this.#upstream === undefined) this.#open(options.since);
    const end = () => listener.end();
    signal.addEventListener("abort", end, { once: true });
    try {
      yield* listener.events();
    } finally {
      signal.removeEventListener("abort", end);
      this.#listeners.delete(listener);
    }
  }

  /** Ends the stream, and all listeners with it. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const listener of [...this.#listeners]) listener.end();
    await this.#upstream?.ended;
  }

  /** Whether nothing of what is asked for lies before what is known here. */
  #covers({ pod, since }: { readonly pod: string; readonly since: number }): boolean {
    if (this.#from === undefined) return true;
    return since >= this.#from && (this.#forgotten.get(pod) ?? -Infinity) < since;
  }

  #open(since: number): void {
    this.#from ??= since;
    this.#upstream = { ended: this.#read(Math.max(this.#last, this.#from)) };
  }

  async #read(since: number): Promise<void> {
    try {
      for await (const event of this.#engine.events({ since }, this.#closed.signal)) this.#take(event);
    } catch {
      // Said to the listeners as a lost stream.
    } finally {
      this.#upstream = undefined;
      for (const listener of [...this.#listeners]) listener.end();
    }
  }

  #take(event: EngineEvent): void {
    this.#last = Math.max(this.#last, event.time);
    this.#kept.push(event);
    if (this.#kept.length >= 2 * keptEvents) {
      for (const old of this.#kept.slice(0, keptEvents)) {
        this.#forgotten.set(old.labels[Label.pod] ?? "", old.time);
      }
      this.#kept = this.#kept.slice(keptEvents);
    }
    this.#onEvent(event);
    for (const listener of this.#listeners) listener.tell(event);
  }
}

/** Events on their way to one reader. */
class Listener {
  readonly #pod: string;
  readonly #events: EngineEvent[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;

  constructor(pod: string) {
    this.#pod = pod;
  }

  tell(event: EngineEvent): void {
    if (this.#ended || event.labels[Label.pod] !== this.#pod) return;
    this.#events.push(event);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *events(): AsyncGenerator<EngineEvent, void, undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield event;
      } else if (this.#ended) {
        return;
      } else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }
}
