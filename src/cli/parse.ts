import { UsageError } from "../pod/errors.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import type { Command, Flag, Flags, FlagValues } from "./command.ts";
import { type CommandName, commandNamed, visibleCommands } from "./commands.ts";
import { FlagLookup, type FoundFlag } from "./flag_lookup.ts";
import { globalFlags, type GlobalValues } from "./global_flags.ts";

/** A command line that was understood. */
export interface ParsedLine {
  /** Absent when only global flags were given. */
  readonly command?: { readonly name: CommandName; readonly command: Command };
  readonly globals: GlobalValues;
  readonly values: FlagValues<Flags>;
  readonly positionals: readonly string[];
}

/** Values as they were given: once or many times. */
type Given = Map<string, string[]>;

/**
 * Reads a command line after the table of commands. Grammar as of Docker Compose: global flags before or after the
 * command, a command's own flags win, letters can be joined (`-it`, `-n20`), `--` ends flags, and a flag that takes a
 * value takes the next argument whatever it looks like.
 *
 * `@std/cli`'s parser is not used for it: it cannot tell a missing value from an empty one, nor `-f FILE` before a
 * command from `-f` after it.
 *
 * @throws {UsageError} that names what is wrong and, where something is near, what was meant.
 */
export function parseCommandLine(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): ParsedLine {
  let command: { readonly name: CommandName; readonly command: Command } | undefined;
  let lookup = new FlagLookup(globalFlags, {});
  const globals: Given = new Map();
  const own: Given = new Map();
  const positionals: string[] = [];
  let flagsEnded = false;

  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (flagsEnded || argument === "-" || !argument.startsWith("-")) {
      if (command === undefined) {
        command = commandNamed(argument);
        if (command === undefined) throw unknownCommand(argument);
        lookup = new FlagLookup(globalFlags, command.command.flags);
        flagsEnded = command.name === "__complete";
      } else {
        positionals.push(argument);
        if (command.command.verbatimAfterFirst) flagsEnded = true;
      }
      continue;
    }
    if (argument === "--") {
      flagsEnded = true;
      continue;
    }
    if (command === undefined && (argument === "--version" || argument === "-v")) {
      return { ...parseCommandLine(["version"], variables), positionals: [] };
    }
    for (const use of flagUses(argument, lookup, command?.command)) {
      let value = use.value;
      if (value === undefined && use.found.flag.kind !== "boolean") {
        value = args[++index];
        if (value === undefined) throw missingValue(use.spelt, use.found.flag);
      }
      const given = use.found.global ? globals : own;
      const values = given.get(use.found.key) ?? [];
      values.push(value ?? "true");
      given.set(use.found.key, values);
      checkValue(use.spelt, use.found.flag, value ?? "true");
    }
  }

  const globalValues = valuesOf(globalFlags, globals, variables) as GlobalValues;
  const parsed: ParsedLine = {
    ...(command === undefined ? {} : { command }),
    globals: globalValues,
    values: command === undefined ? {} : valuesOf(command.command.flags, own, variables),
    positionals,
  };
  if (command !== undefined && !globalValues.help) checkPositionals(command.command, positionals);
  return parsed;
}

interface FlagUse {
  readonly spelt: string;
  readonly found: FoundFlag;
  readonly value?: string;
}

/** The flags in one argument: one long one, or letters of which the last may carry a value. */
function flagUses(argument: string, lookup: FlagLookup, command: Command | undefined): FlagUse[] {
  if (argument.startsWith("--")) {
    const [spelt = "", value] = splitOnce(argument, "=");
    const found = lookup.long(spelt.slice(2));
    if (found === undefined) throw unknownFlag(spelt, lookup, command);
    return [{ spelt, found, ...(value === undefined ? {} : { value }) }];
  }
  const uses: FlagUse[] = [];
  for (let position = 1; position < argument.length; position++) {
    const spelt = `-${argument[position]}`;
    const found = lookup.short(argument[position] ?? "");
    if (found === undefined) throw unknownFlag(spelt, lookup, command);
    const rest = argument.slice(position + 1);
    if (found.flag.kind === "boolean" && !rest.startsWith("=")) {
      uses.push({ spelt, found });
      continue;
    }
    if (rest === "") uses.push({ spelt, found });
    else uses.push({ spelt, found, value: rest.startsWith("=") ? rest.slice(1) : rest });
    break;
  }
  return uses;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function valuesOf(
  flags: Flags,
  given: Given,
  variables: Readonly<Record<string, string>>,
): FlagValues<Flags> {
  const values: Record<string, boolean | string | number | readonly string[] | undefined> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const texts = given.get(key) ?? [];
    const last = texts.at(-1) ?? fromVariable(flag, variables);
    switch (flag.kind) {
      case "boolean":
        values[key] = last !== undefined && isTrue(last);
        break;
      case "texts":
        values[key] = texts;
        break;
      case "integer":
        values[key] = last === undefined ? undefined : Number(last);
        break;
      case "text":
        values[key] = last;
    }
  }
  return values;
}

/** An empty variable counts as one that is not set. */
function fromVariable(flag: Flag, variables: Readonly<Record<string, string>>): string | undefined {
  if ((flag.kind !== "text" && flag.kind !== "integer") || flag.variable === undefined) return undefined;
  const value = variables[flag.variable];
  if (value === undefined || value === "") return undefined;
  checkValue(`the variable ${flag.variable}`, flag, value);
  return value;
}

const trueWords = ["true", "1", "t"];
const falseWords = ["false", "0", "f"];

function isTrue(text: string): boolean {
  return trueWords.includes(text.toLowerCase());
}

function checkValue(spelt: string, flag: Flag, value: string): void {
  switch (flag.kind) {
    case "boolean":
      if ([...trueWords, ...falseWords].includes(value.toLowerCase())) return;
      throw new UsageError(`${spelt} takes true or false, not "${value}"`);
    case "integer": {
      const number = Number(value);
      const { minimum, maximum = Number.MAX_SAFE_INTEGER } = flag;
      if (/^-?\d+$/.test(value) && number >= minimum && number <= maximum) return;
      const range = flag.maximum === undefined ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
      throw new UsageError(`${spelt} takes a whole number ${range}, not "${value}"`);
    }
    case "text": {
      if (flag.choices === undefined || flag.choices.includes(value)) return;
      throw new UsageError(
        `${spelt} takes ${listOf(flag.choices)}, not "${value}"${
          didYouMean(suggestionFor(value, flag.choices))
        }`,
      );
    }
    case "texts":
      return;
  }
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  for (const [index, positional] of command.positionals.entries()) {
    const value = positionals[index];
    if (value === undefined) {
      if (!positional.required) return;
      throw new UsageError(`${command.name} needs ${positional.name}${seeHelp(command)}`);
    }
    if (positional.choices !== undefined && !positional.choices.includes(value)) {
      const near = didYouMean(suggestionFor(value, positional.choices));
      throw new UsageError(`${positional.name} is ${listOf(positional.choices)}, not "${value}"${near}`);
    }
    if (positional.repeated) return;
  }
  const surplus = positionals[command.positionals.length];
  if (surplus === undefined) return;
  throw new UsageError(`${command.name} does not take the argument "${surplus}"${seeHelp(command)}`);
}

/** What people look for who know Docker Compose, and what they find in its place. */
const elsewhere: Readonly<Record<string, string>> = {
  build: "images are built with docker build or docker buildx bake, and named with image:",
  run: "mesolet exec runs a command in a running container",
  create: "mesolet up --no-start makes containers without starting them",
  scale: "mesolet up --scale SERVICE=COUNT does that",
  ls: "mesolet ps -A lists all pods",
  images: "mesolet config --images lists them",
  volumes: "mesolet config --volumes lists them",
  port: "mesolet ps shows published ports",
  top: "docker top CONTAINER does that",
  stats: "docker stats does that",
  attach: "mesolet logs -f follows the output, docker attach CONTAINER attaches",
  cp: "docker cp does that, with a name that mesolet ps shows",
  pause: "docker pause CONTAINER does that",
  unpause: "docker unpause CONTAINER does that",
  wait: "docker wait CONTAINER does that",
  push: "docker push does that",
  watch: "run mesolet up again when files have changed",
};

function unknownCommand(name: string): UsageError {
  const known = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
  if (known !== undefined) return new UsageError(`"${name}" is not a command of mesolet: ${known}`);
  const near = suggestionFor(name, visibleCommands().map((command) => command.name));
  return new UsageError(
    `"${name}" is not a command of mesolet${near === undefined ? ": see mesolet help" : didYouMean(near)}`,
  );
}

function unknownFlag(spelt: string, lookup: FlagLookup, command: Command | undefined): UsageError {
  if (command === undefined) {
    const takers = visibleCommands().filter((candidate) => {
      const own = new FlagLookup({}, candidate.flags);
      return (spelt.startsWith("--") ? own.long(spelt.slice(2)) : own.short(spelt.slice(1))) !== undefined;
    });
    const names = takers.map((taker) => taker.name);
    if (names.length > 0) {
      return new UsageError(`${spelt} is a flag of ${listOf(names, "and")}: write it after the command`);
    }
  }
  const owner = command === undefined ? "mesolet" : command.name;
  const near = spelt.startsWith("--") ? suggestionFor(spelt.slice(2), lookup.names()) : undefined;
  const help = command === undefined ? ": see mesolet help" : seeHelp(command);
  return new UsageError(
    `${spelt} is not a flag of ${owner}${near === undefined ? help : didYouMean(`--${near}`)}`,
  );
}

function missingValue(spelt: string, flag: Flag): UsageError {
  const placeholder = flag.kind === "boolean" ? "" : ` ${flag.placeholder}`;
  return new UsageError(`${spelt} needs a value: ${spelt}${placeholder}`);
}

function didYouMean(candidate: string | undefined): string {
  return candidate === undefined ? "" : `: did you mean ${candidate}?`;
}

function seeHelp(command: Command): string {
  return `: see mesolet help ${command.name}`;
}

function listOf(words: readonly string[], last = "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
