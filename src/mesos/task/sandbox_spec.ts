/** Specs that lie in the sandbox: those that a label names, and those that need no naming. */

import { joinPath } from "../../compose/paths.ts";
import { defaultFilesIn } from "../../compose/project_setup.ts";
import { cleanPath } from "../../compose/volume_syntax.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { CommandInfo } from "../wire/messages.ts";
import { listValue } from "./label_values.ts";
import { isWithin, type SandboxFiles } from "./sandbox_files.ts";
import type { LabelText } from "./task_labels.ts";

/** More files than that are not listed in a message. */
const mostListed = 20;

/**
 * The files that a label names, absolute, in its order. A file that is not where it is said is looked for one directory
 * deeper, as an archive may have a directory of its own, and without the first directory of its name, as an archive may
 * have none.
 *
 * @throws {MesoletError} where a file is outside the sandbox (65), or not there, or there more than once (66)
 */
export function labelledFiles(
  named: LabelText,
  sandbox: string,
  files: SandboxFiles,
  commands: readonly (CommandInfo | undefined)[],
): string[] {
  const names = listValue(named.text);
  if (names.length === 0) {
    throw new MesoletError(
      `label ${named.label}: ${JSON.stringify(named.text)} names no file`,
      ExitCode.data,
    );
  }
  return names.map((name) => {
    const path = findFile(name, named.label, sandbox, files, commands);
    if (!isWithin(files.followLinks(path), files.followLinks(sandbox))) throw outside(name, named.label);
    return path;
  });
}

function findFile(
  name: string,
  label: string,
  sandbox: string,
  files: SandboxFiles,
  commands: readonly (CommandInfo | undefined)[],
): string {
  const path = cleanPath(joinPath(sandbox, name));
  if (!isWithin(path, sandbox) || name.includes("\0")) throw outside(name, label);
  const isThere = (candidate: string) => files.kind(candidate) !== "absent";
  if (isThere(path)) return path;
  const relative = path.slice(sandbox.length).replace(/^\/+/, "");
  const deeper = files.list(sandbox).map((directory) => `${sandbox}/${directory}/${relative}`).filter(
    isThere,
  );
  const [found, ...others] = deeper;
  if (found !== undefined && others.length === 0) return found;
  if (found !== undefined) {
    throw new MesoletError(
      `label ${label}: ${name} is there more than once: ${deeper.join(", ")}; name one with its directory`,
      ExitCode.noInput,
    );
  }
  const slash = relative.indexOf("/");
  const flat = `${sandbox}/${relative.slice(slash + 1)}`;
  if (slash > 0 && isThere(flat)) return flat;
  throw new MesoletError(
    `label ${label}: there is no ${name} in the sandbox, which holds ${listing(files.list(sandbox))}; ` +
      `the task's URIs are ${listing(urisOf(commands))}`,
    ExitCode.noInput,
  );
}

function outside(name: string, label: string): MesoletError {
  return new MesoletError(
    `label ${label}: ${name} is not in the sandbox: name a file that is fetched with the task`,
    ExitCode.data,
  );
}

function urisOf(commands: readonly (CommandInfo | undefined)[]): string[] {
  return commands.flatMap((command) =>
    (command?.uris ?? []).map(({ value, output_file: output }) =>
      output === undefined ? withoutSecrets(value) : `${withoutSecrets(value)} as ${output}`
    )
  );
}

/** Messages are read by more people than a URI with a password or a signature is meant for. */
function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@\s]*@/, "//").replace(/[?#].*$/s, "");
}

/** Names for a message: a few of them, and how many there are. */
export function listing(names: readonly string[]): string {
  if (names.length === 0) return "nothing";
  const shown = names.slice(0, mostListed).join(", ");
  return names.length > mostListed ? `${shown} and ${names.length - mostListed} more` : shown;
}

/**
 * The Compose files of the sandbox that need no naming; not of directories above it or in it.
 *
 * @throws {MesoletError} where one of them is a link out of the sandbox
 */
export function defaultFiles(
  sandbox: string,
  files: SandboxFiles,
): { readonly files: readonly string[]; readonly others: readonly string[] } {
  const found = defaultFilesIn(sandbox, files);
  for (const path of found.files) {
    if (isWithin(files.followLinks(path), files.followLinks(sandbox))) continue;
    throw new MesoletError(`${path} is a link to a file that is not in the sandbox`, ExitCode.data);
  }
  return found;
}
