import configuration from "../../deno.json" with { type: "json" };
import { root } from "../../scripts/bundle.ts";
import { buildFiles } from "../../scripts/build/build_files.ts";
import { sha256 } from "../../scripts/build/sha256.ts";

/** What the built program says it was built from, in tests. */
export const builtCommit = "0123456789abcdef0123456789abcdef01234567";

/** The program as one file. */
export interface BuiltFile {
  readonly path: string;
  /** Where it is to unpack itself, for `MESOLET_CACHE_DIR`: a test leaves nothing in the places of the host. */
  readonly cache: string;
}

/**
 * The program as one file, built from the sources as they are. It is built once for the same sources: tests of several
 * files, and runs one after the other, share it.
 */
export async function builtFile(): Promise<BuiltFile> {
  const key = await sourcesKey();
  const directory = `${root}dist/.tests`;
  const path = `${directory}/${key}/mesolet-${configuration.version}-linux-${targetWord()}`;
  const built = { path, cache: `${directory}/${key}/cache` };
  await Deno.mkdir(directory, { recursive: true });
  using lock = await Deno.open(`${directory}/lock`, { write: true, create: true });
  await lock.lock(true);
  if (await isThere(path)) return built;
  // What is older than the build before this one is of sources that are gone.
  const builds = [];
  for await (const entry of Deno.readDir(directory)) {
    if (entry.isDirectory) {
      builds.push({ name: entry.name, at: (await Deno.stat(`${directory}/${entry.name}`)).mtime });
    }
  }
  builds.sort((left, right) => Number(right.at) - Number(left.at));
  for (const { name } of builds.slice(1)) await Deno.remove(`${directory}/${name}`, { recursive: true });
  const fresh = `${directory}/${key}.new`;
  await buildFiles({
    version: configuration.version,
    targets: [targetWord()],
    form: "self-extracting",
    commit: builtCommit,
    directory: fresh,
    say: () => {},
  });
  await Deno.rename(fresh, `${directory}/${key}`);
  return built;
}

function targetWord(): "x64" | "arm64" {
  return Deno.build.arch === "x86_64" ? "x64" : "arm64";
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** A checksum of all that the file is made from. */
async function sourcesKey(): Promise<string> {
  const sums: string[] = [Deno.version.deno];
  for (const file of ["deno.json", "deno.lock", "scripts/bundle.ts"]) sums.push(await sumOf(file));
  for (const directory of ["src", "proto", "vendor", "scripts/build"]) {
    sums.push(...await sumsBelow(directory));
  }
  return (await sha256(new TextEncoder().encode(sums.join("\n")))).slice(0, 16);
}

async function sumsBelow(directory: string): Promise<string[]> {
  const sums: string[] = [];
  for await (const entry of Deno.readDir(`${root}${directory}`)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) sums.push(...await sumsBelow(path));
    else sums.push(await sumOf(path));
  }
  return sums.sort();
}

async function sumOf(file: string): Promise<string> {
  return `${file} ${await sha256(await Deno.readFile(`${root}${file}`))}`;
}
