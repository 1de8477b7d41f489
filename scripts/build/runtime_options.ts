/**
 * How the program's runtime is to behave, in whatever form it is built: this is the one place for options of Deno and
 * of V8.
 */

/**
 * Deno's permissions of the program. Deno opens /sys and /proc only to those who have everything, and the cgroups that
 * hold a pod to its total are there: with anything denied, even what is never used, they are closed. The least that the
 * program otherwise needs is read, write, env, net, run and sys.
 */
export const programPermissions: readonly string[] = ["--allow-all"];

/** Options of V8, as `--v8-flags` takes them. */
export const v8Options: readonly string[] = [];

/** Nothing is fetched, and nothing is read that lies about: not even a package.json (DENO_NO_PACKAGE_JSON is set). */
const closed = ["--no-config", "--no-lock", "--no-remote", "--no-npm", "--cached-only"];

/** Words between `deno run` and the bundle. */
export function runOptions(permissions: readonly string[] = programPermissions): string[] {
  return ["--quiet", "--no-prompt", ...closed, ...permissions, ...v8Words()];
}

/** Words between `deno compile` and the bundle. */
export function compileOptions(): string[] {
  return ["--no-prompt", ...closed, ...programPermissions, ...v8Words()];
}

function v8Words(): string[] {
  return v8Options.length === 0 ? [] : [`--v8-flags=${v8Options.join(",")}`];
}
