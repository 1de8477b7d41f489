/** Values of labels: texts that become what they mean. */

import { parseBytes, parseDurationNanoseconds } from "../../compose/units.ts";

/** No pod takes longer to start or to stop. */
const longestWait = 7 * 24 * 3_600_000;

/**
 * A duration as Compose has it (`90s`, `1m30s`), or a number without a unit.
 *
 * @param bareUnit milliseconds that a number without a unit counts
 * @returns milliseconds
 * @throws {RangeError} where it is none, or more than a week
 */
export function durationValue(text: string, bareUnit: number): number {
  const milliseconds = /^\d+(?:\.\d+)?$/.test(text)
    ? Number(text) * bareUnit
    : parseDurationNanoseconds(text) / 1e6;
  if (milliseconds < 0 || milliseconds > longestWait) {
    throw new RangeError(`${JSON.stringify(text)} is not between 0 and a week`);
  }
  return Math.round(milliseconds);
}

/** @throws {RangeError} where the text is neither yes nor no */
export function booleanValue(text: string): boolean {
  const word = text.toLowerCase();
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  throw new RangeError(`${JSON.stringify(text)} is neither true nor false`);
}

/** @throws {RangeError} where the text is no whole number from `least` to `most` */
export function wholeValue(text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new RangeError(`${JSON.stringify(text)} is not a whole number from ${least} to ${most}`);
}

/** @throws {RangeError} where the text is no size from `least` to `most` bytes */
export function sizeValue(text: string, least: number, most: number): number {
  const bytes = parseBytes(text);
  if (bytes >= least && bytes <= most) return bytes;
  throw new RangeError(`${JSON.stringify(text)} is not between ${least} and ${most} bytes`);
}

/** @throws {RangeError} where the text is none of the choices */
export function choiceValue<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new RangeError(`${JSON.stringify(text)} is not one of ${choices.join(", ")}`);
}

/** Parts of a text between commas, without blanks around them; empty ones are left out. */
export function listValue(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}
