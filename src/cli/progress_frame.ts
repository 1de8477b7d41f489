import { formatBytes, formatDuration } from "./human.ts";
import type { ProgressRow } from "./progress_rows.ts";
import type { Style } from "./style.ts";
import { padTo, shortenTo, textWidth } from "./text_width.ts";

/** What a frame of the progress display is made from. */
export interface FrameInput {
  readonly title: string;
  readonly rows: readonly ProgressRow[];
  /** Absent: the frame stays as it is, and how far it was by then would mislead. */
  readonly done?: number;
  readonly total: number;
  /** By the clock's `elapsed`. */
  readonly now: number;
  readonly began: number;
  readonly columns: number;
  /** Lines that the frame may have. */
  readonly lines: number;
  readonly style: Style;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/**
 * The lines of one frame: a title, and a row for each thing. Where there is no room for all, what is under way or
 * failed is shown first and the rest is counted. No line is wider than the terminal: it would wrap and break the
 * redrawing.
 */
export function progressFrame(input: FrameInput): string[] {
  const { rows, style, columns } = input;
  const room = Math.max(1, input.lines - 2);
  const shown = rows.length <= room ? rows : mostTelling(rows, room);
  const hidden = rows.length - shown.length;
  const far = `  ${input.done}/${input.total}  ${formatDuration(input.now - input.began)}`;
  const title = input.done === undefined ? input.title : input.title + far;
  const subjects = Math.min(
    Math.max(0, ...shown.map((row) => textWidth(row.subject))),
    Math.floor(columns / 2),
  );
  const lines = [style.bold(shortenTo(title, columns - 1))];
  for (const row of shown) {
    const subject = padTo(shortenTo(row.subject, subjects), subjects);
    const rest = shortenTo(stateText(row, input.now), Math.max(0, columns - subjects - 6));
    lines.push(` ${markOf(row, input)} ${subject}  ${painted(row, rest, style)}`);
  }
  if (hidden > 0) lines.push(style.dim(shortenTo(`   and ${hidden} more`, columns - 1)));
  return lines;
}

function mostTelling(rows: readonly ProgressRow[], room: number): ProgressRow[] {
  const rank = { failed: 0, interrupted: 1, working: 2, planned: 3, done: 4 } as const;
  const chosen = new Set(
    [...rows].sort((left, right) => rank[left.state] - rank[right.state]).slice(0, room),
  );
  return rows.filter((row) => chosen.has(row));
}

function stateText(row: ProgressRow, now: number): string {
  if (row.state === "working") {
    const pull = row.pull === undefined ? "" : `  ${pullText(row.pull)}`;
    return `${row.word}${pull}  ${formatDuration(row.spent + now - row.since)}`;
  }
  return row.spent > 0 || row.state === "done" ? `${row.word}  ${formatDuration(row.spent)}` : row.word;
}

/** How far a pull is: bytes where they are known, else layers, else the engine's words. */
export function pullText(pull: NonNullable<ProgressRow["pull"]>): string {
  if (pull.bytesTotal > 0) return `${formatBytes(pull.bytesDone)} of ${formatBytes(pull.bytesTotal)}`;
  if (pull.layersTotal > 0) return `${pull.layersDone} of ${pull.layersTotal} layers`;
  return pull.text;
}

function markOf(row: ProgressRow, input: FrameInput): string {
  const { style } = input;
  switch (row.state) {
    case "done":
      return style.green("✓");
    case "failed":
      return style.red("✗");
    case "interrupted":
      return style.yellow("!");
    case "working":
      return style.cyan(spinner[Math.floor(input.now / 100) % spinner.length] ?? "");
    case "planned":
      return style.dim("·");
  }
}

function painted(row: ProgressRow, text: string, style: Style): string {
  switch (row.state) {
    case "done":
      return style.green(text);
    case "failed":
      return style.red(text);
    case "interrupted":
      return style.yellow(text);
    case "planned":
      return style.dim(text);
    case "working":
      return text;
  }
}
