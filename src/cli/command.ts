/**
 * The command line as data: what a command is called, takes and does. Parsing, help, completion and docs/cli.md are
 * made from it, so that they cannot disagree.
 */

/** What completes a value on the command line. */
export type Completion = "service" | "pod" | "file" | "directory" | "none";

interface FlagBase {
  /** One letter. A command's own letter hides a global one. */
  readonly short?: string;
  /** Further long names, without dashes: kept for people used to other tools. */
  readonly aliases?: readonly string[];
  /** One sentence without a full stop. */
  readonly summary: string;
  /** Another name than the key's: only where the key cannot be spelt as one. */
  readonly name?: string;
  /** Not shown in help. */
  readonly hidden?: boolean;
}

/** Given or not. `--flag=false` switches it off again. */
export interface BooleanFlag extends FlagBase {
  readonly kind: "boolean";
}

/** One text. */
export interface TextFlag extends FlagBase {
  readonly kind: "text";
  /** What stands for the value in help: `SERVICE`. */
  readonly placeholder: string;
  readonly choices?: readonly string[];
  readonly completion?: Completion;
  /** A variable that gives the value when the flag is not there. */
  readonly variable?: string;
  /** What happens without the flag, for help: the handler decides. */
  readonly otherwise?: string;
}

/** A text for each time the flag is given. */
export interface TextsFlag extends FlagBase {
  readonly kind: "texts";
  readonly placeholder: string;
  readonly completion?: Completion;
}

/** A whole number. */
export interface IntegerFlag extends FlagBase {
  readonly kind: "integer";
  readonly placeholder: string;
  readonly minimum: number;
  readonly maximum?: number;
  /** A variable that gives the value when the flag is not there. */
  readonly variable?: string;
  readonly otherwise?: string;
}

export type Flag = BooleanFlag | TextFlag | TextsFlag | IntegerFlag;

/** Flags by key; the long name is the key with dashes: `removeOrphans` is `--remove-orphans`. */
export type Flags = Readonly<Record<string, Flag>>;

/** What a handler gets for a flag. */
export type FlagValue<F extends Flag> = F extends { readonly kind: "boolean" } ? boolean
  : F extends { readonly kind: "texts" } ? readonly string[]
  : F extends { readonly kind: "integer" } ? number | undefined
  : F extends { readonly choices: readonly (infer Choice)[] } ? Choice | undefined
  : string | undefined;

/** The values of all flags of a command. */
export type FlagValues<F extends Flags> = { readonly [Key in keyof F]: FlagValue<F[Key]> };

/** An argument that is no flag. */
export interface Positional {
  /** As help shows it: `SERVICE`. */
  readonly name: string;
  readonly required: boolean;
  /** Takes all arguments that are left. */
  readonly repeated: boolean;
  readonly completion?: Completion;
  readonly choices?: readonly string[];
}

export interface Example {
  readonly line: string;
  readonly summary: string;
}

/** One command. */
export interface Command {
  readonly name: string;
  /** Heading that it stands under in help. */
  readonly group: CommandGroup;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for `help COMMAND`. */
  readonly description?: readonly string[];
  readonly flags: Flags;
  readonly positionals: readonly Positional[];
  /** Everything after the first positional argument is taken as it stands, flags too: the command of `exec`. */
  readonly verbatimAfterFirst?: boolean;
  readonly examples: readonly Example[];
  /** Not shown in help or completion. */
  readonly hidden?: boolean;
}

export type CommandGroup = "Run" | "Look" | "Prepare" | "Mesos" | "Help";

/** The long name of a flag, without dashes. */
export function flagName(key: string, flag: Flag): string {
  return flag.name ?? key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
