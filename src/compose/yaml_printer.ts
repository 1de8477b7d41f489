/** Prints plain data as YAML that every reader takes for the same data. */

import { resolvePlainScalar } from "./scalars.ts";

const plainText = /^[A-Za-z_./][A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*$/;
const oldBooleans = /^(?:y|n|yes|no|on|off)$/i;

/** Prints data as block YAML with two blanks for each level; the order of keys is kept. */
export function printYaml(value: unknown): string {
  const lines: string[] = [];
  printInto(lines, "", "", value);
  return `${lines.join("\n")}\n`;
}

/** `lead` is what stands before the value on its first line, `indent` what stands before the following ones. */
function printInto(lines: string[], lead: string, indent: string, value: unknown): void {
  if (Array.isArray(value) && value.length > 0) {
    if (lead.endsWith(":")) lines.push(lead);
    const first = lead.endsWith(":") ? `${indent}- ` : `${lead}- `;
    for (const [index, item] of value.entries()) {
      printInto(lines, index === 0 ? first : `${indent}- `, `${indent}  `, item);
    }
    return;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0) {
      if (lead.endsWith(":")) lines.push(lead);
      for (const [index, [key, item]] of entries.entries()) {
        const before = index === 0 && !lead.endsWith(":") ? lead : indent;
        printInto(lines, `${before}${printScalar(key)}:`, `${indent}  `, item);
      }
      return;
    }
  }
  const separator = lead === "" || lead.endsWith(" ") ? "" : " ";
  lines.push(`${lead}${separator}${printScalar(value, indent)}`);
}

function printScalar(value: unknown, indent = ""): string {
  if (Array.isArray(value)) return "[]";
  if (typeof value === "object" && value !== null) return "{}";
  if (typeof value !== "string") return value === null || value === undefined ? "null" : printOther(value);
  if (plainText.test(value) && !oldBooleans.test(value) && resolvePlainScalar(value) === value) return value;
  return isBlock(value) ? printBlock(value, indent) : JSON.stringify(value);
}

function printOther(value: unknown): string {
  if (value === Infinity) return ".inf";
  if (value === -Infinity) return "-.inf";
  return Number.isNaN(value) ? ".nan" : String(value);
}

/** Lines that stay themselves in a block: printable, no blank at the end or before the first letter. */
function isBlock(value: string): boolean {
  return /^[^\s][^\p{C}\u0085\u2028\u2029]*(?:\n[^\p{C}\u0085\u2028\u2029]*)*\n$/u.test(value) &&
    !/[ \t]$|\n\n$/m.test(value);
}

function printBlock(value: string, indent: string): string {
  const lines = value.slice(0, -1).split("\n").map((line) => line === "" ? "" : `${indent}${line}`);
  return `|\n${lines.join("\n")}`;
}
