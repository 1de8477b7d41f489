import {
  type Command,
  type Completion,
  type Flag,
  flagName,
  type Flags,
  type Positional,
} from "./command.ts";
import { commandNamed, visibleCommands } from "./commands.ts";
import { FlagLookup } from "./flag_lookup.ts";
import { globalFlags } from "./global_flags.ts";

/** One word that may stand next, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly meaning: string;
}

/** What may stand in place of the last word. */
export interface Answer {
  readonly candidates: readonly Candidate[];
  /** What the shell does: offer the words, names of files or directories; `nospace`: more of the word comes. */
  readonly directive: "words" | "files" | "directories" | "nospace";
}

/** Names that only the Compose file and the engine know, asked for when they are needed. */
export interface NameSources {
  /** The flags of the line so far, as they stand before and after the command. */
  services(words: readonly string[]): Promise<readonly Candidate[]>;
  pods(words: readonly string[]): Promise<readonly Candidate[]>;
}

const nothing: Answer = { candidates: [], directive: "words" };

/** What may stand in place of the last of the words, which may be empty. The program's name is not among the words. */
export async function candidatesFor(words: readonly string[], sources: NameSources): Promise<Answer> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const state = readWords(before);
  if (state.awaited !== undefined) return await valueCandidates(state.awaited, current, "", before, sources);
  if (!state.flagsEnded && current.startsWith("-")) {
    return await flagCandidates(current, state, before, sources);
  }
  if (state.command === undefined) {
    return offered(
      current,
      visibleCommands().map(({ name, summary }) => ({ value: name, meaning: summary })),
    );
  }
  if (state.command.name === "help") {
    return offered(
      current,
      visibleCommands().map(({ name, summary }) => ({ value: name, meaning: summary })),
    );
  }
  const positional = positionalAt(state.command, state.positionals);
  if (positional === undefined) return nothing;
  if (positional.choices !== undefined) return offered(current, plain(positional.choices));
  return await named(positional.completion ?? "none", current, "", before, sources);
}

interface WordState {
  readonly command: Command | undefined;
  readonly lookup: FlagLookup;
  /** The flag whose value the last word is. */
  readonly awaited: Flag | undefined;
  readonly positionals: number;
  readonly flagsEnded: boolean;
}

/** As the parser reads, but what is wrong is passed over: the line is not finished yet. */
function readWords(words: readonly string[]): WordState {
  let command: Command | undefined;
  let lookup = new FlagLookup(globalFlags, {});
  let awaited: Flag | undefined;
  let positionals = 0;
  let flagsEnded = false;
  for (const word of words) {
    if (awaited !== undefined) awaited = undefined;
    else if (!flagsEnded && word === "--") flagsEnded = true;
    else if (!flagsEnded && word.startsWith("--")) {
      const found = word.includes("=") ? undefined : lookup.long(word.slice(2));
      if (found !== undefined && found.flag.kind !== "boolean") awaited = found.flag;
    } else if (!flagsEnded && word.startsWith("-") && word !== "-") {
      for (let position = 1; position < word.length; position++) {
        const found = lookup.short(word[position] ?? "");
        if (found === undefined || found.flag.kind === "boolean") continue;
        if (position === word.length - 1) awaited = found.flag;
        break;
      }
    } else if (command === undefined) {
      command = commandNamed(word)?.command;
      if (command !== undefined) lookup = new FlagLookup(globalFlags, command.flags);
    } else {
      positionals++;
      if (command.verbatimAfterFirst) flagsEnded = true;
    }
  }
  return { command, lookup, awaited, positionals, flagsEnded };
}

async function flagCandidates(
  current: string,
  state: WordState,
  words: readonly string[],
  sources: NameSources,
): Promise<Answer> {
  const equals = current.indexOf("=");
  if (equals >= 0) {
    const found = state.lookup.long(current.slice(2, equals));
    if (found === undefined) return nothing;
    const prefix = current.slice(0, equals + 1);
    return await valueCandidates(found.flag, current.slice(equals + 1), prefix, words, sources);
  }
  const own = state.command === undefined ? [] : flagWords(state.command.flags);
  return offered(current, [...own, ...flagWords(globalFlags)]);
}

function flagWords(flags: Flags): Candidate[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([key, flag]) => ({ value: `--${flagName(key, flag)}`, meaning: flag.summary }));
}

async function valueCandidates(
  flag: Flag,
  current: string,
  prefix: string,
  words: readonly string[],
  sources: NameSources,
): Promise<Answer> {
  if (flag.kind === "text" && flag.choices !== undefined) {
    return offered(current, plain(flag.choices), prefix);
  }
  if (flag.kind === "text" || flag.kind === "texts") {
    const answer = await named(flag.completion ?? "none", current, prefix, words, sources);
    // `--scale web=` goes on with a number.
    if (flag.placeholder !== "SERVICE=COUNT") return answer;
    return {
      candidates: answer.candidates.map((each) => ({ ...each, value: `${each.value}=` })),
      directive: "nospace",
    };
  }
  return nothing;
}

async function named(
  completion: Completion,
  current: string,
  prefix: string,
  words: readonly string[],
  sources: NameSources,
): Promise<Answer> {
  switch (completion) {
    case "service":
      return offered(current, await sources.services(words), prefix);
    case "pod":
      return offered(current, await sources.pods(words), prefix);
    case "file":
      return { candidates: [], directive: "files" };
    case "directory":
      return { candidates: [], directive: "directories" };
    case "none":
      return nothing;
  }
}

function positionalAt(command: Command, index: number): Positional | undefined {
  const positional = command.positionals[index] ?? command.positionals.at(-1);
  if (positional === undefined) return undefined;
  return index < command.positionals.length || positional.repeated ? positional : undefined;
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, meaning: "" }));
}

function offered(current: string, candidates: readonly Candidate[], prefix = ""): Answer {
  return {
    candidates: candidates
      .filter(({ value }) => value.startsWith(current))
      .map(({ value, meaning }) => ({ value: prefix + value, meaning })),
    directive: "words",
  };
}
