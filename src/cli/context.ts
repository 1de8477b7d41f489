import type { Clock } from "../pod/clock.ts";
import type { Flags, FlagValues } from "./command.ts";
import type { GlobalValues } from "./global_flags.ts";
import type { Interrupts } from "./interrupts.ts";
import type { Output } from "./output.ts";
import type { OwnFile } from "./own_file.ts";
import type { Style } from "./style.ts";

/** What is at the other end of the three standard streams. */
export interface Terminal {
  readonly outIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  readonly inputIsTerminal: boolean;
  /** Columns and rows of the terminal; 80 × 24 where there is none. */
  size(): { readonly columns: number; readonly rows: number };
  /** Calls back whenever the size has changed, until what it gives back is called. */
  onResize(changed: () => void): () => void;
}

/** What surrounds a command: everything that it reads or writes besides files and the engine. */
export interface CommandContext {
  readonly out: Output;
  readonly error: Output;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  readonly variables: Readonly<Record<string, string>>;
  readonly ownFile: OwnFile;
  readonly workingDirectory: string;
  /** Of standard output and of standard error. */
  readonly outStyle: Style;
  readonly errorStyle: Style;
}

/** One call of a command. */
export interface Invocation<F extends Flags = Flags> {
  readonly globals: GlobalValues;
  readonly values: FlagValues<F>;
  readonly positionals: readonly string[];
  readonly context: CommandContext;
}

/** Does what a command says; the number is the exit code. */
export interface CommandModule<F extends Flags = Flags> {
  run(invocation: Invocation<F>): Promise<number>;
}
