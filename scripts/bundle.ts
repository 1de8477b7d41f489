import { programPermissions, runOptions } from "./build/runtime_options.ts";

/** The repository's root, with a slash at its end. */
export const root = new URL("../", import.meta.url).pathname;

/**
 * Bundles the program, dependencies and all, into one minified file of JavaScript.
 *
 * The bundle is of the form of CommonJS inside and a module outside: there, what imports a module of Node asks for it
 * when it is first used. In the form of modules all of them are loaded at every start, which takes longer than most
 * commands do.
 *
 * @param commit that it says it was built from.
 * @throws {Error} with what the bundler said, when it fails.
 */
export async function bundleProgram(output: string, commit = "unknown"): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--format", "cjs", "--output", output, "src/main.ts"],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`the program could not be bundled:\n${new TextDecoder().decode(stderr)}`);
  const program = await Deno.readTextFile(output);
  const builtCommit = `const mesoletCommit = ${JSON.stringify(commit)};`;
  await Deno.writeTextFile(output, `${lateRequire}\n${builtCommit}\n${program}\nexport {};\n`);
}

/** Only modules of Node are asked for: all others are in the bundle. */
const lateRequire = "const require = (name) => globalThis.process.getBuiltinModule(name);";

/**
 * Writes a shell file that runs a bundle with this Deno.
 *
 * @param permissions of Deno; by default the least that the program needs.
 */
export async function writeLauncher(
  path: string,
  bundle: string,
  permissions: readonly string[] = programPermissions,
): Promise<void> {
  const words = [Deno.execPath(), "run", ...runOptions(permissions), bundle];
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await Deno.writeTextFile(path, `#!/bin/sh\nDENO_NO_UPDATE_CHECK=1 exec ${command} "$@"\n`);
  await Deno.chmod(path, 0o755);
}
