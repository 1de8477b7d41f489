/** Text to trees: one per YAML document, with the places that `!reset` and `!override` mark. */

import type { LoadedExactReader } from "./yaml_exact.ts";
import { emptyMapping, type Mapping, type PathSegments, type Tree } from "./tree.ts";
import { parseAll } from "./yaml_fast.ts";

/** One YAML document of a file. */
export interface YamlDocument {
  readonly value: Tree;
  /** Places marked `!reset` (their value is gone) or `!override`: what was merged there before goes away. */
  readonly resets: readonly PathSegments[];
}

/** A text is not YAML, or not YAML that a Compose file may hold. Offsets count UTF-16 units from 0. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  constructor(message: string, readonly offset?: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Thrown where only the exact reader will do and it is not loaded yet. */
export class ExactReaderNeeded extends Error {
  override readonly name = "ExactReaderNeeded";
}

/** More nodes than any Compose file needs; a file of a few hundred bytes can ask for billions through aliases. */
export const nodeLimit = 300_000;

/** What is said of a document with more. */
export const tooManyNodes = `more than ${nodeLimit} values, aliases unfolded`;

/** Deeper than any Compose file is. */
export const depthLimit = 200;

/** No Compose file is larger; reading one as YAML takes about thirty times its size in memory. */
const textLimit = 4 << 20;

/** The exact reader is slow; what needs it and is larger than this is refused. */
export const exactLimit = 1 << 20;

/** Colons and commas before a blank or at the end of a line, as keys and items have them: what is read takes memory. */
const markLimit = 120_000;

/** Brackets that may be open at once before the text is read at all: readers recurse. */
const bracketLimit = 2000;

// Where the fast reader and go-yaml part: tags, numbers that they read differently, dates. What a scalar may start with is
// looked at first and once, as this is tried at every character.
const oddScalar = new RegExp(
  `(?:^|[\\s\\[{,:-])(?=[-+!0-9.])(?:${
    [
      "!", // a tag
      "[-+]?0[oOXB]", // octal as 0o644; capital 0X, 0B
      "[-+]?0[0-9_]*[89]", // 08
      "[-+]?[0-9.]+[eE][-+]?[0-9]+(?:$|[\\s,\\]}])", // 1e6 is a float
      "[-+]?[0-9]{6,}\\.[0-9]*(?:$|[\\s,\\]}])", // so is 1000000.0
      "[-+]?[0-9]{16,}(?:$|[\\s,\\]}])", // beyond what a number holds
      "[-+]?[0-9.]+_", // 1_000
      "[-+]\\.", // +.5
      "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", // a date
    ].join("|")
  })`,
  "m",
);

// The same of what is no scalar; apart from it, as one expression for both takes twice as long.
const oddForm = new RegExp(
  [
    "^ *\\?\\s|\\] *:|\\} *:(?:\\s|$)|(?:^|[\\s\\[{,])\\*[^\\s,\\]}]+ *:", // a key that is a collection or an alias
    "^%", // a directive
    "^ *\\t", // a tab where blanks should be
  ].join("|"),
  "m",
);

// A key that go-yaml reads as a number, a boolean or null is refused; the fast reader turns it to text.
const suspiciousKey = /^(?:[-+.]?[0-9]|[-+]?\.(?:inf|nan)|~?$|null$|true$|false$)/i;

/**
 * Reads all YAML documents of a text.
 *
 * @throws {YamlError} where the text is not YAML, nests too deeply, unfolds to too much, or has keys that are not text
 * @throws {ExactReaderNeeded} where `exact` is needed and absent
 */
export function readYamlDocuments(text: string, exact: LoadedExactReader | undefined): YamlDocument[] {
  const nul = text.indexOf("\0");
  if (nul >= 0) throw new YamlError("a NUL byte: this is not a text file", nul);
  if (text.length > textLimit) throw new YamlError(`larger than ${textLimit >> 20} MiB: no Compose file is`);
  checkMarks(text);
  let reason = "the file is too large for the tags, numbers or keys in it";
  if (!oddScalar.test(text) && !oddForm.test(text) && !mayMergeBadly(text)) {
    try {
      const documents = readFast(text);
      if (documents !== undefined) return documents;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      reason = error.message;
    }
  }
  if (text.length > exactLimit) throw new YamlError(`not readable as YAML: ${reason}`);
  if (exact === undefined) throw new ExactReaderNeeded();
  return exact.read(text);
}

/** What is seen of a text before it is read at all. */
function checkMarks(text: string): void {
  let open = 0;
  let marks = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5b || code === 0x7b) {
      if (++open > bracketLimit) throw new YamlError("nested too deeply", index);
    } else if ((code === 0x5d || code === 0x7d) && open > 0) {
      open--;
    } else if (
      (code === 0x3a || code === 0x2c) && !(text.charCodeAt(index + 1) > 0x20) && ++marks > markLimit
    ) {
      throw new YamlError(`more than ${markLimit} keys and items: no Compose file has as many`);
    }
  }
}

/** Merges times characters: what merging may cost at most, as each merge may copy every key of the text. */
const mergeCostLimit = 50_000_000;

/** Very many merges cost much unseen, and the fast reader does not notice when a mapping is merged into itself. */
function mayMergeBadly(text: string): boolean {
  if (!text.includes("<<")) return false;
  const lines = text.split("\n");
  const anchors = new Map<string, number>();
  // For each line, the last line before it that is less indented: what it lies in.
  const outer: number[] = [];
  // Where a mapping has merges already: a second << in it is a key that is there twice.
  const merging = new Set<string>();
  let merges = 0;
  for (const [index, line] of lines.entries()) {
    outer.push(enclosingLine(lines, outer, index));
    for (const [, name = ""] of line.matchAll(/&([^\s,[\]{}]+)/g)) anchors.set(name, index);
    if (!line.includes("<<")) continue;
    // A list of sources may follow on the next lines: rare enough to be read exactly.
    const mapping = `${outer[index]}:${indentOf(line)}`;
    if (/^ *<</.test(line)) {
      if (merging.has(mapping)) return true;
      merging.add(mapping);
    }
    merges += Math.max(1, line.split("*").length - 1);
    if (/<<\s*:\s*\[[^\]]*$/.test(line)) return true;
    if (merges * text.length > mergeCostLimit || /<<\s*:\s*$/.test(line)) return true;
    for (const [, name = ""] of line.matchAll(/\*([^\s,[\]{}]+)/g)) {
      const anchor = anchors.get(name) ?? Infinity;
      for (let place = index; place >= anchor; place = outer[place] ?? -1) if (place === anchor) return true;
    }
  }
  return false;
}

function enclosingLine(lines: readonly string[], outer: readonly number[], index: number): number {
  const indent = indentOf(lines[index] ?? "");
  if (indent === undefined) return index - 1;
  let enclosing = index - 1;
  while (enclosing >= 0 && (indentOf(lines[enclosing] ?? "") ?? Infinity) >= indent) {
    enclosing = outer[enclosing] ?? -1;
  }
  return enclosing;
}

/** Gives undefined for a line without content. */
function indentOf(line: string): number | undefined {
  const start = /^ *(?=[^\s#])/.exec(line);
  return start?.[0].length;
}

/** Gives undefined where the exact reader has to decide; throws a SyntaxError where the text is not YAML. */
function readFast(text: string): YamlDocument[] | undefined {
  const values = parseAll(text);
  const budget = { nodes: nodeLimit };
  const documents: YamlDocument[] = [];
  for (const value of values) {
    const tree = adopt(value, 0, budget);
    if (tree === undefined) return undefined;
    documents.push({ value: tree, resets: [] });
  }
  // Without any content there is no document; the fast reader gives one null for blanks and comments.
  if (documents.length === 1 && documents[0]?.value === null && !/^(?:---|[^\s#])/m.test(text)) return [];
  return documents;
}

function adopt(value: unknown, depth: number, budget: { nodes: number }): Tree | undefined {
  if (--budget.nodes < 0) throw new YamlError(tooManyNodes);
  if (depth > depthLimit) return undefined;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return value === 0 ? 0 : value;
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (Array.isArray(value)) {
    const list: Tree[] = [];
    for (const item of value) {
      const tree = adopt(item, depth + 1, budget);
      if (tree === undefined) return undefined;
      list.push(tree);
    }
    return list;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const mapping: Mapping = emptyMapping();
  const source = value as Record<string, unknown>;
  for (const key of Object.keys(source)) {
    if (suspiciousKey.test(key)) return undefined;
    const tree = adopt(source[key], depth + 1, budget);
    if (tree === undefined) return undefined;
    mapping[key] = tree;
  }
  return mapping;
}
