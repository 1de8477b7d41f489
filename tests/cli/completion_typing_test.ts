import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { programForShells, runShell, typeInto } from "../support/shells.ts";

/** The completion scripts with the program itself, in real shells: what is typed, and the line that comes of it. */

/** What is typed, the line that comes of it, and that line up to the last key. */
const typed: readonly [string, string, string][] = [
  ["mesolet setu\t--dry\t", "mesolet setup --dry-run", "mesolet setup --dry"],
  ["mesolet compose-\t--eng\t", "mesolet compose-dir --engine-timeout", "mesolet compose-dir --eng"],
  [
    "mesolet operator --log-format j\t",
    "mesolet operator --log-format json",
    "mesolet operator --log-format j",
  ],
  ["mesolet completion f\t", "mesolet completion fish", "mesolet completion f"],
];

Deno.test("bash completes commands and flags as they are typed", async () => {
  await using program = await programForShells();
  const variables = { PATH: `${program.path}:${Deno.env.get("PATH")}`, INPUTRC: "/dev/null", PS1: "" };
  const prepare = `source ${program.path}/completion.bash`;
  for (const [keys, line] of typed) {
    assertEquals(await typeInto("bash --norc --noprofile -i", prepare, keys, variables), line);
  }
});

Deno.test("zsh completes commands and flags as they are typed", async () => {
  await using program = await programForShells();
  const variables = { PATH: `${program.path}:${Deno.env.get("PATH")}` };
  const prepare = `bindkey -e; fpath=(${program.path} $fpath); autoload -Uz compinit; compinit -u -D`;
  for (const [keys, line] of typed) {
    assertEquals(await typeInto("zsh -f -i", prepare, keys, variables), line);
  }
});

Deno.test("fish completes commands and flags, with what they mean", async () => {
  await using program = await programForShells();
  const variables = { PATH: `${program.path}:${Deno.env.get("PATH")}`, HOME: program.path };
  for (const [, line, begun] of typed) {
    const script = `source ${program.path}/completion.fish; complete -C '${begun}'`;
    const { out } = await runShell("fish", ["--no-config", "-c", script], variables);
    assertEquals(out.split(/[\t\n]/)[0], line.slice(line.lastIndexOf(" ") + 1), begun);
  }
  const script = `source ${program.path}/completion.fish; complete -C 'mesolet setu'`;
  const { out } = await runShell("fish", ["--no-config", "-c", script], variables);
  assertStringIncludes(out, "setup\tInstall this program on a host");
});
