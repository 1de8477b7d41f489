import { bundleProgram, root } from "../bundle.ts";
import { commitOf } from "./commit.ts";
import { compileProgram } from "./compiled.ts";
import { findRuntime } from "./find_runtime.ts";
import { ownTarget, type Target } from "./runtimes.ts";
import { selfExtractingFile } from "./self_extracting.ts";
import { sha256 } from "./sha256.ts";

/** How a file holds the program and its runtime. */
export type Form = "compiled" | "self-extracting";

/** What is to be built. */
export interface BuildWishes {
  readonly version: string;
  readonly targets: readonly Target[];
  /** Absent: compiled where its base runtime can be had, and self-extracting where not. */
  readonly form: Form | undefined;
  /** A file to take for the runtime; absent: the known one of each target. */
  readonly runtime?: string;
  /** What the program says it was built from; absent: what the history says. */
  readonly commit?: string;
  /** Where the files go; absent: `dist`. */
  readonly directory?: string;
  say(line: string): void;
}

/**
 * Builds the program for each target, with `SHA256SUMS` beside the files; for this machine's target also `mesolet`,
 * which is another name of its file, and `mesolet.js` with the bundle alone.
 *
 * @returns the paths of the files, in the order of the targets
 * @throws {Error} when one cannot be made
 */
export async function buildFiles(wishes: BuildWishes): Promise<string[]> {
  const directory = wishes.directory ?? `${root}dist`;
  await Deno.mkdir(directory, { recursive: true });
  const bundle = `${directory}/mesolet.js`;
  const commit = wishes.commit ?? await commitOf(root);
  await bundleProgram(bundle, commit);
  const paths: string[] = [];
  const sums: string[] = [];
  for (const target of wishes.targets) {
    const name = `mesolet-${wishes.version}-linux-${target}`;
    const path = `${directory}/${name}`;
    const form = await buildFile(path, bundle, target, wishes);
    const bytes = await Deno.readFile(path);
    sums.push(`${await sha256(bytes)}  ${name}\n`);
    paths.push(path);
    const megabytes = (bytes.length / 1e6).toFixed(1);
    wishes.say(`${path}: ${form}, ${megabytes} MB, version ${wishes.version}, commit ${commit}`);
    if (target === ownTarget()) await nameIt(name, `${directory}/mesolet`);
  }
  await Deno.writeTextFile(`${directory}/SHA256SUMS`, sums.join(""));
  return paths;
}

async function buildFile(path: string, bundle: string, target: Target, wishes: BuildWishes): Promise<Form> {
  // A file that runs cannot be written to, but replaced.
  const fresh = `${path}.new`;
  const form = await buildFresh(fresh, bundle, target, wishes);
  await Deno.chmod(fresh, 0o755);
  await Deno.rename(fresh, path);
  return form;
}

async function buildFresh(path: string, bundle: string, target: Target, wishes: BuildWishes): Promise<Form> {
  if (wishes.form !== "self-extracting" && wishes.runtime === undefined) {
    const failure = await compileProgram(bundle, path, target);
    if (failure === undefined) return "compiled";
    if (wishes.form === "compiled") {
      throw new Error(
        `Cannot compile for ${target}: ${failure}. Name the base runtime (denort) of this Deno with DENORT_BIN, or ` +
          "build with --form self-extracting",
      );
    }
    wishes.say(`Not compiled for ${target}: ${failure}`);
  } else if (wishes.form === "compiled") {
    throw new Error(
      "--runtime is for the self-extracting form: DENORT_BIN names the base of the compiled one",
    );
  }
  const cache = `${root}dist/.runtimes`;
  const runtime = await findRuntime(target, {
    ...(wishes.runtime === undefined ? {} : { given: wishes.runtime }),
    cache,
  });
  const program = await Deno.readFile(bundle);
  await Deno.writeFile(path, await selfExtractingFile({ version: wishes.version, target, runtime, program }));
  return "self-extracting";
}

async function nameIt(name: string, path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
  await Deno.symlink(name, path);
}
