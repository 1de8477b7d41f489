import { interpolate, InterpolationError, variablesOf } from "../../src/compose/interpolation.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const values: Readonly<Record<string, string>> = { FOO: "first", EMPTY: "", BRACE: "${FOO}", _U1: "u" };

function result(text: string): { value: string; unset: string[] } {
  const unset: string[] = [];
  const value = interpolate(text, { lookup: (name) => values[name], unset: (name) => unset.push(name) });
  return { value, unset };
}

Deno.test("variables are replaced", () => {
  const cases: [text: string, value: string][] = [
    ["plain", "plain"],
    ["$FOO", "first"],
    ["${FOO}", "first"],
    ["a$FOO.b", "afirst.b"],
    ["${FOO}bar", "firstbar"],
    ["$_U1", "u"],
    ["$FOObar", ""],
    ["$$FOO", "$FOO"],
    ["$$$FOO", "$first"],
    ["$${FOO}", "${FOO}"],
    ["$", "$"],
    ["a$", "a$"],
    ["$1 $( $} ^x$", "$1 $( $} ^x$"],
    ["${UNSET}", ""],
    ["${BRACE}", "${FOO}"],
    ["${UNSET-x}", "x"],
    ["${EMPTY-x}", ""],
    ["${EMPTY:-x}", "x"],
    ["${FOO:-x}", "first"],
    ["${FOO:+x}", "x"],
    ["${EMPTY:+x}", ""],
    ["${EMPTY+x}", "x"],
    ["${UNSET+x}", ""],
    ["${FOO?needed}", "first"],
    ["${EMPTY?needed}", ""],
    ["${UNSET-a:-b}", "a:-b"],
    ["${UNSET:-a-b}", "a-b"],
    ["${UNSET:-${FOO}}", "first"],
    ["${UNSET:-a${UNSET2:-b${FOO}c}d}", "abfirstcd"],
    ["${UNSET:-$FOO}", "first"],
    ["${UNSET:-{}}", "{}"],
    ['${UNSET:-{"a": {"b": 1}}} and ${FOO}', '{"a": {"b": 1}} and first'],
    ["${UNSET:-a}b}", "ab}"],
    ["${UNSET:-$$x}", "$x"],
    ["${UNSET:-}", ""],
    ["${UNSET:-one\ntwo}", "one\ntwo"],
    ["${FOO:-${UNSET:?never asked}}", "first"],
    ["${FOO} ${FOO:-x}-${UNSET:-y}", "first first-y"],
  ];
  for (const [text, value] of cases) assertEquals(result(text).value, value, text);
});

Deno.test("a variable without value and default is told", () => {
  assertEquals(result("$A ${B} ${C-} ${D:+x} ${E:-$F}").unset, ["A", "B", "F"]);
});

Deno.test("what is no valid variable is refused", () => {
  for (
    const text of [
      "${",
      "${}",
      "${ FOO}",
      "${FOO ",
      "${FOO!}",
      "${1}",
      "${FOO=x}",
      "${FOO:}",
      "${#FOO}",
      "${FOO:0:2}",
      "${FOO:=x}",
      "${FOO/a/b}",
      "${FOO",
    ]
  ) {
    assertThrows(() => result(text), InterpolationError, "is no valid variable");
  }
});

Deno.test("a required variable without value is refused, with its reason", () => {
  assertThrows(() => result("${UNSET?}"), InterpolationError, "the variable UNSET must be set");
  assertThrows(() => result("${EMPTY:?set it to $FOO}"), InterpolationError, "must be set: set it to first");
  assertThrows(() => result("${UNSET:-${OTHER:?x}}"), InterpolationError, "OTHER");
});

Deno.test("nesting without end is refused", () => {
  const text = "${A:-".repeat(2000) + "}".repeat(2000);
  assertThrows(() => result(text), InterpolationError, "too deeply");
});

Deno.test("the variables of a text are listed, with those in words", () => {
  assertEquals(variablesOf("$A ${B:-x${C:?why}} $$D ${E:+alt}"), [
    { name: "A", required: false },
    { name: "B", required: false, defaultValue: "x${C:?why}" },
    { name: "C", required: true },
    { name: "E", required: false, alternateValue: "alt" },
  ]);
});
