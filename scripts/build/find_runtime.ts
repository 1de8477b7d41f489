import { messageOf } from "../../src/pod/errors.ts";
import { runtimes, type Target } from "./runtimes.ts";
import { sha256 } from "./sha256.ts";

/**
 * The bytes of a target's runtime: of the Deno that runs, of an earlier download, or of npm, in this order, with the
 * checksum that is written down for it.
 *
 * @param given a file that somebody names and answers for: its checksum is not looked at
 * @param cache a directory for downloads
 * @throws {Error} when there is none to be had, with what to do
 */
export async function findRuntime(
  target: Target,
  options: { readonly given?: string; readonly cache: string },
): Promise<Uint8Array<ArrayBuffer>> {
  if (options.given !== undefined) return await readGiven(options.given, target);
  const wanted = runtimes[target];
  const download = `${options.cache}/deno-${wanted.sha256.slice(0, 16)}`;
  for (const place of [Deno.execPath(), download]) {
    const bytes = await readIfThere(place);
    if (bytes !== undefined && await sha256(bytes) === wanted.sha256) return bytes;
  }
  await Deno.mkdir(options.cache, { recursive: true });
  const bytes = await fromNpm(wanted.package, target);
  const sum = await sha256(bytes);
  if (sum !== wanted.sha256) {
    throw new Error(
      `The runtime in ${wanted.package} is not the one that is known: SHA-256 ${sum}, expected ${wanted.sha256} ` +
        "(scripts/build/runtimes.ts)",
    );
  }
  await Deno.writeFile(download, bytes);
  return bytes;
}

async function readGiven(path: string, target: Target): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new Error(`Cannot read the runtime: ${messageOf(error)}`);
  }
  if (elfMachine(bytes) !== runtimes[target].machine) {
    throw new Error(`${path} is no runtime for ${target}: name the file deno of a Linux release of Deno`);
  }
  return bytes;
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch {
    return undefined;
  }
}

async function fromNpm(name: string, target: Target): Promise<Uint8Array<ArrayBuffer>> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-runtime-" });
  try {
    const packed = await output("npm", ["pack", "--silent", "--pack-destination", directory, name]);
    const archive = packed.trim().split("\n").at(-1) ?? "";
    await output("tar", ["-xzf", `${directory}/${archive}`, "-C", directory, "package/deno"]);
    return await Deno.readFile(`${directory}/package/deno`);
  } catch (error) {
    throw new Error(
      `The runtime for ${target} cannot be had: ${
        messageOf(error)
      }. Name a file with --runtime FILE: the deno of a ` +
        "release of Deno for that target",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    signal: AbortSignal.timeout(300_000),
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const said = decoder.decode(stderr).split("\n").find((line) => /error/i.test(line)) ?? "";
  throw new Error(`${program} ${args.join(" ")} failed: ${said.trim()}`);
}

/** Source: `elf(5)`, e_machine. */
function elfMachine(bytes: Uint8Array): "x86_64" | "aarch64" | undefined {
  if (bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) return undefined;
  const machine = (bytes[18] ?? 0) | ((bytes[19] ?? 0) << 8);
  return machine === 62 ? "x86_64" : machine === 183 ? "aarch64" : undefined;
}
