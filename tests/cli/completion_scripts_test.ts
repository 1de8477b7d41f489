import { completionScripts } from "../../src/cli/completion_scripts.ts";
import { assertEquals } from "../support/assert.ts";

async function run(command: string, args: string[], input?: string): Promise<{ code: number; out: string }> {
  const child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input ?? ""));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function isInstalled(shell: string): Promise<boolean> {
  try {
    return (await run(shell, ["-c", "true"])).code === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A program in place of mesolet that answers with the words it was asked about. */
const stand = `#!/bin/sh
shift
for word in "$@"; do last=$word; done
case "$last" in
  --progress=*) printf '%s\\n' --progress=plain :words ;;
  file*) printf ':files\\n' ;;
  *) printf '%s\\t%s\\n' "got-$#" "some meaning"; printf ':words\\n' ;;
esac
`;

async function withStand(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/mesolet`, stand, { mode: 0o755 });
    for (const [shell, text] of Object.entries(completionScripts)) {
      await Deno.writeTextFile(`${directory}/completion.${shell}`, text);
    }
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const shell of ["bash", "zsh", "fish"]) {
  const missing = !await isInstalled(shell);
  Deno.test({
    name: `the script for ${shell} is one`,
    ignore: missing,
    async fn() {
      await withStand(async (directory) => {
        assertEquals(await run(shell, ["-n", `${directory}/completion.${shell}`]), { code: 0, out: "" });
      });
    },
  });
}

Deno.test({
  name: "bash offers what the program answers, also behind =",
  ignore: !await isInstalled("bash"),
  async fn() {
    await withStand(async (directory) => {
      const complete = async (line: string) => {
        const script = `source ${directory}/completion.bash
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
_mesolet; printf '%s\\n' "\${COMPREPLY[@]}"`;
        return (await run("bash", ["--norc", "-c", script])).out.trim();
      };
      assertEquals(await complete(`${directory}/mesolet lo`), "got-1");
      assertEquals(await complete(`${directory}/mesolet logs -f `), "got-3");
      assertEquals(await complete(`${directory}/mesolet logs --progress=p`), "plain");
      assertEquals(await complete(`${directory}/mesolet -f file`), "");
    });
  },
});

Deno.test({
  name: "fish offers what the program answers, with its meaning",
  ignore: !await isInstalled("fish"),
  async fn() {
    await withStand(async (directory) => {
      const script =
        `set PATH ${directory} $PATH; source ${directory}/completion.fish; complete -C 'mesolet logs -f '`;
      assertEquals((await run("fish", ["--no-config", "-c", script])).out, "got-3\tsome meaning\n");
    });
  },
});
