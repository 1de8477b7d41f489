/** Environment files: the format of `.env`, `env_file`, `label_file` and `include.env_file`. */

import { interpolate, InterpolationError, type Lookup } from "./interpolation.ts";

/** A line of an environment file is wrong. */
export class DotenvError extends Error {
  override readonly name = "DotenvError";
  constructor(message: string, readonly line: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What reading an environment file needs to know. */
export interface DotenvContext {
  /** Looks a variable up; it wins over what stands earlier in the file. */
  readonly lookup: Lookup;
  /** Called for a variable that is not set and has no default. */
  readonly unset?: (name: string) => void;
}

const blank = /[\t\v\f\r \u0085\u00a0]/;
const keyCharacter = /[\p{L}\p{N}_.\-[\]]/u;
const escapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  // Doubled, because interpolation comes after and makes one of it.
  $: "$$",
};

/**
 * Reads `KEY=value` lines into `variables`, later lines over earlier ones.
 *
 * Source of the rules: the Compose Specification (05-services, env_file format) and Docker Compose's parser. A key
 * alone on its line is inherited from `lookup`, or left out where that has none; so is one on a last line without a
 * line feed, which Docker Compose loses.
 *
 * @throws {DotenvError} where a line is not understood, a quote stays open or a required variable is missing
 */
export function readDotenv(text: string, variables: Map<string, string>, context: DotenvContext): void {
  new DotenvReader(text, variables, context).read();
}

class DotenvReader {
  #position = 0;
  #line = 1;

  constructor(
    readonly text: string,
    readonly variables: Map<string, string>,
    readonly context: DotenvContext,
  ) {
    if (text.startsWith("\uFEFF")) this.#position = 1;
  }

  read(): void {
    while (this.#toStatement()) {
      const { key, inherited } = this.#readKey();
      if (inherited) {
        const value = this.context.lookup(key);
        if (value !== undefined) this.variables.set(key, value);
      } else {
        this.variables.set(key, this.#readValue());
      }
    }
  }

  /** Goes to the next statement; false at the end. */
  #toStatement(): boolean {
    for (; this.#position < this.text.length; this.#position++) {
      const character = this.text[this.#position] ?? "";
      if (character === "\n") this.#line++;
      else if (character === "#") {
        const end = this.text.indexOf("\n", this.#position);
        this.#position = (end < 0 ? this.text.length : end) - 1;
      } else if (!/\s|\u0085/.test(character)) return true;
    }
    return false;
  }

  #readKey(): { key: string; inherited: boolean } {
    const exported = /export[\t\v\f\r ]+/y;
    exported.lastIndex = this.#position;
    this.#position += exported.exec(this.text)?.[0].length ?? 0;
    const start = this.#position;
    let end = this.text.length;
    let inherited = true;
    for (let index = start; index < this.text.length; index++) {
      const character = String.fromCodePoint(this.text.codePointAt(index) ?? 0);
      if (character === "\n" || character === "=" || character === ":") {
        end = index;
        inherited = character === "\n";
        break;
      }
      if (!blank.test(character) && !keyCharacter.test(character)) {
        const line = this.text.slice(start).split("\n", 1)[0] ?? "";
        throw new DotenvError(
          `${JSON.stringify(character)} cannot stand in a variable's name: ${JSON.stringify(shorten(line))}`,
          this.#line,
        );
      }
      index += character.length - 1;
    }
    const key = this.text.slice(start, end).trimEnd();
    if (/\s/.test(key)) {
      throw new DotenvError(
        `a variable's name cannot hold a blank: ${JSON.stringify(shorten(key))}`,
        this.#line,
      );
    }
    this.#position = Math.min(end + 1, this.text.length);
    if (inherited) this.#line++;
    while (blank.test(this.text[this.#position] ?? "") && !inherited) this.#position++;
    return { key, inherited };
  }

  #readValue(): string {
    const quote = this.text[this.#position];
    if (quote === '"' || quote === "'") return this.#readQuoted(quote);
    const end = this.text.indexOf("\n", this.#position);
    const raw = this.text.slice(this.#position, end < 0 ? this.text.length : end);
    const line = this.#line++;
    this.#position = end < 0 ? this.text.length : end + 1;
    const comment = raw.indexOf(" #");
    return this.#expand((comment < 0 ? raw : raw.slice(0, comment)).trimEnd(), line);
  }

  #readQuoted(quote: string): string {
    const first = this.#line;
    const parts: string[] = [];
    let start = this.#position + 1;
    const special = quote === '"' ? /["\\\n]/g : /['\\\n]/g;
    special.lastIndex = start;
    for (let match = special.exec(this.text); match !== null; match = special.exec(this.text)) {
      const index = match.index;
      if (match[0] === "\n") {
        this.#line++;
      } else if (match[0] === quote) {
        this.#position = index + 1;
        const value = parts.join("") + this.text.slice(start, index);
        return quote === '"' ? this.#expand(unescape(value), first) : value;
      } else {
        const next = this.text[index + 1];
        if (next === "\n") this.#line++;
        // An escaped quote does not end the value; any other escape is looked at later.
        if (next === quote) {
          parts.push(this.text.slice(start, index));
          start = index + 1;
        }
        special.lastIndex = index + 2;
      }
    }
    const line = this.text.slice(this.#position).split("\n", 1)[0] ?? "";
    throw new DotenvError(`a quote stays open: ${JSON.stringify(shorten(line))}`, first);
  }

  #expand(value: string, line: number): string {
    try {
      return interpolate(value, {
        lookup: (name) => this.context.lookup(name) ?? this.variables.get(name),
        unset: this.context.unset ?? (() => {}),
      });
    } catch (cause) {
      if (cause instanceof InterpolationError) throw new DotenvError(cause.message, line, { cause });
      throw cause;
    }
  }
}

function unescape(value: string): string {
  return value.replace(/\\(?:([abfnrtv$"\\])|0(\d{0,3})|c)/g, (whole, letter?: string, octal?: string) => {
    if (letter !== undefined) return escapes[letter] ?? whole;
    // Go wants three octal digits, and no more than a byte.
    if (octal === undefined || !/^[0-7]{3}$/.test(octal) || parseInt(octal, 8) > 255) return whole;
    return String.fromCharCode(parseInt(octal, 8));
  });
}

function shorten(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

/**
 * Reads an environment file of `format: raw`: the lines of `docker run --env-file`, without quotes, escapes or
 * variables. A name alone is inherited from `lookup`.
 *
 * @throws {DotenvError} where a line has no name, or a name with a blank
 */
export function readRawEnvironment(text: string, variables: Map<string, string>, lookup: Lookup): void {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const [index, whole] of lines.entries()) {
    const line = whole.replace(/\r$/, "").trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const name = equals < 0 ? line : line.slice(0, equals);
    if (name === "") {
      throw new DotenvError(`a name is missing before =: ${JSON.stringify(shorten(line))}`, index + 1);
    }
    if (/\s/.test(name)) {
      throw new DotenvError(
        `a variable's name cannot hold a blank: ${JSON.stringify(shorten(name))}`,
        index + 1,
      );
    }
    const value = equals < 0 ? lookup(name) : line.slice(equals + 1);
    if (value !== undefined) variables.set(name, value);
  }
}
