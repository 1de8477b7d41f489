import { LogPrefixes } from "../../src/cli/log_prefix.ts";
import { LogWriter } from "../../src/cli/log_writer.ts";
import { MemoryOutput } from "../../src/cli/output.ts";
import { paletteSize, styleFor } from "../../src/cli/style.ts";
import { assertEquals } from "../support/assert.ts";

const plain = styleFor(false);

Deno.test("names are aligned; one that comes later widens the column", () => {
  const prefixes = new LogPrefixes(plain, ["web-1", "cache-1"]);
  assertEquals(prefixes.prefixOf("web-1"), "web-1    | ");
  assertEquals(prefixes.prefixOf("cache-1"), "cache-1  | ");
  assertEquals(prefixes.prefixOf("a-longer-one-1"), "a-longer-one-1  | ");
  assertEquals(prefixes.prefixOf("web-1"), "web-1           | ");
});

Deno.test("a container keeps its colour, whatever the order of its lines", () => {
  const names = ["web-1", "cache-1", "worker-1", "worker-2"];
  const first = new LogPrefixes(styleFor(true), names);
  const second = new LogPrefixes(styleFor(true), [...names].reverse());
  for (const name of names) assertEquals(first.prefixOf(name), second.prefixOf(name));
});

Deno.test("as many containers as there are colours have a colour each", () => {
  const prefixes = new LogPrefixes(styleFor(true));
  const colours = new Set(
    Array.from(
      { length: paletteSize },
      // deno-lint-ignore no-control-regex
      (_, index) => /\x1b\[([\d;]+)m/.exec(prefixes.prefixOf(`c-${index}`))?.[1],
    ),
  );
  assertEquals(colours.size, paletteSize);
});

async function written(
  text: string,
  format: { coloured?: boolean; prefix?: boolean; timestamps?: boolean } = {},
) {
  const out = new MemoryOutput();
  const writer = new LogWriter(out, {
    style: styleFor(format.coloured ?? false),
    prefix: format.prefix ?? true,
    timestamps: format.timestamps ?? false,
  }, ["web-1"]);
  await writer.write("web-1", { time: "2026-01-01T00:00:00.5Z", text });
  return out.text;
}

Deno.test("a line stands behind its container's name", async () => {
  assertEquals(await written("hello"), "web-1  | hello\n");
  assertEquals(await written("hello", { timestamps: true }), "web-1  | 2026-01-01T00:00:00.5Z hello\n");
  assertEquals(await written("hello", { prefix: false }), "hello\n");
});

Deno.test("a carriage return does not overwrite the name, and a colour does not run on", async () => {
  assertEquals(await written("10%\r20%\r"), "web-1  | 10%\rweb-1  | 20%\n");
  const coloured = await written("\x1b[31mred", { coloured: true });
  assertEquals(coloured.endsWith("\x1b[31mred\x1b[0m\n"), true);
});
