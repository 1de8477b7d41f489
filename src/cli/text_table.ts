import { padTo, shortenTo, textWidth } from "./text_width.ts";

/** One column of a table. */
export interface TableColumn<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Puts colours on the finished cell, which has its final width. */
  readonly paint?: (cell: string, row: Row) => string;
  /** The column gives way on a narrow terminal, down to this width. */
  readonly shrinksTo?: number;
}

const gap = "   ";

/**
 * Lines of a table with its titles. Where `width` is given and too small, the widest of the columns that may shrink
 * gives way first; what is still too long is left to the terminal to wrap, so that nothing is lost.
 */
export function renderTable<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  width?: number,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...cells.map((line) => textWidth(line[index] ?? "")))
  );
  if (width !== undefined) shrink(columns, widths, width);
  const line = (texts: readonly string[], row?: Row): string =>
    columns.map((column, index) => {
      const room = widths[index] ?? 0;
      const cut = shortenTo(texts[index] ?? "", room);
      const cell = index === columns.length - 1 ? cut : padTo(cut, room);
      return row === undefined || column.paint === undefined ? cell : column.paint(cell, row);
    }).join(gap).trimEnd();
  return [
    line(columns.map((column) => column.title)),
    ...rows.map((row, index) => line(cells[index] ?? [], row)),
  ];
}

function shrink<Row>(columns: readonly TableColumn<Row>[], widths: number[], width: number): void {
  const total = () => widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    let widest: number | undefined;
    for (const [index, column] of columns.entries()) {
      const own = widths[index] ?? 0;
      if (column.shrinksTo === undefined || own <= Math.max(column.shrinksTo, textWidth(column.title))) {
        continue;
      }
      if (widest === undefined || own > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === undefined) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}
