/** Sizes, durations and numbers as Compose writes them. */

const nanoseconds: Record<string, number> = {
  ns: 1,
  us: 1e3,
  "µs": 1e3,
  "μs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
  w: 604_800e9,
};

const longestDuration = 2 ** 63;

/**
 * Reads a duration such as `1m30s`, `1.5h`, `250ms` or `1w2d`.
 *
 * Source of the grammar: the Compose Specification's durations, with Go's units and, as Docker Compose has them, `d`
 * and `w`.
 *
 * @returns nanoseconds
 * @throws {RangeError} where the text is not a duration
 */
export function parseDurationNanoseconds(text: string): number {
  const match = /^([-+]?)(.*)$/s.exec(text);
  const sign = match?.[1] === "-" ? -1 : 1;
  let rest = match?.[2] ?? "";
  if (rest === "0") return 0;
  if (rest === "") throw new RangeError(`${JSON.stringify(text)} is not a duration such as 1m30s`);
  let total = 0;
  while (rest !== "") {
    const part = /^(\d+(?:\.\d*)?|\.\d+)([^\d.]*)/.exec(rest);
    const [whole = "", amount = "", unit = ""] = part ?? [];
    const factor = Object.hasOwn(nanoseconds, unit) ? nanoseconds[unit] : undefined;
    if (part === null || factor === undefined) {
      const reason = part === null
        ? ""
        : unit === ""
        ? ": a unit is missing"
        : `: unknown unit ${JSON.stringify(unit)}`;
      throw new RangeError(`${JSON.stringify(text)} is not a duration such as 1m30s${reason}`);
    }
    total += Number(amount) * factor;
    rest = rest.slice(whole.length);
  }
  if (total >= longestDuration) throw new RangeError(`${JSON.stringify(text)} is longer than 292 years`);
  return sign * Math.trunc(total);
}

/**
 * Prints a duration as Go does: `1m30s`, `1h0m0s`, `1.5s`, `250ms`.
 *
 * @param total nanoseconds
 */
export function formatDuration(total: number): string {
  if (total === 0) return "0s";
  const sign = total < 0 ? "-" : "";
  const size = Math.abs(total);
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${trimmed(size / 1e3)}µs`;
  if (size < 1e9) return `${sign}${trimmed(size / 1e6)}ms`;
  const hours = Math.floor(size / 3_600e9);
  const minutes = Math.floor((size - hours * 3_600e9) / 60e9);
  const seconds = trimmed((size - hours * 3_600e9 - minutes * 60e9) / 1e9);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(9)));
}

const powers: Record<string, number> = { k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Reads a size such as `512m`, `1.5GiB`, `64 kb` or `1024`; units are powers of 1024 and their case does not count.
 *
 * @returns bytes, rounded down
 * @throws {RangeError} where the text is not a size, or is below zero
 */
export function parseBytes(text: string): number {
  const match = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?) ?([kmgtp]?)(i?b)?$/i.exec(text);
  const [, amount = "", unit = "", suffix = ""] = match ?? [];
  const bad = match === null || amount.startsWith("-") || (unit === "" && /i/i.test(suffix));
  if (bad) throw new RangeError(`${JSON.stringify(text)} is not a size such as 512m or 1g`);
  return Math.trunc(Number(amount) * 1024 ** (powers[unit.toLowerCase()] ?? 0));
}

/**
 * Reads a whole number in base 10, with or without a sign.
 *
 * @throws {RangeError} where the text is anything else
 */
export function parseInteger(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new RangeError(`${JSON.stringify(text)} is not a whole number`);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${JSON.stringify(text)} is too large a number`);
  return value === 0 ? 0 : value;
}

/**
 * Reads a number that may have a fraction or an exponent.
 *
 * @throws {RangeError} where the text is anything else
 */
export function parseFloatingPoint(text: string): number {
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a number`);
  }
  return Number(text);
}

/**
 * Reads a file mode written in octal: `0440` or `440`.
 *
 * @throws {RangeError} where the text is anything else
 */
export function parseFileMode(text: string): number {
  if (!/^[-+]?[0-7]+$/.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a file mode in octal such as "0440"`);
  }
  return parseInt(text, 8);
}

/** Prints a file mode in octal with a leading 0. */
export function formatFileMode(mode: number): string {
  return `0${mode.toString(8)}`;
}
