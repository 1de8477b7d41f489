import type { Clock } from "../../../src/pod/clock.ts";

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Work at moments, for tens of thousands of them: a heap, and one sleep of the clock for the first. */
export class Schedule {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #order = 0;
  #alarm = new AbortController();
  #armed = Infinity;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** @param milliseconds from now. Work of one moment is done in the order in which it was asked for. */
  after(milliseconds: number, work: () => void): void {
    const entry = { at: this.#clock.now() + milliseconds, order: this.#order++, work };
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) break;
      index = parent;
    }
    this.#arm();
  }

  /** Nothing happens any more. */
  end(): void {
    this.#ended = true;
    this.#alarm.abort();
    this.#heap.length = 0;
  }

  #swapIfEarlier(index: number, other: number): boolean {
    const [one, two] = [this.#heap[index], this.#heap[other]];
    if (one === undefined || two === undefined) return false;
    if (one.at > two.at || (one.at === two.at && one.order > two.order)) return false;
    this.#heap[index] = two;
    this.#heap[other] = one;
    return true;
  }

  #take(): Entry | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let index = 0;;) {
      const left = 2 * index + 1;
      const [one, two] = [this.#heap[left], this.#heap[left + 1]];
      const isRight = one !== undefined && two !== undefined &&
        (two.at < one.at || (two.at === one.at && two.order < one.order));
      const child = isRight ? left + 1 : left;
      if (!this.#swapIfEarlier(child, index)) return first;
      index = child;
    }
  }

  #ring(): void {
    this.#armed = Infinity;
    const now = this.#clock.now();
    for (let [first] = this.#heap; first !== undefined && first.at <= now; [first] = this.#heap) {
      this.#take();
      first.work();
    }
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#heap;
    if (this.#ended || first === undefined || first.at >= this.#armed) return;
    this.#alarm.abort();
    this.#armed = first.at;
    const alarm = this.#alarm = new AbortController();
    this.#clock.sleep(Math.max(0, first.at - this.#clock.now()), alarm.signal).then(
      () => this.#ring(),
      () => {/* Something else is due earlier, or nothing any more. */},
    );
  }
}
