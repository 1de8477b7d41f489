import { programWords } from "../cli/program.ts";

/** The shells that there are completions for. `deno task test` installs them for the tests that import this. */
export const shells = ["bash", "zsh", "fish"] as const;

/** Runs a program to its end. */
export async function runShell(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly out: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    env: { TERM: "dumb", ...variables },
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  return { code, out: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** A directory with the program as `mesolet`, and its completion for each shell. */
export async function programForShells(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  const words = programWords.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await Deno.writeTextFile(`${path}/mesolet`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  for (const shell of shells) {
    const { out } = await runShell(`${path}/mesolet`, ["completion", shell]);
    await Deno.writeTextFile(`${path}/${shell === "zsh" ? "_mesolet" : `completion.${shell}`}`, out);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/**
 * Types into an interactive shell on a terminal of its own, and gives the line that comes of it.
 *
 * @param prepare a line that sets the shell up
 * @param typed what is typed, `\t` for the key
 */
export async function typeInto(
  command: string,
  prepare: string,
  typed: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  // zsh is at hand, and can play the terminal. The words are split so that their echo is not taken for what they print.
  const script = `zmodload zsh/zpty
zpty shell ${command}
zpty -w shell "$PREPARE"
zpty -w shell "echo REA''DY"
zpty -r shell seen $'*READY*'
zpty -w -n shell "$TYPED"$'\\001echo LI\\'\\'NE: \\n'
zpty -w shell "echo EN''D"
zpty -r shell seen $'*END*'
print -r -- "$seen"
zpty -d shell`;
  const { out } = await runShell("zsh", ["-f", "-c", script], {
    ...variables,
    PREPARE: prepare,
    TYPED: typed,
  });
  return /^LINE: (.*?)\s*$/m.exec(out.replaceAll("\r", "\n"))?.[1] ?? `no line in ${JSON.stringify(out)}`;
}
