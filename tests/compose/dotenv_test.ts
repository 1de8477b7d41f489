import { DotenvError, readDotenv, readRawEnvironment } from "../../src/compose/dotenv.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const shell: Readonly<Record<string, string>> = { SHELL_SET: "s", HERE: "from shell" };

function read(text: string): Record<string, string> {
  const variables = new Map<string, string>();
  readDotenv(text, variables, { lookup: (name) => shell[name] });
  return Object.fromEntries(variables);
}

Deno.test("environment files are read", () => {
  const cases: [text: string, variables: Record<string, string>][] = [
    ["", {}],
    ["# only a comment", {}],
    ["A=1\nB=2\n", { A: "1", B: "2" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["\uFEFFA=1", { A: "1" }],
    ["A: 1", { A: "1" }],
    ["export A=1", { A: "1" }],
    ["  A  =  1  ", { A: "1" }],
    ["A=", { A: "" }],
    ["A=b c", { A: "b c" }],
    ["A=b # c", { A: "b" }],
    ["A=b#c", { A: "b#c" }],
    ["A= #c", { A: "#c" }],
    ["A='b # c'", { A: "b # c" }],
    ['A="b # c"', { A: "b # c" }],
    ["A='$HERE'", { A: "$HERE" }],
    ['A="$HERE"', { A: "from shell" }],
    ["A=$HERE", { A: "from shell" }],
    ["A=1\nB=${A}2", { A: "1", B: "12" }],
    ["HERE=file\nB=$HERE", { HERE: "file", B: "from shell" }],
    ["A=${NO:-d}", { A: "d" }],
    ["A=$$x", { A: "$x" }],
    ['A="\\$x"', { A: "$x" }],
    ['A="a\\nb\\tc\\"d\\\\e"', { A: 'a\nb\tc"d\\e' }],
    ["A='a\\nb'", { A: "a\\nb" }],
    ["A='it\\'s'", { A: "it's" }],
    ['A="\\0101"', { A: "A" }],
    ['A="one\ntwo"\nB=3', { A: "one\ntwo", B: "3" }],
    ["A='one\ntwo'", { A: "one\ntwo" }],
    ["a.b-c[0]=x", { "a.b-c[0]": "x" }],
    ["ÄÖ=x", { "ÄÖ": "x" }],
    ["SHELL_SET\nNOT_SET\nA=1", { SHELL_SET: "s", A: "1" }],
    ["SHELL_SET", { SHELL_SET: "s" }],
    ['A="x" B=2', { A: "x", B: "2" }],
    ["A=1\nA=2", { A: "2" }],
  ];
  for (const [text, variables] of cases) assertEquals(read(text), variables, JSON.stringify(text));
});

Deno.test("wrong lines of environment files are refused with their number", () => {
  const cases: [text: string, line: number, message: string][] = [
    ["A=1\nA B=2", 2, "cannot hold a blank"],
    ["A=1\n\n%=2", 3, "cannot stand in a variable's name"],
    ["A='open", 1, "a quote stays open"],
    ['A="one\ntwo', 1, "a quote stays open"],
    ["A=1\nB=${C:?why}", 2, "the variable C must be set: why"],
    ["A=${", 1, "no valid variable"],
  ];
  for (const [text, line, message] of cases) {
    const error = assertThrows(() => read(text), DotenvError, message);
    assertEquals(error.line, line, text);
  }
});

Deno.test("raw environment files are read as docker run reads them", () => {
  const variables = new Map<string, string>();
  readRawEnvironment(
    "A='q' # x\n# c\n\n B=$A \nSHELL_SET\nNOT_SET\nE=\nF=a=b\r\n",
    variables,
    (name) => shell[name],
  );
  assertEquals(Object.fromEntries(variables), { A: "'q' # x", B: "$A ", SHELL_SET: "s", E: "", F: "a=b" });
  assertThrows(() => readRawEnvironment("=x", new Map(), () => undefined), DotenvError, "a name is missing");
  assertThrows(() => readRawEnvironment("export A=x", new Map(), () => undefined), DotenvError, "a blank");
});
