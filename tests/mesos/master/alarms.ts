/** What is to happen at a moment, by name. It has no clock: its owner looks at {@linkcode Alarms.due}. */
export class Alarms {
  readonly #alarms = new Map<string, { readonly at: number; readonly ring: () => void }>();
  #due: number | undefined;

  /** @param at milliseconds since 1970; never at Infinity. An alarm of the same name is replaced. */
  set(name: string, at: number, ring: () => void): void {
    this.#due = undefined;
    if (Number.isFinite(at)) this.#alarms.set(name, { at, ring });
    else this.#alarms.delete(name);
  }

  clear(name: string): void {
    if (this.#alarms.delete(name)) this.#due = undefined;
  }

  /** When the next one rings. */
  get due(): number | undefined {
    if (this.#alarms.size === 0) return undefined;
    return this.#due ??= Math.min(...[...this.#alarms.values()].map(({ at }) => at));
  }

  /** Rings what is due, the earliest first. */
  ring(now: number): void {
    for (let due = this.due; due !== undefined && due <= now; due = this.due) {
      for (const [name, { at, ring }] of [...this.#alarms]) {
        if (at > due || this.#alarms.get(name)?.at !== at) continue;
        this.clear(name);
        ring();
      }
    }
  }
}
