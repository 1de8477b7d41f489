/** Reads the fields of a canonical mapping with their types; what cannot be read is noted with its path. */

import { parseBoolean } from "./interpolate_tree.ts";
import type { Extensions, NullableStringMap, StringMap } from "./model.ts";
import type { ProblemCollector } from "./problems.ts";
import { isNumeric, numberOf, textOf } from "./scalars.ts";
import { describeValue } from "./schema.ts";
import { splitShellWords } from "./shell_words.ts";
import {
  emptyMapping,
  isMapping,
  type Mapping,
  type PathSegments,
  type Tree,
  YamlDate,
  YamlFloat,
} from "./tree.ts";
import {
  formatDuration,
  formatFileMode,
  parseBytes,
  parseDurationNanoseconds,
  parseFileMode,
  parseFloatingPoint,
  parseInteger,
} from "./units.ts";

/** Makes a record that inherits nothing, so that no key is taken for an inherited one. */
export function emptyRecord<T>(): Record<string, T> {
  return emptyMapping() as Record<string, unknown> as Record<string, T>;
}

/** Leaves out the fields that are undefined. */
export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Copies an object without its undefined fields. */
export function defined<T extends object>(fields: T): Defined<T> {
  const result: Defined<T> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) result[key] = value as Exclude<T[typeof key], undefined>;
  }
  return result;
}

/** Turns a tree into plain data, for `x-*` fields. */
export function plainOf(value: Tree): unknown {
  if (value instanceof YamlFloat) return value.value;
  if (value instanceof YamlDate) return value.text;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (!isMapping(value)) return value;
  const record = emptyRecord<unknown>();
  for (const key in value) record[key] = plainOf(value[key] as Tree);
  return record;
}

/** Reads one mapping's fields. Every reader gives undefined for a field that is absent or null. */
export class FieldReader {
  constructor(
    readonly mapping: Mapping,
    readonly path: PathSegments,
    readonly problems: ProblemCollector,
  ) {}

  /** Says whether a field is there, even as null. */
  has(key: string): boolean {
    return key in this.mapping;
  }

  /** Gives a field as it is. */
  raw(key: string): Tree | undefined {
    return this.mapping[key] ?? undefined;
  }

  /** Gives a field's text; empty text is as good as none. */
  text(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const text = textOf(value);
    return text === "" ? undefined : text;
  }

  /** Gives a boolean that may be written as a word. */
  flag(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === "boolean") return value;
    if (typeof value !== "string") return this.#wrong(key, "true or false", value);
    return this.attempt(
      key,
      () => parseBoolean(value, (advice) => this.problems.warning([...this.path, key], advice)),
    );
  }

  /** Gives true, or undefined where a field is false or absent. */
  truth(key: string): true | undefined {
    return this.flag(key) === true ? true : undefined;
  }

  /** Gives a whole number; a fraction is cut off. */
  integer(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isNumeric(value)) return Math.trunc(numberOf(value));
    if (typeof value !== "string") return this.#wrong(key, "a whole number", value);
    return this.attempt(key, () => parseInteger(value));
  }

  /** Gives a whole number that is not below 0. */
  unsigned(key: string): number | undefined {
    const value = this.integer(key);
    if (value === undefined || value >= 0) return value;
    this.problems.error([...this.path, key], `must be at least 0, not ${value}`);
    return undefined;
  }

  /** Gives a whole number other than 0. */
  count(key: string): number | undefined {
    const value = this.integer(key);
    return value === 0 ? undefined : value;
  }

  /** Gives a number other than 0, with the precision of 32 bits that Docker Compose prints. */
  float(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const number = isNumeric(value)
      ? numberOf(value)
      : typeof value === "string"
      ? this.attempt(key, () => parseFloatingPoint(value))
      : this.#wrong(key, "a number", value);
    return number === undefined || number === 0 ? undefined : shortFloat(number);
  }

  /** Gives a size in bytes as a decimal string. `negative` lets −1 through, where it means "no limit". */
  bytes(key: string, { negative = false, zero = false } = {}): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && !Number.isInteger(value)) {
      // Docker Compose passes over it without a word.
      this.problems.warning(
        [...this.path, key],
        `${value} is no size and is not used: write it with a unit, as 1.5g`,
      );
      return undefined;
    }
    const size = isNumeric(value)
      ? Math.trunc(numberOf(value))
      : typeof value !== "string"
      ? this.#wrong(key, "a size", value)
      : negative && value === "-1"
      ? -1
      : this.attempt(key, () => parseBytes(value));
    if (size === undefined || (size === 0 && !zero)) return undefined;
    return size.toFixed(0);
  }

  /** Gives a duration in Go's form. */
  duration(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    return this.attempt(key, () => formatDuration(parseDurationNanoseconds(textOf(value))));
  }

  /** Gives a duration in Go's form, or undefined where it is no time at all. */
  positiveDuration(key: string): string | undefined {
    const duration = this.duration(key);
    return duration === "0s" ? undefined : duration;
  }

  /** Gives a file mode in octal with a leading 0. */
  fileMode(key: string): string | undefined {
    const mode = this.modeNumber(key);
    return mode === undefined ? undefined : formatFileMode(mode);
  }

  /** Gives a file mode as a number; text is octal. */
  modeNumber(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isNumeric(value)) return Math.trunc(numberOf(value));
    return this.attempt(key, () => parseFileMode(textOf(value)));
  }

  /** Gives a list of text, of one text or of several; an empty list is none. */
  texts(key: string): string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(textOf);
    return typeof value === "string" ? [value] : this.#wrong(key, "a list", value);
  }

  /** Gives a command: words, `[]` for none, null for the image's. */
  command(key: string): string[] | null {
    const value = this.raw(key);
    if (value === undefined) return null;
    if (Array.isArray(value)) return value.map(textOf);
    return this.attempt(key, () => splitShellWords(textOf(value))) ?? null;
  }

  /** Gives text by name, from a mapping or a list of `key=value`; a name alone has empty text. */
  textMap(key: string): StringMap | undefined {
    const map = this.nullableMap(key, false);
    if (map === undefined) return undefined;
    const result = emptyRecord<string>();
    for (const name in map) result[name] = map[name] ?? "";
    return result;
  }

  /** Gives text by name where a name may have none, from a mapping or a list of `key=value`. */
  nullableMap(key: string, refuseBlankEnd = true): NullableStringMap | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const result = emptyRecord<string | null>();
    if (isMapping(value)) {
      for (const name in value) {
        const item = value[name] as Tree;
        result[name] = item === null ? null : textOf(item);
      }
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        const text = textOf(item);
        const equals = text.indexOf("=");
        const name = equals < 0 ? text : text.slice(0, equals);
        if (refuseBlankEnd && /\s$/.test(name)) {
          this.problems.error([...this.path, key, index], `the name ${JSON.stringify(name)} ends in a blank`);
        }
        result[name] = equals < 0 ? null : text.slice(equals + 1);
      }
    } else {
      return this.#wrong(key, "a mapping or a list", value);
    }
    return Object.keys(result).length === 0 ? undefined : result;
  }

  /** Reads the mapping below a field. */
  object<T>(key: string, read: (reader: FieldReader) => T): T | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isMapping(value)) return this.#wrong(key, "a mapping", value);
    return read(new FieldReader(value, [...this.path, key], this.problems));
  }

  /** Reads the mappings of a list; an empty list is none. */
  objects<T>(key: string, read: (reader: FieldReader) => T): T[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return this.#wrong(key, "a list", value);
    const result: T[] = [];
    for (const [index, item] of value.entries()) {
      const path = [...this.path, key, index];
      if (isMapping(item)) result.push(read(new FieldReader(item, path, this.problems)));
      else this.problems.error(path, `must be a mapping, not ${describeValue(item)}`);
    }
    return result.length === 0 ? undefined : result;
  }

  /** Reads what lies by name below a field; `null` entries are read as empty mappings. */
  record<T>(
    key: string,
    read: (reader: FieldReader, value: Tree, name: string) => T,
  ): Record<string, T> | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isMapping(value)) return this.#wrong(key, "a mapping", value);
    const result = emptyRecord<T>();
    for (const name in value) {
      const item = value[name] as Tree;
      const mapping = isMapping(item) ? item : emptyMapping();
      result[name] = read(new FieldReader(mapping, [...this.path, key, name], this.problems), item, name);
    }
    return result;
  }

  /** Gives the `x-*` fields. */
  extensions(): Extensions {
    const result = emptyRecord<unknown>();
    for (const key in this.mapping) {
      if (key.startsWith("x-")) result[key] = plainOf(this.mapping[key] as Tree);
    }
    return result;
  }

  /** Runs a parser; its RangeError becomes a problem of the field. */
  attempt<T>(key: string | number, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.problems.error([...this.path, key], error.message);
      return undefined;
    }
  }

  #wrong(key: string, wanted: string, value: Tree): undefined {
    this.problems.error([...this.path, key], `must be ${wanted}, not ${describeValue(value)}`);
    return undefined;
  }
}

/** Gives the shortest number that is the same in 32 bits. */
function shortFloat(value: number): number {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return short;
  }
  return rounded;
}
