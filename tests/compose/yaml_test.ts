import { readYamlDocuments } from "../../src/compose/yaml_document.ts";
import { exactReader } from "../../src/compose/yaml_exact.ts";
import { resolvePlainScalar, textOf } from "../../src/compose/scalars.ts";
import { plainOf } from "../../src/compose/field_reader.ts";
import { printYaml } from "../../src/compose/yaml_printer.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { problems, service, serviceText } from "./loading.ts";

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("plain scalars are read and printed as go-yaml and Go do", () => {
  const cases: [scalar: string, text: string][] = [
    ["0644", "420"],
    ["0o644", "420"],
    ["0x1F", "31"],
    ["0b11", "3"],
    ["1_000", "1000"],
    [".5", "0.5"],
    ["1.0", "1"],
    ["1.10", "1.1"],
    ["1e3", "1000"],
    ["1e6", "1e+06"],
    ["12345678.0", "1.2345678e+07"],
    ["0.00001", "1e-05"],
    [".inf", "+Inf"],
    ["-.Inf", "-Inf"],
    [".nan", "NaN"],
    ["08", "8"],
    ["-17", "-17"],
    ["12345678901234567890", "12345678901234567890"],
    ["190:20:30", "190:20:30"],
    ["yes", "yes"],
    ["off", "off"],
    ["True", "true"],
    ["FALSE", "false"],
    ["~", ""],
    ["Null", ""],
    ["1.2.3", "1.2.3"],
    ["0x", "0x"],
    ["-", "-"],
    ["+1", "1"],
    ["2020-13-01", "2020-13-01"],
  ];
  for (const [scalar, text] of cases) assertEquals(textOf(resolvePlainScalar(scalar)), text, scalar);
});

Deno.test("both readers agree wherever the fast one is trusted", () => {
  const texts = [
    "a: 1\nb: [x, 'y', \"z\\n\"]\nc: {d: true, e: ~}\n",
    "a: |\n  text\n  more\nb: >-\n  folded\n  text\n",
    "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n",
    "a:\n- 1\n- - 2\n  - 3\n",
    "---\na: 1\n---\nb: 2\n...\n",
    "# comment\na: b # c\n",
    "a: 'it''s'\nb: \"\\u00e9\\x41\"\n",
    '{"json": [1, 2.5, null, "s"]}',
    "\uFEFFa: 1\r\nb: 2\r\n",
    "a: 0644\nb: 0x10\nc: -5\nd: 1.50\ne: .5\n",
    "a: http://x:80/y\nb: 22:22\nc: '- x'\n",
  ];
  for (const text of texts) {
    const fast = readYamlDocuments(text, undefined);
    assertEquals(plain(fast), plain(exactReader.read(text)), text);
  }
});

Deno.test("tags, merges and keys", () => {
  const cases: [yaml: string, value: unknown][] = [
    ["a: !foo x", { a: "x" }],
    ["a: !!str 5", { a: "5" }],
    ["a: !!binary aGk=", { a: "hi" }],
    ["a: !foo {b: 1}", { a: { b: 1 } }],
    ["x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y], c: 3}", {
      x: { a: 1 },
      y: { a: 2, b: 2 },
      z: { a: 1, b: 2, c: 3 },
    }],
    ["x: &x {a: 1}\nz:\n  <<:\n    - *x\n", { x: { a: 1 }, z: { a: 1 } }],
    ["'1': x", { "1": "x" }],
    ["constructor: x\n__proto__: y", JSON.parse('{"constructor":"x","__proto__":"y"}')],
  ];
  for (const [yaml, value] of cases) {
    const [document] = readYamlDocuments(yaml, exactReader);
    assertEquals(plain(plainOf(document?.value ?? null)), plain(value), yaml);
  }
});

Deno.test("what is no YAML for a Compose file is refused", async () => {
  const cases: [yaml: string, message: string][] = [
    ["", "the file is empty"],
    ["# nothing\n", "the file is empty"],
    ["just text", "must be a mapping"],
    ["- a\n- b", "must be a mapping"],
    ["services:\n\ts: x", "not readable as YAML"],
    ["services: {s: {image: x}", "not readable as YAML"],
    ["services:\n  s:\n    image: x\n    image: y", `4:5: key "image" is there twice`],
    ["services:\n  1: {image: x}", "key 1 in services is not text"],
    ["services:\n  ~: {image: x}", "key null in services is not text"],
    ["services: &a\n  s: {image: x}\n  t: *a", "contains itself"],
    ["x: &a\n  b:\n    <<: *a", "contains itself"],
    ["services: {s: {image: x, hostname: *no}}", "unknown alias"],
    ["x: &x {a: 1}\nz:\n  <<: *x\n  <<: *x\n", 'key "<<" is there twice'],
    ["a: \0", "a NUL byte"],
    [serviceText("environment:\n  D: 2020-01-01"), "not a date: put it in quotes"],
    ["x: {<<: 5}", "<< takes a mapping"],
  ];
  for (const [yaml, message] of cases) {
    const found = (await problems(yaml)).join("\n");
    assertEquals(found.includes(message), true, `${JSON.stringify(yaml)}: ${found}`);
  }
});

Deno.test("several documents of a file are merged in order", async () => {
  const text = `${serviceText("hostname: a\nuser: u")}---\n${serviceText("hostname: b")}`;
  assertEquals(await service(text), { hostname: "b", user: "u" });
});

Deno.test("an alias that unfolds without end is refused", () => {
  let bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 9; level++) {
    bomb += `a${level}: &a${level} [${Array(10).fill(`*a${level - 1}`).join(", ")}]\n`;
  }
  assertThrows(() => readYamlDocuments(bomb, exactReader), Error, "aliases unfolded");
  assertThrows(() => readYamlDocuments("[".repeat(3000), exactReader), Error, "nested too deeply");
  assertThrows(
    () => readYamlDocuments(`${"{a: ".repeat(300)}${"}".repeat(300)}`, exactReader),
    Error,
    "nested",
  );
});

Deno.test("printed YAML is read back as it was", () => {
  const data = {
    plain: "nginx:1.25",
    number: "80",
    octal: "0o644",
    date: "2020-01-01",
    yes: "yes",
    empty: "",
    blanks: " x ",
    colon: "a: b",
    hash: "a #b",
    lines: "one\n  two\nthree\n",
    open: "one\ntwo",
    tilde: "~",
    unicode: "é\u2028\u0007",
    list: ["a", ["b", []], { c: null, d: {} }],
    nested: { "key with: colon": [{ a: 1, b: [true, 1.5] }], "": "x" },
  };
  const [document] = readYamlDocuments(printYaml(data), exactReader);
  assertEquals(plain(plainOf(document?.value ?? null)), data);
});
