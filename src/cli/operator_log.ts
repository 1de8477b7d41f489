import type { PodEvent } from "../operator/pod_board.ts";
import type { Output } from "./output.ts";

// deno-lint-ignore no-control-regex -- control characters are what this is about; a tab is text
const controlCharacters = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

/** Prints what an operator does, a line for each event. */
export class OperatorLog {
  readonly #out: Output;
  readonly #format: "text" | "json";
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(out: Output, format: "text" | "json", now: () => number) {
    this.#out = out;
    this.#format = format;
    this.#now = now;
  }

  /** An event of the operator. */
  event({ time, pod, kind, text }: Pick<PodEvent, "time" | "pod" | "kind" | "text">): void {
    const moment = new Date(time).toISOString();
    // One line is one event, and steers no terminal, whatever an engine, a spec or the name of a file has in its words.
    const flat = text.replaceAll(/\s*\n\s*/g, " | ").replaceAll(controlCharacters, "\ufffd");
    this.#out.write(
      this.#format === "json"
        ? `${JSON.stringify({ time: moment, kind, ...(pod === undefined ? {} : { pod }), text: flat })}\n`
        : `${moment} ${flat}\n`,
    );
  }

  /** Something that is about no pod. */
  line(text: string): void {
    this.event({ time: this.#now(), kind: "operator", text });
  }

  /** An output whose lines are events: for what prints by itself. */
  asOutput(): Output {
    let rest = "";
    const out = this.#out;
    const write = (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.line(line);
    };
    return {
      write,
      writeBytes: (bytes) => write(new TextDecoder().decode(bytes)),
      ready: () => out.ready(),
      flush: () => out.flush(),
      closed: out.closed,
    };
  }
}
