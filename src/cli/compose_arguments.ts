/** The command line's global flags of Docker Compose, and those of `config`, without the rest of the program. */

import { UsageError } from "../pod/errors.ts";

/** What Docker Compose lets stand before, or after, the name of a command. */
export interface ComposeGlobals {
  readonly files: readonly string[];
  readonly projectName?: string;
  readonly profiles: readonly string[];
  readonly environmentFiles: readonly string[];
  readonly projectDirectory?: string;
}

/** Flags that are repeated, flags with a value, and flags without one. */
export interface FlagNames {
  readonly repeated: readonly string[];
  readonly text: readonly string[];
  readonly boolean: readonly string[];
  readonly letters: Readonly<Record<string, string>>;
}

/** The flags that were given. */
export interface GivenFlags {
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly text: Readonly<Record<string, string | undefined>>;
  readonly boolean: Readonly<Record<string, boolean>>;
  readonly rest: readonly string[];
}

const globalNames: FlagNames = {
  repeated: ["file", "profile", "env-file"],
  text: ["project-name", "project-directory", "progress", "ansi", "parallel"],
  boolean: ["compatibility", "dry-run"],
  letters: { f: "file", p: "project-name" },
};

/**
 * Reads flags: `-f x`, `-fx`, `-f=x`, `--file x` and `--file=x`, in any place; after `--` there are none.
 *
 * @throws {UsageError} where a flag is not known, lacks its value or has one that it does not take
 */
export function readFlags(arguments_: readonly string[], names: FlagNames): GivenFlags {
  const repeated: Record<string, string[]> = {};
  for (const name of names.repeated) repeated[name] = [];
  const text: Record<string, string | undefined> = {};
  const boolean: Record<string, boolean> = {};
  const rest: string[] = [];
  for (let index = 0; index < arguments_.length; index++) {
    const argument = arguments_[index] ?? "";
    if (argument === "--") {
      rest.push(...arguments_.slice(index + 1));
      break;
    }
    const flag = partFlag(argument, names);
    if (flag === undefined) {
      rest.push(argument);
    } else if (names.boolean.includes(flag.name)) {
      if (flag.value !== undefined && flag.value !== "true" && flag.value !== "false") {
        throw new UsageError(`--${flag.name} takes no value`);
      }
      boolean[flag.name] = flag.value !== "false";
    } else {
      const value = flag.value ?? arguments_[++index];
      if (value === undefined) throw new UsageError(`--${flag.name} needs a value`);
      if (names.repeated.includes(flag.name)) repeated[flag.name]?.push(value);
      else text[flag.name] = value;
    }
  }
  return { repeated, text, boolean, rest };
}

/** Gives undefined for what is no flag. */
function partFlag(
  argument: string,
  names: FlagNames,
): { name: string; value: string | undefined } | undefined {
  if (argument === "-" || !argument.startsWith("-")) return undefined;
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
  const name = long === null ? names.letters[argument[1] ?? ""] : long[1];
  const known = name !== undefined &&
    (names.boolean.includes(name) || names.text.includes(name) || names.repeated.includes(name));
  if (!known) throw new UsageError(`there is no flag ${argument}: see mesolet help`);
  if (long !== null) return { name, value: long[2] };
  const value = argument.slice(argument[2] === "=" ? 3 : 2);
  return { name, value: argument.length > 2 ? value : undefined };
}

/** Joins the names of flags. */
export function withGlobals(own: FlagNames): FlagNames {
  return {
    repeated: [...globalNames.repeated, ...own.repeated],
    text: [...globalNames.text, ...own.text],
    boolean: [...globalNames.boolean, ...own.boolean],
    letters: { ...globalNames.letters, ...own.letters },
  };
}

/** Picks the global flags out of those that were given. */
export function globalsOf(flags: GivenFlags): ComposeGlobals {
  const projectName = flags.text["project-name"];
  const projectDirectory = flags.text["project-directory"];
  return {
    files: flags.repeated.file ?? [],
    profiles: flags.repeated.profile ?? [],
    environmentFiles: flags.repeated["env-file"] ?? [],
    ...(projectName === undefined ? {} : { projectName }),
    ...(projectDirectory === undefined ? {} : { projectDirectory }),
  };
}
