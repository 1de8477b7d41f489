/** Checks a tree against rules that are data, and says in words what is wrong. */

import type { ProblemCollector } from "./problems.ts";
import { isInteger, isNumeric, numberOf, textOf } from "./scalars.ts";
import { equalTrees, isMapping, type Mapping, type Tree, YamlDate } from "./tree.ts";

/** What may stand in a place. A kind that is not named may not stand there. */
export interface Rule {
  readonly text?: true | TextRule;
  readonly number?: true | NumberRule;
  readonly boolean?: true;
  readonly null?: true;
  readonly list?: ListRule;
  readonly mapping?: MappingRule;
  /** Anything at all. */
  readonly any?: true;
}

/** Which text. */
export interface TextRule {
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
  /** What the pattern means, in words. */
  readonly meaning?: string;
}

/** Which number. */
export interface NumberRule {
  readonly integer?: true;
  readonly least?: number;
  readonly most?: number;
}

/** Which items. */
export interface ListRule {
  readonly items: Rule;
  readonly unique?: true;
}

/** Which keys. */
export interface MappingRule {
  /** Keys by name. */
  readonly fields?: Readonly<Record<string, Rule>>;
  /** All other keys that fit `pattern`. */
  readonly others?: { readonly pattern: RegExp; readonly rule: Rule };
  readonly required?: readonly string[];
  /** Keys that fit nothing are accepted. */
  readonly open?: true;
  /** What is said of a key that fits nothing, by its value; undefined: the usual. */
  readonly unknown?: (value: Tree) => string | undefined;
  /** `x-` keys are not accepted. */
  readonly closed?: true;
}

/** Checks a tree; problems are noted at the paths where they are. */
export function checkTree(tree: Tree, rule: Rule, problems: ProblemCollector): void {
  new Checker(problems).check(tree, rule);
}

class Checker {
  readonly #path: (string | number)[] = [];

  constructor(readonly problems: ProblemCollector) {}

  check(value: Tree, rule: Rule): void {
    if (rule.any) return;
    if (typeof value === "string") this.#checkText(value, rule);
    else if (typeof value === "boolean") this.#expect(rule.boolean, value, rule);
    else if (value === null) this.#expect(rule.null, value, rule);
    else if (isNumeric(value)) this.#checkNumber(value, rule);
    else if (Array.isArray(value)) this.#checkList(value, rule);
    else if (value instanceof YamlDate) {
      this.#error(`must be ${describe(rule)}, not a date: put it in quotes`);
    } else this.#checkMapping(value, rule);
  }

  #error(message: string, below?: string | number): void {
    this.problems.error(below === undefined ? this.#path : [...this.#path, below], message);
  }

  #expect(accepted: unknown, value: Tree, rule: Rule): boolean {
    if (accepted !== undefined) return true;
    this.#error(`must be ${describe(rule)}, not ${describeValue(value)}`);
    return false;
  }

  #checkText(value: string, rule: Rule): void {
    if (!this.#expect(rule.text, value, rule) || rule.text === true || rule.text === undefined) return;
    const { oneOf, pattern, meaning } = rule.text;
    if (oneOf !== undefined && !oneOf.includes(value)) {
      this.#error(`must be ${listWords(oneOf)}, not ${describeValue(value)}`);
    } else if (pattern !== undefined && !pattern.test(value)) {
      this.#error(`must be ${meaning ?? `text like ${pattern.source}`}, not ${describeValue(value)}`);
    }
  }

  #checkNumber(value: Tree, rule: Rule): void {
    if (!this.#expect(rule.number, value, rule) || rule.number === true || rule.number === undefined) return;
    if (!isNumeric(value)) return;
    const { integer, least, most } = rule.number;
    const number = numberOf(value);
    if (integer && !isInteger(value)) this.#error(`must be ${describe(rule)}, not ${describeValue(value)}`);
    else if (least !== undefined && number < least) this.#error(`must be at least ${least}, not ${number}`);
    else if (most !== undefined && number > most) this.#error(`must be at most ${most}, not ${number}`);
  }

  #checkList(list: Tree[], rule: Rule): void {
    if (!this.#expect(rule.list, list, rule) || rule.list === undefined) return;
    const { items, unique } = rule.list;
    for (let index = 0; index < list.length; index++) {
      this.#path.push(index);
      this.check(list[index] as Tree, items);
      this.#path.pop();
    }
    if (unique) this.#checkUnique(list);
  }

  #checkUnique(list: Tree[]): void {
    const texts = new Map<string, number>();
    const others: number[] = [];
    for (const [index, item] of list.entries()) {
      let first: number | undefined;
      if (typeof item === "string") {
        first = texts.get(item);
        if (first === undefined) texts.set(item, index);
      } else {
        first = others.find((other) => equalTrees(list[other] as Tree, item));
        if (first === undefined && others.length < 1000) others.push(index);
      }
      if (first !== undefined) this.#error(`is the same as item ${first}: each may stand once`, index);
    }
  }

  #checkMapping(mapping: Mapping, rule: Rule): void {
    if (!this.#expect(rule.mapping, mapping, rule) || rule.mapping === undefined) return;
    const { fields, others, required, open, closed } = rule.mapping;
    for (const key in mapping) {
      const field = fields !== undefined && Object.hasOwn(fields, key)
        ? fields[key]
        : others?.pattern.test(key)
        ? others.rule
        : undefined;
      if (field !== undefined) {
        this.#path.push(key);
        this.check(mapping[key] as Tree, field);
        this.#path.pop();
      } else if (!open && (closed || !key.startsWith("x-"))) {
        this.#error(rule.mapping.unknown?.(mapping[key] as Tree) ?? unknownKey(key, rule.mapping), key);
      }
    }
    for (const name of required ?? []) {
      if (!(name in mapping)) this.#error(`needs the field ${name}`);
    }
  }
}

function unknownKey(key: string, rule: MappingRule): string {
  if (rule.fields === undefined || Object.keys(rule.fields).length === 0) {
    return "is no valid name here: use letters, digits, '.', '_' and '-'";
  }
  const near = nearest(key, Object.keys(rule.fields));
  return near === undefined ? "is an unknown field" : `is an unknown field: is ${near} meant?`;
}

/** Finds the name that differs least, in two letters at most. */
function nearest(key: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const name of names) {
    const distance = editDistance(key, name, bestDistance);
    if (distance < bestDistance && distance < name.length) [best, bestDistance] = [name, distance];
  }
  return best;
}

function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      current.push(Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1),
      ));
    }
    previous = current;
  }
  return previous[right.length] ?? limit;
}

/** Says what a rule wants. */
export function describe(rule: Rule): string {
  const kinds: string[] = [];
  if (rule.text !== undefined) {
    const oneOf = rule.text === true ? undefined : rule.text.oneOf;
    kinds.push(oneOf === undefined ? "text" : listWords(oneOf));
  }
  if (rule.number !== undefined) {
    kinds.push(rule.number !== true && rule.number.integer ? "a whole number" : "a number");
  }
  if (rule.boolean) kinds.push("true or false");
  if (rule.null) kinds.push("nothing");
  if (rule.list !== undefined) kinds.push("a list");
  if (rule.mapping !== undefined) kinds.push("a mapping");
  return listWords(kinds);
}

/** Says what a value is: `the number 5`. */
export function describeValue(value: Tree): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (value instanceof YamlDate) return `the date ${value.text}`;
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return isNumeric(value) ? `the number ${textOf(value)}` : String(value);
}

function listWords(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? "absent";
  return `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}
