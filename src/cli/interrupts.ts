import { ExitCode, MesoletError } from "../pod/errors.ts";

/** The command was ended by a signal before it was through. */
export class Interrupted extends MesoletError {
  override readonly name: string = "Interrupted";
  constructor(readonly signalName: "SIGINT" | "SIGTERM") {
    super(
      signalName === "SIGINT" ? "interrupted" : "ended by SIGTERM",
      signalName === "SIGINT" ? ExitCode.interrupted : exitCodeOfTerm,
    );
  }
}

/** 128 + 15, as shells report the end by SIGTERM. */
const exitCodeOfTerm = 143;

/** Calls a handler for each signal of a name until what it gives back is called. */
export type SignalSource = (name: "SIGINT" | "SIGTERM" | "SIGHUP", handler: () => void) => () => void;

/** Signals of the operating system. */
export const systemSignals: SignalSource = (name, handler) => {
  Deno.addSignalListener(name, handler);
  return () => Deno.removeSignalListener(name, handler);
};

/**
 * A signal that comes again within this time is the same one, in milliseconds: who stops a whole group of processes
 * reaches a program through each parent that passes it on. No person is as quick.
 */
const sameWithin = 100;

/**
 * Ctrl-C and SIGTERM in three degrees: the first asks to end well, the second to end at once, and what still runs
 * after the third is left to itself. SIGHUP ends nothing: a closed terminal must not take a pod down half-way.
 */
export class Interrupts {
  readonly #degrees = [new AbortController(), new AbortController(), new AbortController()] as const;
  readonly #stop: (() => void)[];
  readonly #hangUps = new Set<() => void>();
  readonly #elapsed: () => number;
  #count = 0;
  #last: { readonly name: "SIGINT" | "SIGTERM"; readonly at: number } | undefined;

  /** @param elapsed milliseconds of a clock that never jumps */
  constructor(source: SignalSource, elapsed: () => number) {
    this.#elapsed = elapsed;
    this.#stop = [
      source("SIGINT", () => this.#raise("SIGINT")),
      source("SIGTERM", () => this.#raise("SIGTERM")),
      source("SIGHUP", () => {
        for (const listener of [...this.#hangUps]) listener();
      }),
    ];
  }

  /** Aborted by the first signal, with {@linkcode Interrupted}: end well. */
  get graceful(): AbortSignal {
    return this.#degrees[0].signal;
  }

  /** Aborted by the second signal: end at once. */
  get immediate(): AbortSignal {
    return this.#degrees[1].signal;
  }

  /** Aborted by the third signal: leave everything as it is. */
  get abandon(): AbortSignal {
    return this.#degrees[2].signal;
  }

  /** Calls back at every SIGHUP, until what it gives back is called. */
  onHangUp(listener: () => void): () => void {
    this.#hangUps.add(listener);
    return () => this.#hangUps.delete(listener);
  }

  /** Listens no more. */
  dispose(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #raise(name: "SIGINT" | "SIGTERM"): void {
    const at = this.#elapsed();
    if (this.#last?.name === name && at - this.#last.at < sameWithin) return;
    this.#last = { name, at };
    this.#degrees[this.#count]?.abort(new Interrupted(name));
    if (this.#count < this.#degrees.length) this.#count++;
  }
}
