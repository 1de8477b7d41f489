import type { LogLine } from "../../docker/engine.ts";

/** A line of a file, with the time that orders it among those of other files. */
export interface OrderedLine extends LogLine {
  /** What stands in the line itself, as RFC 3339; empty where nothing does. */
  readonly written: string;
}

const newline = 0x0a;
/** A longer line is given in parts, in bytes. */
const longestLine = 1024 * 1024;

/**
 * Lines of bytes. Files of a sandbox have no times: a line that begins with one, or has one as JSON, is ordered by it,
 * and one without stays behind the line before it.
 */
export class LineReader {
  readonly #decoder = new TextDecoder();
  #rest: Uint8Array[] = [];
  #length = 0;
  #time = "";

  constructor(private readonly stream: LogLine["stream"]) {}

  /** The lines that end in a piece. */
  *lines(bytes: Uint8Array): Generator<OrderedLine> {
    let begin = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, begin)) {
      yield this.#line(bytes.subarray(begin, end));
      begin = end + 1;
    }
    if (begin === bytes.length) return;
    this.#rest.push(bytes.slice(begin));
    this.#length += bytes.length - begin;
    if (this.#length >= longestLine) yield this.#line(new Uint8Array());
  }

  /** A line whose end has not come, and never will. */
  *end(): Generator<OrderedLine> {
    if (this.#length > 0) yield this.#line(new Uint8Array());
  }

  #line(last: Uint8Array): OrderedLine {
    let whole = last;
    if (this.#length > 0) {
      whole = new Uint8Array(this.#length + last.length);
      let filled = 0;
      for (const piece of [...this.#rest, last]) {
        whole.set(piece, filled);
        filled += piece.length;
      }
      this.#rest = [];
      this.#length = 0;
    }
    const text = this.#decoder.decode(whole).replace(/\r$/, "");
    const written = timeIn(text);
    if (written > this.#time) this.#time = written;
    return { stream: this.stream, time: this.#time, text, written };
  }
}

/** Date and time as most programs write them: RFC 3339, or with a space or a comma in it. */
const leading =
  /^[[(<"']?(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/;
const inJson = /^\{.{0,2000}?"(?:@?timestamp|time|ts|t)":\s*"(\d{4}-\d\d-\d\d[T ][^"]{8,40})"/;

/**
 * The time that stands in front of a line, or in a line that is JSON, as RFC 3339 in UTC with nanoseconds; empty where
 * none does. Without a zone it is taken for UTC.
 */
export function timeIn(text: string): string {
  const whole = text.startsWith("{") ? inJson.exec(text)?.[1] ?? "" : text;
  const [, year, month, day, time, fraction = "", zone = "Z"] = leading.exec(whole) ?? [];
  if (year === undefined) return "";
  const offset = zone === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const seconds = Date.parse(`${year}-${month}-${day}T${time}${offset}`);
  if (Number.isNaN(seconds)) return "";
  return `${new Date(seconds).toISOString().slice(0, 19)}.${fraction.padEnd(9, "0")}Z`;
}
