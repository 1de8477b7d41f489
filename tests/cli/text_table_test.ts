import { styleFor } from "../../src/cli/style.ts";
import { renderTable, type TableColumn } from "../../src/cli/text_table.ts";
import { padTo, shortenTo, textWidth, withoutControls, wrapTo } from "../../src/cli/text_width.ts";
import { assertEquals } from "../support/assert.ts";

interface Row {
  readonly name: string;
  readonly state: string;
  readonly ports: string;
}

const columns: TableColumn<Row>[] = [
  { title: "NAME", text: (row) => row.name, shrinksTo: 8 },
  { title: "STATE", text: (row) => row.state },
  { title: "PORTS", text: (row) => row.ports, shrinksTo: 6 },
];

const rows: Row[] = [
  { name: "shop-web-1", state: "running", ports: "0.0.0.0:8080->80/tcp" },
  { name: "店-キャッシュ-1", state: "exited (3)", ports: "" },
];

Deno.test("columns are aligned, wide characters counted as two", () => {
  assertEquals(renderTable(columns, rows), [
    "NAME              STATE        PORTS",
    "shop-web-1        running      0.0.0.0:8080->80/tcp",
    "店-キャッシュ-1   exited (3)",
  ]);
});

Deno.test("on a narrow terminal the widest column gives way first", () => {
  const lines = renderTable(columns, rows, 40);
  assertEquals(lines, [
    "NAME           STATE        PORTS",
    "shop-web-1     running      0.0.0.0:808…",
    "店-キャッシ…   exited (3)",
  ]);
  for (const line of lines) assertEquals(textWidth(line) <= 40, true);
});

Deno.test("what may not shrink is left whole", () => {
  assertEquals(renderTable(columns, rows, 10)[1], "shop-we…   running      0.0.0…");
});

Deno.test("colours take no room", () => {
  const style = styleFor(true);
  const painted = renderTable([{
    ...columns[1],
    title: "STATE",
    text: (row: Row) => row.state,
    paint: style.green,
  }, {
    title: "NAME",
    text: (row: Row) => row.name,
  }], rows.slice(0, 1));
  assertEquals(painted[1], "\x1b[32mrunning\x1b[0m   shop-web-1");
});

Deno.test("a table without rows has its titles", () => {
  assertEquals(renderTable(columns, []), ["NAME   STATE   PORTS"]);
});

Deno.test("the width of a text on a terminal", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["漢字", 4],
    ["🚀", 2],
    ["\x1b[31mred\x1b[0m", 3],
    ["…", 1],
    ["✓", 1],
  ];
  for (const [text, width] of cases) assertEquals(textWidth(text), width, JSON.stringify(text));
});

Deno.test("texts are padded, cut and wrapped by width", () => {
  assertEquals(padTo("漢", 4), "漢  ");
  assertEquals(shortenTo("漢字漢字", 5), "漢字…");
  assertEquals(shortenTo("abc", 3), "abc");
  assertEquals(shortenTo("abcd", 1), "…");
  assertEquals(shortenTo("abcd", 0), "");
  assertEquals(wrapTo("one two three", 7), ["one two", "three"]);
  assertEquals(wrapTo("incomprehensible x", 4), ["incomprehensible", "x"]);
});

Deno.test("control characters cannot move the cursor", () => {
  assertEquals(withoutControls("a\x1b[2Jb\rc\nd\te"), "a?[2Jb?c\nd\te");
});
