/**
 * `deno task conformance`: compares mesolet with the recorded answers of Docker Compose. The recordings are no part of
 * this repository: they are looked for beside it, or where `MESOLET_CONFORMANCE` says.
 *
 * Arguments are passed on to the comparison: `--only REGEX`, `--show N`.
 */

/** EX_UNAVAILABLE. */
const unavailable = 69;

/** What passes at least, in per cent; the rest is listed in docs/compose.md. */
const leastPassed = 98;

const root = new URL("../", import.meta.url).pathname;
const recordings = Deno.env.get("MESOLET_CONFORMANCE") ??
  new URL("../../shared/compose", import.meta.url).pathname;

/** Bundles the program and makes an executable that runs it; it runs from source where bundling fails. */
async function makeExecutable(directory: string): Promise<string> {
  const bundle = `${directory}/mesolet.js`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--output", bundle, "src/main.ts"],
    cwd: root,
    stderr: "null",
  }).output();
  const program = success ? ["--no-config", bundle] : ["--config", `${root}deno.json`, `${root}src/main.ts`];
  const executable = `${directory}/mesolet`;
  const words = [Deno.execPath(), "run", "--quiet", "--allow-all", ...program].map(quote).join(" ");
  await Deno.writeTextFile(executable, `#!/bin/sh\nDENO_NO_UPDATE_CHECK=1 exec ${words} "$@"\n`);
  await Deno.chmod(executable, 0o755);
  return executable;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Compares what `config` prints, and which files are refused, with Docker Compose 2.40.3 and its newest loader. */
async function compareModels(executable: string): Promise<boolean> {
  const { stdout, success } = await new Deno.Command("python3", {
    args: [
      `${recordings}/tools/compare.py`,
      "--ref",
      "either",
      "--ignore",
      "build,develop",
      "-j",
      "2",
      ...Deno.args,
      "--",
      executable,
    ],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const report = new TextDecoder().decode(stdout);
  await Deno.stdout.write(stdout);
  const passed = Number(/pass ([\d.]+)%/.exec(report)?.[1] ?? 0);
  return success && passed >= leastPassed;
}

async function main(): Promise<number> {
  try {
    await Deno.stat(`${recordings}/tools/compare.py`);
  } catch {
    // deno-lint-ignore no-console
    console.error(
      `conformance: there are no recordings in ${recordings}: set MESOLET_CONFORMANCE to their directory`,
    );
    return unavailable;
  }
  const directory = await Deno.makeTempDir({ prefix: "mesolet-conformance-" });
  try {
    const executable = await makeExecutable(directory);
    return await compareModels(executable) ? 0 : 1;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.exit(await main());
