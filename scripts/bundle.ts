/** The repository's root, with a slash at its end. */
export const root = new URL("../", import.meta.url).pathname;

/**
 * Bundles the program, dependencies and all, into one minified file of JavaScript.
 *
 * @throws {Error} with what the bundler said, when it fails.
 */
export async function bundleProgram(output: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--output", output, "src/main.ts"],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`the program could not be bundled:\n${new TextDecoder().decode(stderr)}`);
  await Deno.writeTextFile(output, withLateRequire(await Deno.readTextFile(output)));
}

/**
 * The bundler makes Node's `require` at the top of the file, for the libraries that are in CommonJS. That loads a large
 * part of Node's own library at every start; looking a built-in module up when it is asked for loads what is used.
 *
 * @throws {Error} when the bundler writes something else, so that no start becomes slow unnoticed
 */
function withLateRequire(program: string): string {
  const early =
    /import\s*\{\s*createRequire as (\w+)\s*\}\s*from\s*"node:module";\s*var (\w+)\s*=\s*\1\(import\.meta\.url\);/;
  const late = program.replace(early, "var $2=(name)=>globalThis.process.getBuiltinModule(name);");
  if (late === program) throw new Error("the bundler makes `require` in another way than this script knows");
  return late;
}

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
