import { assertEquals, assertThrows } from "./assert.ts";

Deno.test("the typed assertions are those of the standard library", () => {
  assertThrows(() => assertEquals(1, 2));
});
