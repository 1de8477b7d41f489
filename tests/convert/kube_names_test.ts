import { fileKey, kubeName, literalText } from "../../src/convert/kube_names.ts";
import { assertEquals } from "../support/assert.ts";

/** What Kubernetes makes of a text where the variables `X` and `a.b` are set. */
function expanded(text: string): string {
  return text.replaceAll(/\$(\$|\((X|a\.b)\))/g, (_, rest: string) => rest === "$" ? "$" : "value");
}

const texts = [
  "plain",
  "$(X)",
  "$$(X)",
  "$$$(X)",
  "$X",
  "$$",
  "$$$",
  "a$$x",
  "$(find /x $(X))",
  "$(a.b)$",
  "$(",
];

for (const text of texts) {
  Deno.test(`kube: ${text} stays itself`, () => {
    assertEquals(expanded(literalText(text)), text);
  });
}

Deno.test("kube: what is in brackets and no name stays as it is written", () => {
  assertEquals(literalText("$(find /x)"), "$(find /x)");
});

const names: readonly (readonly [text: string, name: string])[] = [
  ["web", "web"],
  ["My_Pod.1", "my-pod-1"],
  ["_x_", "x"],
  ["___", "pod"],
  [`${"a".repeat(62)}-b`, "a".repeat(62)],
];

for (const [text, name] of names) {
  Deno.test(`kube: ${text} is called ${name}`, () => assertEquals(kubeName(text), name));
}

Deno.test("kube: keys of files keep what they may", () => {
  assertEquals(fileKey("a_b.c/d e"), "a_b.c-d-e");
});
