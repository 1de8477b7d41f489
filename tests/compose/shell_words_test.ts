import { splitShellWords } from "../../src/compose/shell_words.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

Deno.test("a command line is split into words", () => {
  const cases: [line: string, words: string[]][] = [
    ["", []],
    ["   ", []],
    ["nginx -g 'daemon off;'", ["nginx", "-g", "daemon off;"]],
    [`sh -c "echo hello world"`, ["sh", "-c", "echo hello world"]],
    [`a "" ''`, ["a", "", ""]],
    [`--x="a b"c`, ["--x=a bc"]],
    [`a\\ b`, ["a b"]],
    [`'a\\b'`, ["a\\b"]],
    [`"a\\"b"`, [`a"b`]],
    [`a\\tb a\\nb`, ["a\tb", "a\nb"]],
    ["a\tb\nc", ["a", "b", "c"]],
    ["echo $HOME ${X}", ["echo", "$HOME", "${X}"]],
    ["echo `date +%s` x", ["echo", "`date +%s`", "x"]],
    ["echo $(date +%s) x", ["echo", "$(date +%s)", "x"]],
    ["a ; b", ["a"]],
    ["a && b", ["a"]],
    ["a | b", ["a"]],
    ["a > f", ["a"]],
    ["a 2> f", ["a"]],
    ["a 2>&1", ["a"]],
    ["a # comment", ["a"]],
    ["a b#c", ["a", "b#c"]],
    ["'a;b' \"c|d\"", ["a;b", "c|d"]],
    ["ünï cödé", ["ünï", "cödé"]],
  ];
  for (const [line, words] of cases) assertEquals(splitShellWords(line), words, line);
});

Deno.test("a command line that does not end is refused", () => {
  for (const line of ["a 'b", 'a "b', "a \\", "a `b", "a $(b", "a (b)", "a )"]) {
    assertThrows(() => splitShellWords(line), RangeError, "is not a command line");
  }
});
