import type { DirectoryWatch } from "../../operator/watch_directory.ts";
import type { Clock } from "../../pod/clock.ts";

/** What a watch that begins later is made of. */
export interface LateWatchSetup {
  /** Begins it. */
  readonly open: () => DirectoryWatch;
  readonly clock: Pick<Clock, "sleep">;
  /** Milliseconds after which it begins by itself. */
  readonly within: number;
  readonly signal: AbortSignal;
}

/** A watch of specs that lets something go first: reading thousands of them keeps a process from all else. */
export class LateWatch implements DirectoryWatch {
  readonly done: Promise<void>;
  readonly #setup: LateWatchSetup;
  readonly #end = Promise.withResolvers<void>();
  #watch: DirectoryWatch | undefined;

  constructor(setup: LateWatchSetup) {
    this.#setup = setup;
    this.done = this.#end.promise;
    const { clock, within, signal } = setup;
    if (within === 0) this.begin();
    else clock.sleep(within, signal).then(() => this.begin(), () => this.#stop());
  }

  /** Begins now, unless it has already. */
  begin(): void {
    if (this.#watch !== undefined || this.#setup.signal.aborted) return;
    this.#watch = this.#setup.open();
    this.#watch.done.then(() => this.#end.resolve(), (error) => this.#end.reject(error));
  }

  /** Looks at once; before the beginning that is still to come. */
  rescan(): void {
    this.#watch?.rescan();
  }

  #stop(): void {
    if (this.#watch === undefined) this.#end.resolve();
  }
}
