/** What would be told again and again is told once, and then how often it was. */
export class SeldomTold {
  readonly #pause: number;
  readonly #told = new Map<string, { at: number; heldBack: number }>();

  /** @param pause the same is told again after this time at the earliest, in milliseconds */
  constructor(pause: number) {
    this.#pause = pause;
  }

  /**
   * Whether something is to be told now.
   *
   * @param text what is the same but for its numbers counts as the same: ids and amounts differ each time
   * @param now milliseconds
   * @returns what to tell; undefined where it was told just before
   */
  take(text: string, now: number): string | undefined {
    const key = text.replaceAll(/[0-9a-f]*\d[0-9a-f.-]*/gi, "0");
    const before = this.#told.get(key);
    if (before !== undefined && now - before.at < this.#pause) {
      before.heldBack++;
      return undefined;
    }
    for (const [old, { at }] of this.#told) if (now - at >= this.#pause) this.#told.delete(old);
    this.#told.set(key, { at: now, heldBack: 0 });
    const times = before?.heldBack ?? 0;
    return times === 0 ? text : `${text} (and ${times} times before, since it was told)`;
  }
}
