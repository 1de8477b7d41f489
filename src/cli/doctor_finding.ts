import type { Style } from "./style.ts";
import { padTo, textWidth } from "./text_width.ts";

/** One thing that was checked. */
export interface Finding {
  /** What was checked, in a word or two: `engine`, `disk space`. */
  readonly name: string;
  readonly verdict: "ok" | "warn" | "fail";
  /** What was found. */
  readonly message: string;
  /** How to mend it; always there when something is wrong. */
  readonly mend?: string;
}

/** The lines of `mesolet doctor`. */
export function findingLines(findings: readonly Finding[], style: Style): string[] {
  const width = Math.max(0, ...findings.map(({ name }) => textWidth(name)));
  const marks = { ok: style.green("ok  "), warn: style.yellow("warn"), fail: style.red("fail") };
  return findings.flatMap((finding) => {
    const line = `${marks[finding.verdict]}  ${padTo(finding.name, width)}  ${finding.message}`;
    if (finding.mend === undefined) return [line];
    return [line, `${" ".repeat(6 + width + 2)}${style.dim(`→ ${finding.mend}`)}`];
  });
}
