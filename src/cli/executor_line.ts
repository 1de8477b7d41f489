import { flagName, type Flags } from "./command.ts";
import { commandNamed } from "./commands.ts";
import { executor } from "./command_table/mesos.ts";
import { globalFlags } from "./global_flags.ts";

/** A command line, and what of it was left out. */
export interface ExecutorLine {
  readonly words: readonly string[];
  /** Flags that mean nothing here: those of another executor which this one replaces, say. */
  readonly ignored: readonly string[];
}

/**
 * What an agent's command line means. Under an agent (`MESOS_EXECUTOR_ID` is set) the program is an executor, unless
 * its first word is a command: frameworks name just the file, append the flags of the executor that it replaces
 * (`./executor -log_dir=/var/log`), or the words of a task (Marathon: `exec ./mesolet redis:7 --port 1`).
 *
 * @returns undefined when the command line is to be taken as it is
 */
export function executorLine(
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): ExecutorLine | undefined {
  const [first] = words;
  if (first === executor.name) {
    const { words: rest, ignored } = sorted(words.slice(1));
    return ignored.length === 0 ? undefined : { words: [executor.name, ...rest], ignored };
  }
  if ((variables["MESOS_EXECUTOR_ID"] ?? "") === "") return undefined;
  if (
    first !== undefined && (commandNamed(first) !== undefined || first === "--help" || first === "--version")
  ) {
    return undefined;
  }
  const { words: rest, ignored } = sorted(words);
  return { words: [executor.name, ...rest], ignored };
}

/** Flags stand before the first word; what comes from there on belongs to the task. */
function sorted(words: readonly string[]): ExecutorLine {
  const kept: string[] = [];
  const ignored: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-") || word === "-") {
      return { words: [...kept, "--", ...words.slice(index)], ignored };
    }
    if (word === "--") return { words: [...kept, ...words.slice(index)], ignored };
    const known = knownFlag(word);
    if (known === undefined) ignored.push(word);
    else {
      kept.push(word);
      const value = words[index + 1];
      if (known.takesValue && !word.includes("=") && value !== undefined) {
        kept.push(value);
        index++;
      }
    }
  }
  return { words: kept, ignored };
}

function knownFlag(word: string): { readonly takesValue: boolean } | undefined {
  const name = /^--([a-z][a-z-]*)(=|$)/.exec(word)?.[1];
  if (name === undefined) return undefined;
  const all: Flags = { ...globalFlags, ...executor.flags };
  for (const [key, flag] of Object.entries(all)) {
    if (flagName(key, flag) === name) return { takesValue: flag.kind !== "boolean" };
  }
  return undefined;
}
