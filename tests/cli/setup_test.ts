import type { OwnFile } from "../../src/cli/own_file.ts";
import { operatorUnit } from "../../src/setup/operator_unit.ts";
import { usualPrefix, usualSpecs } from "../../src/setup/setup_model.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { runInMemory } from "./command_line.ts";

async function withHost(work: (root: string, ownFile: OwnFile) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-setup-" });
  try {
    await Deno.mkdir(`${directory}/root`);
    await Deno.writeTextFile(`${directory}/file`, "a program");
    await work(`${directory}/root`, { build: "compiled", path: `${directory}/file` });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the unit of the usual places is the one in examples/", async () => {
  const example = new URL("../../examples/operator/mesolet-operator.service", import.meta.url);
  assertEquals(operatorUnit({ prefix: usualPrefix, specs: usualSpecs }), await Deno.readTextFile(example));
});

Deno.test("setup of another root: dry run, run, nothing to do, uninstall", async () => {
  await withHost(async (root, ownFile) => {
    await Deno.mkdir(`${root}/usr/lib/systemd`, { recursive: true });
    await Deno.writeTextFile(`${root}/usr/lib/systemd/systemd`, "");
    const call = (...words: string[]) => runInMemory(["setup", "--root", root, ...words], { ownFile });
    const dry = await call("--dry-run");
    assertEquals(dry.code, 0, dry.error);
    assertStringIncludes(dry.out, "would write /usr/local/bin/mesolet (755): it is missing\n");
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["usr"]);

    const done = await call();
    assertEquals(done.code, 0, done.error);
    const lines = (text: string) => text.split("\n").filter((line) => !line.startsWith("mesolet "));
    assertEquals(lines(done.out), lines(dry.out).map((line) => line.replace(/^would /, "")));
    assertStringIncludes(done.out, "is set up: /usr/local/bin/mesolet, specs in /etc/mesolet/pods\n");
    assertStringIncludes(done.error, "the operator is not started");
    assertEquals(await Deno.readTextFile(`${root}/usr/local/bin/mesolet`), "a program");
    assertEquals((await call()).out, "nothing to do\n");

    const gone = await call("--uninstall");
    assertEquals(gone.code, 0, gone.error);
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name).sort(), ["usr"]);
    const again = await call("--uninstall");
    assertEquals([again.code, again.out], [0, "nothing to do\n"]);
    assertStringIncludes(again.error, "nothing here was made by setup");
  });
});

Deno.test("setup remembers where it has put things", async () => {
  await withHost(async (root, ownFile) => {
    const call = (...words: string[]) => runInMemory(["setup", "--root", root, ...words], { ownFile });
    await call("--prefix", "/opt/m", "--specs", "/srv/pods/");
    assertEquals(await Deno.readTextFile(`${root}/opt/m/bin/mesolet`), "a program");
    assertEquals((await call()).out, "nothing to do\n");
    await call("--prefix", "/usr/local");
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name).sort(), ["srv", "usr", "var"]);
  });
});

Deno.test("setup does not replace what it has not made", async () => {
  await withHost(async (root, ownFile) => {
    await Deno.mkdir(`${root}/usr/local/bin`, { recursive: true });
    await Deno.writeTextFile(`${root}/usr/local/bin/mesolet`, "another");
    const call = (...words: string[]) => runInMemory(["setup", "--root", root, ...words], { ownFile });
    const refused = await call();
    assertEquals([refused.code, refused.out], [73, ""]);
    assertEquals(
      refused.error,
      "error: Nothing was done: /usr/local/bin/mesolet was not put there by setup; --force replaces it\n",
    );
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["usr"]);
    assertEquals((await call("--force")).code, 0);
    assertEquals(await Deno.readTextFile(`${root}/usr/local/bin/mesolet`), "a program");
  });
});

Deno.test("setup says what is wrong with how it is called", async () => {
  await withHost(async (root, ownFile) => {
    const cases: readonly [readonly string[], number, string][] = [
      [["--stop-pods"], 64, "--stop-pods is for --uninstall"],
      [["--uninstall", "--stop-pods"], 64, "leave --root out"],
      [["--uninstall", "--enable"], 64, "--enable means nothing with --uninstall"],
      [["--uninstall", "--specs", "/x"], 64, "--specs means nothing with --uninstall"],
      [["--prefix", "opt"], 64, "--prefix takes an absolute path"],
      [["--specs", "/my pods"], 64, "--specs takes letters"],
      [["--specs", "/a%h"], 64, "--specs takes letters"],
      [["--enable"], 73, "there is no systemd here: leave --enable out"],
      [["--root", `${root}/nowhere`], 73, "Cannot open"],
    ];
    for (const [words, code, text] of cases) {
      const result = await runInMemory(["setup", "--root", root, ...words], { ownFile });
      assertEquals([result.code, result.out], [code, ""], result.error);
      assertStringIncludes(result.error, text);
    }
    const source: OwnFile = { build: "source", path: undefined };
    const fromSource = await runInMemory(["setup", "--root", root], { ownFile: source });
    assertEquals(fromSource.code, 78);
    assertStringIncludes(
      fromSource.error,
      "the program from source, which is not one file: run deno task build",
    );
    assertEquals([...Deno.readDirSync(root)].length, 0);
  });
});
