/** Scalars as go-yaml v3 reads them and as Go prints them: what Docker Compose's users have come to rely on. */

import { type Tree, YamlDate, YamlFloat } from "./tree.ts";

const nulls = new Set(["", "~", "null", "Null", "NULL"]);
const truths = new Set(["true", "True", "TRUE"]);
const falsehoods = new Set(["false", "False", "FALSE"]);
const floatPattern = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const infinityPattern = /^[-+]?\.(inf|Inf|INF)$/;
const datePattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;
const integerPattern = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

/**
 * Gives a plain (unquoted) scalar its value: null, boolean, integer in base 2, 8, 10 or 16, float, date, or the
 * text itself.
 */
export function resolvePlainScalar(text: string): Tree {
  if (nulls.has(text)) return null;
  if (truths.has(text)) return true;
  if (falsehoods.has(text)) return false;
  const first = text.charCodeAt(0);
  const numeric = first === 0x2b || first === 0x2d || first === 0x2e || (first >= 0x30 && first <= 0x39);
  if (!numeric) return text;
  if (infinityPattern.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (text === ".nan" || text === ".NaN" || text === ".NAN") return NaN;
  const digits = text.replaceAll("_", "");
  const integer = integerPattern.exec(digits);
  if (integer !== null) {
    const [, sign, hexadecimal, binary, octal, decimal] = integer;
    const magnitude = hexadecimal !== undefined
      ? BigInt(`0x${hexadecimal}`)
      : binary !== undefined
      ? BigInt(`0b${binary}`)
      : octal !== undefined
      ? BigInt(`0o${octal}`)
      : BigInt(decimal ?? "0");
    if (magnitude > 0xffff_ffff_ffff_ffffn) return floatOf(Number(magnitude) * (sign === "-" ? -1 : 1));
    const value = sign === "-" ? -magnitude : magnitude;
    const number = Number(value);
    return Number.isSafeInteger(number) ? (number === 0 ? 0 : number) : value;
  }
  if (floatPattern.test(digits)) return floatOf(Number(digits));
  return isDate(text) ? new YamlDate(text) : text;
}

/** Knows the forms of dates that go-yaml does: a day, or a day and a time. */
function isDate(text: string): boolean {
  const match = datePattern.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function floatOf(value: number): number | YamlFloat {
  return Number.isInteger(value) && Math.abs(value) >= 1e6 ? new YamlFloat(value) : value;
}

/** Says whether a value is a number of any kind. */
export function isNumeric(value: Tree | undefined): value is number | bigint | YamlFloat {
  return typeof value === "number" || typeof value === "bigint" || value instanceof YamlFloat;
}

/** Says whether a value is a number without a fraction. */
export function isInteger(value: Tree | undefined): value is number | bigint | YamlFloat {
  return typeof value === "bigint" || (value instanceof YamlFloat) ||
    (typeof value === "number" && Number.isInteger(value));
}

/** Gives a numeric value as a number. */
export function numberOf(value: number | bigint | YamlFloat): number {
  return value instanceof YamlFloat ? value.value : Number(value);
}

/** Prints a scalar as Go's `%v` does: 1.10 is `1.1`, 1e6 is `1e+06`, null is empty. */
export function textOf(value: Tree): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(0) : formatFloat(value);
  if (value instanceof YamlFloat) return formatFloat(value.value);
  if (value instanceof YamlDate) return value.text;
  if (Array.isArray(value)) return `[${value.map(textOf).join(" ")}]`;
  if (typeof value === "object") {
    return `map[${Object.keys(value).sort().map((key) => `${key}:${textOf(value[key] as Tree)}`).join(" ")}]`;
  }
  return String(value);
}

/** Prints a float as Go does: the shortest digits that read back the same, with an exponent from 1e+06 and 1e-05 on. */
function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [mantissa = "0", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  const digits = mantissa.replace(/[-.]/g, "").length;
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return value.toFixed(Math.max(0, digits - 1 - exponent));
}
