import { knownSize } from "../../src/cli/process.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a terminal that does not know its size is taken for a usual one", () => {
  assertEquals(knownSize({ columns: 0, rows: 0 }), { columns: 80, rows: 24 });
  assertEquals(knownSize({ columns: 132, rows: 0 }), { columns: 132, rows: 24 });
  assertEquals(knownSize({ columns: 132, rows: 43 }), { columns: 132, rows: 43 });
});
