import type { Clock } from "../../pod/clock.ts";
import { type KillUnderWay, nextKill } from "./kill_grace.ts";

/** Watches the grace of a kill: when it is over, what is left is killed. */
export class KillDeadline {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #kill: KillUnderWay | undefined;
  #watch = new AbortController();

  /** @param onOver is called when the grace is over, once for each time that it was set anew */
  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Milliseconds that are left; undefined where there is no deadline. */
  get left(): number | undefined {
    const deadline = this.#kill?.deadline;
    return deadline === undefined ? undefined : Math.max(0, deadline - this.#clock.elapsed());
  }

  /**
   * A kill came. The first begins the grace, a later one may only shorten it, and the wait begins anew.
   *
   * @param grace milliseconds; undefined: without a deadline of its own
   */
  set(grace: number | undefined): void {
    this.#kill = nextKill(this.#kill, grace, this.#clock.elapsed());
    this.stop();
    const { left } = this;
    if (left === undefined) return;
    this.#watch = new AbortController();
    this.#clock.sleep(left, this.#watch.signal).then(this.#onOver, () => {});
  }

  /** Watches no more. */
  stop(): void {
    this.#watch.abort();
  }
}
