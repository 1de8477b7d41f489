/** Sees to it that of several instances of one framework a single one acts. */
export interface Election {
  /**
   * Waits until this instance is the one that acts.
   *
   * @param onWait is told what it waits for, each time that this is something else
   * @throws the signal's reason when it is aborted first
   * @throws {MesoletError} where nobody can be elected like this
   */
  campaign(signal: AbortSignal, onWait: (reason: string) => void): Promise<Leadership>;
}

/** The right to act. */
export interface Leadership {
  /** Aborted, with the reason, before another instance may act: this one has to end whatever it does. */
  readonly lost: AbortSignal;
  /** What the leaders before have left, a line of text: which framework it is. */
  readNote(): Promise<string | undefined>;
  /**
   * Leaves a line for leaders to come; undefined when the framework is gone.
   *
   * @throws {MesoletError} when it is not kept, as when the lead is lost
   */
  writeNote(id: string | undefined): Promise<void>;
  /** Gives the right away, at once. Also one that is lost leaves nothing behind only after this. */
  resign(): Promise<void>;
}
