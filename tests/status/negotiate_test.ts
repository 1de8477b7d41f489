import { preferredType } from "../../src/status/negotiate.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a type is chosen as the Accept header prefers, the usual one else", () => {
  const table: [string | undefined, string | undefined][] = [
    [undefined, "text/plain"],
    ["", "text/plain"],
    ["*/*", "text/plain"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/plain"],
    ["text/plain", "text/plain"],
    ["text/*", "text/plain"],
    ["application/json", "application/json"],
    ["application/json; charset=utf-8", "application/json"],
    ["APPLICATION/JSON", "application/json"],
    ["application/json, text/plain, */*", "application/json"],
    ["text/plain, application/json", "text/plain"],
    ["application/json, */*", "application/json"],
    ["text/plain;q=0.5, application/json", "application/json"],
    ["text/plain;q=0, */*", "application/json"],
    ["application/json;q=0.1, text/plain;q=x", "application/json"],
    ["application/xml", undefined],
    ["text/plain;q=0", undefined],
  ];
  for (const [accept, expected] of table) {
    assertEquals(preferredType(accept, ["text/plain", "application/json"]), expected, accept);
  }
});
