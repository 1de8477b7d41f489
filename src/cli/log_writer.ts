import type { LogLine } from "../docker/engine.ts";
import { LogPrefixes } from "./log_prefix.ts";
import type { Output } from "./output.ts";
import type { Style } from "./style.ts";

/** How log lines are shown. */
export interface LogFormat {
  readonly style: Style;
  readonly prefix: boolean;
  readonly timestamps: boolean;
}

/** Writes log lines of containers, each behind its container's name. */
export class LogWriter {
  readonly #prefixes: LogPrefixes;

  constructor(private readonly out: Output, private readonly format: LogFormat, names: readonly string[]) {
    this.#prefixes = new LogPrefixes(format.style, names);
  }

  /** Resolves when there is room for more: a slow reader slows the reading down. */
  async write(name: string, line: Pick<LogLine, "time" | "text">): Promise<void> {
    const prefix = this.format.prefix ? this.#prefixes.prefixOf(name) : "";
    const time = this.format.timestamps ? `${this.format.style.dim(line.time)} ` : "";
    // A colour that a line leaves open must not run on into the next prefix.
    const end = this.format.style.coloured && line.text.includes("\x1b[") ? "\x1b[0m" : "";
    // What stands behind a carriage return would overwrite the prefix.
    const text = this.format.prefix
      ? line.text.replace(/\r+$/, "").replaceAll("\r", `\r${prefix}`)
      : line.text;
    this.out.write(`${prefix}${time}${text}${end}\n`);
    await this.out.ready();
  }

  /** Something that happened to a container, between its lines: `web-1 exited with code 3`. */
  note(text: string): void {
    this.out.write(`${this.format.style.dim(text)}\n`);
  }
}
