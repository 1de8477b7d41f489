/**
 * What the tasks of a group pass before anything of them is made: all of them, or none (Mesos docs, task groups). Each
 * goes on when all are prepared. Where one cannot be, the gate stays closed: its end ends the others, which wait here
 * no longer than that.
 */
export class LaunchGate {
  readonly #expected: number;
  readonly #open = Promise.withResolvers<void>();
  #passed = 0;

  /** @param expected how many tasks the group has */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /**
   * Waits until every task of the group is prepared.
   *
   * @throws what the own preparation throws
   */
  async pass<Prepared>(prepare: () => Promise<Prepared>): Promise<Prepared> {
    const prepared = await prepare();
    this.#passed++;
    if (this.#passed === this.#expected) this.#open.resolve();
    await this.#open.promise;
    return prepared;
  }
}
