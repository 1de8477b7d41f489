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
  const plugins: Plugin[] = [];
  // Letters, digits, - and _ alone, as run-parts has it: backups and the like have dots and tildes.
  for (const { name } of entries.filter(({ name }) => /^[A-Za-z0-9_-]+(?:\.sh|\.py)?$/.test(name))) {
    const path = `${directory}/${name}`;
    const state = Deno.statSync(path);
    const mode = state.mode ?? 0;
    if (!state.isFile || (mode & 0o111) === 0) continue;
    const isOurs = state.uid === 0 || state.uid === Deno.uid();
    if (!isOurs || (mode & writableByOthers) !== 0) {
      throw new MesoletError(
        `The plugin ${path} can be changed by others: it has to belong to root or to this user, and be writable by ` +
          "its owner alone",
        ExitCode.configuration,
      );
    }
    plugins.push({ name, path });
  }
  return plugins.sort((one, other) => one.name < other.name ? -1 : 1);
}
