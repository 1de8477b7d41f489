/** The repository's root, with a slash at its end. */
export const root = new URL("../", import.meta.url).pathname;

/**
 * Bundles the program, dependencies and all, into one minified file of JavaScript.
 *
 * The bundle is of the form of CommonJS inside and a module outside: there, what imports a module of Node asks for it
 * when it is first used. In the form of modules all of them are loaded at every start, which takes longer than most
 * commands do.
 *
 * @throws {Error} with what the bundler said, when it fails.
 */
export async function bundleProgram(output: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--format", "cjs", "--output", output, "src/main.ts"],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`the program could not be bundled:\n${new TextDecoder().decode(stderr)}`);
  const program = await Deno.readTextFile(output);
  await Deno.writeTextFile(output, `${lateRequire}\n${program}\nexport {};\n`);
}

/** Only modules of Node are asked for: all others are in the bundle. */
const lateRequire = "const require = (name) => globalThis.process.getBuiltinModule(name);";

/**
 * Deno's permissions of the program. Deno opens /sys and /proc only to those who have everything, and the cgroups that
 * hold a pod to its total are there; the least that it otherwise needs is read, write, env, net, run and sys.
 */
export const programPermissions = ["--allow-all"];

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
  const words = [Deno.execPath(), "run", "--quiet", "--no-config", "--no-prompt", ...permissions, bundle];
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await Deno.writeTextFile(path, `#!/bin/sh\nDENO_NO_UPDATE_CHECK=1 exec ${command} "$@"\n`);
  await Deno.chmod(path, 0o755);
}
