import { UsageError } from "../pod/errors.ts";

/** How long an engine is waited for, as `--wait-engine` says. */
export interface WaitEngine {
  /** Seconds; absent: as long as it takes. */
  readonly timeout?: number;
}

/**
 * Reads `--wait-engine`.
 *
 * @returns undefined where the flag is not given: an engine that does not answer is an error then
 * @throws {UsageError} for what is neither a number of seconds nor `forever`
 */
export function waitEngineOf(text: string | undefined): WaitEngine | undefined {
  if (text === undefined) return undefined;
  if (text === "forever") return {};
  if (/^\d{1,7}$/.test(text)) return { timeout: Number(text) };
  throw new UsageError(`--wait-engine takes a whole number of seconds, or forever, not "${text}"`);
}
