/** Pauses between attempts that grow while attempts fail, and in which chance has a part. */
export class BackOff {
  readonly #longest: number;
  readonly #random: () => number;
  #failures = 0;

  /**
   * @param longest no pause is longer, in milliseconds; the first is at most a sixteenth of it
   * @param random in [0, 1)
   */
  constructor(longest: number, random: () => number) {
    this.#longest = longest;
    this.#random = random;
  }

  /**
   * The pause after one more failure, in milliseconds: at most twice the one before, and chance takes up to half away.
   *
   * @param stood for how long it went well before: as long as the longest pause, and pauses begin anew. A master that
   * takes a framework and loses it again and again is not to be asked all the time.
   */
  next(stood: number): number {
    if (stood >= this.#longest) this.#failures = 0;
    const bound = Math.min(this.#longest, this.#longest / 16 * 2 ** this.#failures++);
    return bound * (1 - this.#random() / 2);
  }
}
