import { createHash } from "node:crypto";
import { execScript } from "../../src/cli/exec_script.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

const program = '#!/bin/sh\necho "$MESOLET_OPERATOR$MESOS_EXECUTOR_ID|$*"\n';
const checksum = createHash("sha256").update(program).digest("hex");

/** Runs a script as an agent does: in the sandbox, with the executor's environment. */
async function inSandbox(
  script: string,
  sandbox: string,
  cache: string,
): Promise<{ readonly code: number; readonly out: string; readonly error: string }> {
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", script],
    cwd: sandbox,
    env: { MESOLET_CACHE_DIR: cache, MESOLET_OPERATOR: "x", MESOS_EXECUTOR_ID: "y" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

Deno.test("the program in a sandbox is run from a copy of our own, and only if it is what was fetched", async () => {
  const sandbox = await Deno.makeTempDir();
  const cache = await Deno.makeTempDir();
  try {
    const words = ["exec", "it's", "$HOME `id`"];
    const uris = [`http://host/mesolet-1.2.3-${checksum.slice(0, 16)}`];
    const script = execScript({ command: { uris }, ownChecksum: undefined, words });
    const run = () => inSandbox(script, sandbox, cache);
    assertStringIncludes((await run()).error, "there is no program in the sandbox");
    await Deno.writeTextFile(`${sandbox}/mesolet`, "#!/bin/sh\necho evil\n", { mode: 0o755 });
    const changed = await run();
    assertEquals([changed.code, changed.out], [71, ""]);
    assertStringIncludes(changed.error, "is not the one that was fetched");
    await Deno.writeTextFile(`${sandbox}/mesolet`, program);
    const expected = { code: 0, out: "|exec it's $HOME `id`\n", error: "" };
    assertEquals(await run(), expected);
    // What a container does to it from then on is no matter.
    await Deno.writeTextFile(`${sandbox}/mesolet`, "#!/bin/sh\necho evil\n");
    assertEquals(await run(), expected);
    const [place = ""] = [...Deno.readDirSync(cache)].map(({ name }) => name);
    assertEquals([...Deno.readDirSync(`${cache}/${place}`)].map(({ name }) => name), [checksum.slice(0, 16)]);
    assertEquals((Deno.statSync(`${cache}/${place}`).mode ?? 0) & 0o777, 0o700);

    // A directory that somebody else put there is not used.
    await Deno.remove(`${cache}/${place}`, { recursive: true });
    await Deno.symlink(sandbox, `${cache}/${place}`);
    assertStringIncludes((await run()).error, "is no directory of our own");
  } finally {
    await Deno.remove(sandbox, { recursive: true });
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("a program of the agent's own is run as it is, and one of which nobody knows the checksum is not", () => {
  const script = execScript({
    command: { program: "/opt/mesolet", uris: [] },
    ownChecksum: undefined,
    words: ["ps"],
  });
  assertStringIncludes(script, "exec '/opt/mesolet' 'ps'");
  const custom = { uris: ["http://host/mesolet"] };
  assertThrows(
    () => execScript({ command: custom, ownChecksum: undefined, words: [] }),
    MesoletError,
    "its URI has no checksum in it",
  );
  assertStringIncludes(execScript({ command: custom, ownChecksum: checksum, words: [] }), checksum);
});
