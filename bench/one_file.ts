import { buildFiles } from "../scripts/build/build_files.ts";
import { bundleProgram, writeLauncher } from "../scripts/bundle.ts";
import { ownTarget } from "../scripts/build/runtimes.ts";
import { command, measure, median } from "./measure.ts";
import { peakMemory } from "./peak_memory.ts";
import { specOf } from "./specs.ts";

/** Figures of the program as one file. Times in milliseconds, sizes in bytes, memory in MiB. */
export interface FileFigures {
  readonly form: string;
  readonly size: number;
  /** `version`, unpacked before. */
  readonly version: number;
  /** `version` with an empty cache. */
  readonly firstStart: number;
  readonly versionMemory: number;
  /** `up -d` of a pod of one container: from the file, and by `deno run` of the bundle. */
  readonly up: number;
  readonly upByDeno: number;
}

/** Builds the file and times it, with a cache of its own. */
export async function measureOneFile(
  { host, directory, rounds }: { readonly host: string; readonly directory: string; readonly rounds: number },
): Promise<FileFigures> {
  const target = ownTarget();
  if (target === undefined) throw new Error("there is no such file for this machine");
  const said: string[] = [];
  const [file = ""] = await buildFiles({
    version: "bench",
    targets: [target],
    form: undefined,
    directory: `${directory}/file`,
    say: (line) => said.push(line),
  });
  const byDeno = `${directory}/file/by-deno`;
  await bundleProgram(`${byDeno}.js`);
  await writeLauncher(byDeno, `${byDeno}.js`);
  const project = `${directory}/one`;
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/compose.yaml`, specOf(1));
  const cache = `${directory}/cache`;
  const env = { DOCKER_HOST: host, NO_COLOR: "1", MESOLET_CACHE_DIR: cache };
  const run = (program: string, ...words: string[]) => command(program, words, { cwd: project, env });
  const firsts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await Deno.remove(cache, { recursive: true }).catch(() => {});
    const started = performance.now();
    await run(file, "version");
    firsts.push(performance.now() - started);
  }
  const version = await measure(
    [{ name: "file", run: async () => void await run(file, "version") }],
    rounds * 3,
  );
  const clean = async () => void await run(file, "--quiet", "down", "-t", "0");
  const up = await measure([
    { name: "file", prepare: clean, run: async () => void await run(file, "--quiet", "up", "-d") },
    { name: "deno", prepare: clean, run: async () => void await run(byDeno, "--quiet", "up", "-d") },
  ], rounds);
  await clean();
  return {
    form: said.some((line) => line.includes(": compiled, ")) ? "compiled" : "self-extracting",
    size: (await Deno.stat(file)).size,
    version: version.get("file") ?? Number.NaN,
    firstStart: median(firsts),
    versionMemory: await peakMemory(file, ["version"], project, env),
    up: up.get("file") ?? Number.NaN,
    upByDeno: up.get("deno") ?? Number.NaN,
  };
}
