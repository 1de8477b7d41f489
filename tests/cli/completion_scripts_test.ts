import { completionScripts } from "../../src/cli/completion_scripts.ts";
import { assertEquals } from "../support/assert.ts";
import { runShell, shells } from "../support/shells.ts";

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

for (const shell of shells) {
  Deno.test(`the script for ${shell} is one`, async () => {
    await withStand(async (directory) => {
      const { code, out } = await runShell(shell, ["-n", `${directory}/completion.${shell}`]);
      assertEquals({ code, out }, { code: 0, out: "" });
    });
  });
}

Deno.test("bash offers what the program answers, also behind =", async () => {
  await withStand(async (directory) => {
    const complete = async (line: string) => {
      const script = `source ${directory}/completion.bash
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
_mesolet; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await runShell("bash", ["--norc", "-c", script])).out.trim();
    };
    assertEquals(await complete(`${directory}/mesolet lo`), "got-1");
    assertEquals(await complete(`${directory}/mesolet logs -f `), "got-3");
    assertEquals(await complete(`${directory}/mesolet logs --progress=p`), "plain");
    assertEquals(await complete(`${directory}/mesolet -f file`), "");
  });
});

Deno.test("fish offers what the program answers, with its meaning", async () => {
  await withStand(async (directory) => {
    const script =
      `set PATH ${directory} $PATH; source ${directory}/completion.fish; complete -C 'mesolet logs -f '`;
    assertEquals((await runShell("fish", ["--no-config", "-c", script])).out, "got-3\tsome meaning\n");
  });
});
