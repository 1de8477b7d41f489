import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { Plugin } from "./plugin.ts";

/** Who may write the file: others than these could run what they like as this user. */
const writableByOthers = 0o022;

/**
 * The plugins of a directory, by name: executable files, without dotfiles and what editors and package managers leave.
 * No directory, no plugins.
 *
 * @throws {MesoletError} where the directory cannot be read, or a plugin could be changed by another user
 */
export function pluginsIn(directory: string): readonly Plugin[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(directory)];
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw new MesoletError(
      `Cannot read the plugins in ${directory}: ${messageOf(cause)}`,
      ExitCode.configuration,
      { cause },
    );
  }
  if (entries.length > 0) refuseChangeable(`The directory of plugins ${directory}`, Deno.statSync(directory));
  const plugins: Plugin[] = [];
  // Letters, digits, - and _ alone, as run-parts has it: backups and the like have dots and tildes.
  for (const { name } of entries.filter(({ name }) => /^[A-Za-z0-9_-]+(?:\.sh|\.py)?$/.test(name))) {
    const path = `${directory}/${name}`;
    const state = stateOf(path);
    if (!state.isFile || ((state.mode ?? 0) & 0o111) === 0) continue;
    refuseChangeable(`The plugin ${path}`, state);
    plugins.push({ name, path });
  }
  return plugins.sort((one, other) => one.name < other.name ? -1 : 1);
}

/** One that cannot be looked at is not passed over: it may be the one that refuses. */
function stateOf(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (cause) {
    throw new MesoletError(`Cannot look at the plugin ${path}: ${messageOf(cause)}`, ExitCode.configuration, {
      cause,
    });
  }
}

/** @throws {MesoletError} where others could put a program of theirs in place of it */
function refuseChangeable(what: string, { uid, mode }: Deno.FileInfo): void {
  const isOurs = uid === 0 || uid === Deno.uid();
  if (isOurs && ((mode ?? 0) & writableByOthers) === 0) return;
  throw new MesoletError(
    `${what} can be changed by others: it has to belong to root or to this user, and be writable by its owner alone`,
    ExitCode.configuration,
  );
}
