/**
 * `deno task conformance`: compares mesolet with the recorded answers of Docker Compose. The recordings are no part of
 * this repository: they are looked for beside it, or where `MESOLET_CONFORMANCE` says.
 *
 * ```sh
 * deno task conformance                      # models (what `config` prints), then Engine calls in services mode
 * deno task conformance models --show 50     # only the models; flags go to the comparison
 * deno task conformance calls --only synth   # only the Engine calls, of cases that match
 * ```
 */
import { bundleProgram, writeLauncher } from "./bundle.ts";
import { compareCalls } from "./conformance_calls.ts";

const known = ["models", "calls"];
const words = Deno.args.filter((word) => known.includes(word));
const parts = new Set(words.length === 0 ? known : words);
const flags = Deno.args.filter((word) => !known.includes(word));
const only = flags.includes("--only") ? flags[flags.indexOf("--only") + 1] : undefined;

/** EX_UNAVAILABLE. */
const unavailable = 69;

/** What passes at least, in per cent; the rest is listed in docs/compose.md. */
const leastPassed = 98;

/** Cases that are accepted here and refused there, or the other way round, for a reason in docs/compose.md. */
const knownMisjudged = new Set(["compose-go/loader/i-TestXService-L2692"]);

const recordings = Deno.env.get("MESOLET_CONFORMANCE") ??
  new URL("../../shared/compose", import.meta.url).pathname;

/** Bundles the program and makes an executable of it. */
async function makeExecutable(directory: string): Promise<string> {
  const bundle = `${directory}/mesolet.js`;
  const executable = `${directory}/mesolet`;
  await bundleProgram(bundle);
  await writeLauncher(executable, bundle);
  return executable;
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
      "--show",
      "1000",
      ...flags,
      "--",
      executable,
    ],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const report = new TextDecoder().decode(stdout);
  await Deno.stdout.write(stdout);
  const passed = Number(/pass ([\d.]+)%/.exec(report)?.[1] ?? 0);
  const misjudged = [...report.matchAll(/^should-(?:accept|reject) (\S+)/gm)].map(([, id = ""]) => id);
  const unexpected = misjudged.filter((id) => !knownMisjudged.has(id));
  for (const id of unexpected) {
    // deno-lint-ignore no-console
    console.error(`conformance: ${id} is accepted here and refused there, or the other way round`);
  }
  return success && passed >= leastPassed && unexpected.length === 0;
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
    const models = parts.has("models") ? await compareModels(executable) : true;
    const calls = parts.has("calls") ? await compareCalls(executable, recordings, directory, only) : true;
    return models && calls ? 0 : 1;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.exit(await main());
