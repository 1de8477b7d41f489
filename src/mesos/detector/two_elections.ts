import type { Election, Leadership } from "./election.ts";

/**
 * An election whose winner needs something else for itself as well: the state on its host, which another instance may
 * have. Leads who has both.
 */
export class TwoElections implements Election {
  readonly #outer: Election;
  readonly #inner: Election;

  /** @param outer comes first, and what it says counts */
  constructor(outer: Election, inner: Election) {
    this.#outer = outer;
    this.#inner = inner;
  }

  async campaign(signal: AbortSignal, onWait: (reason: string) => void): Promise<Leadership> {
    for (;;) {
      const outer = await this.#outer.campaign(signal, onWait);
      try {
        const inner = await this.#inner.campaign(AbortSignal.any([signal, outer.lost]), onWait);
        return new TwoLeaderships(outer, inner);
      } catch (error) {
        await outer.resign();
        if (signal.aborted || error !== outer.lost.reason) throw error;
      }
    }
  }
}

class TwoLeaderships implements Leadership {
  readonly lost: AbortSignal;
  readonly #outer: Leadership;
  readonly #inner: Leadership;

  constructor(outer: Leadership, inner: Leadership) {
    this.#outer = outer;
    this.#inner = inner;
    this.lost = AbortSignal.any([outer.lost, inner.lost]);
  }

  /** The inner one's may be of a time before others led: it counts for nothing. */
  readNote(): Promise<string | undefined> {
    return this.#outer.readNote();
  }

  async writeNote(text: string | undefined): Promise<void> {
    await this.#inner.writeNote(text);
    await this.#outer.writeNote(text);
  }

  async resign(): Promise<void> {
    // The outer one last: who comes next finds the inner one free.
    await this.#inner.resign();
    await this.#outer.resign();
  }
}
