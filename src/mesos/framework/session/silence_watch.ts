import type { Clock } from "../../../pod/clock.ts";

/** Notices when nothing was heard for a while. */
export class SilenceWatch {
  #heardAt: number;
  #stop = new AbortController();

  /** @param onSilence is told how long the silence was, in milliseconds; once */
  constructor(private readonly clock: Clock, private readonly onSilence: (silence: number) => void) {
    this.#heardAt = clock.elapsed();
  }

  /** Watches from now on, with that bound in milliseconds. */
  start(bound: number): void {
    this.#stop.abort();
    const stop = this.#stop = new AbortController();
    this.#heardAt = this.clock.elapsed();
    this.#watch(bound, stop.signal).catch(() => {});
  }

  /** Something was heard. */
  heard(): void {
    this.#heardAt = this.clock.elapsed();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #watch(bound: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#heardAt + bound - this.clock.elapsed();
      if (left <= 0) break;
      await this.clock.sleep(left, signal);
    }
    this.onSilence(bound);
  }
}
