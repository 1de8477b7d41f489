import { assert, assertEquals } from "../support/assert.ts";

const page = new URL("../../docs/coming-from.md", import.meta.url);
const text = await Deno.readTextFile(page);
const rows = text.split("\n").filter((line) => /^\|/.test(line) && !/^\|\s*-/.test(line));
const cells = rows.map((row) => row.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()));

Deno.test("docs/coming-from.md names tests and pages that are there", async () => {
  const missing: string[] = [];
  for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g)) {
    const isThere = await Deno.stat(new URL(target, page)).then(() => true, () => false);
    if (!isThere) missing.push(target);
  }
  assertEquals(missing, []);
});

Deno.test("docs/coming-from.md calls each test by its path", () => {
  for (const [, name, target] of text.matchAll(/\[(tests\/[^\]]+)\]\(([^)]+)\)/g)) {
    assertEquals(target, `../${name}`);
  }
});

Deno.test("docs/coming-from.md has a test for every feature that is there, and says plainly what is not", () => {
  const unproven = cells.filter(([, here = "", proof = ""]) =>
    proof === "" && !/^(?:not (?:here|yet)|by linuxkit itself)/.test(here)
  );
  assertEquals(unproven.map(([feature]) => feature), []);
  assert(cells.every((row) => row.length === 3), "a row has three cells");
});

Deno.test("docs/coming-from.md has a table for each system that people come from", () => {
  const titles = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assertEquals(titles, [
    "Aurora's containers",
    "compose-executor (dce-go)",
    "Docker containerizer",
    "linuxkit compose",
    "Marathon's Docker executor",
  ]);
});
