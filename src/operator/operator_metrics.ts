/** What an operator counts, for whoever shows it. Nothing of it may throw. */
export interface OperatorMetrics {
  /** A pod was brought to what its spec says, which took so many milliseconds. */
  reconciled(milliseconds: number): void;
  /** An image was pulled, in so many milliseconds. */
  pulled(milliseconds: number): void;
  /** A change of a directory was found by looking, and not by its watch. */
  watchMissed(): void;
  /**
   * The engine answered, or did not.
   *
   * @param kind `list`, `inspect`, `observe`, `events`, or the kind of a step: `create-container`
   */
  engineCall(kind: string, ok: boolean): void;
}
