import type { Plan } from "../plan/step.ts";
import type { WalkObserver } from "../supervisor/walk_observer.ts";
import type { CommandContext } from "./context.ts";
import { JsonProgress } from "./progress_json.ts";
import { PlainProgress } from "./progress_plain.ts";
import { TerminalProgress } from "./progress_terminal.ts";

/** Shows how a plan is carried out: it observes the walk. On standard error, so that standard output is for data. */
export interface ProgressDisplay extends Required<WalkObserver> {
  /** A plan begins; the title says what it is for: `Starting pod shop`. */
  begin(title: string, plan: Plan): void;
  /** What was begun goes on with the steps of another plan. */
  extend(plan: Plan): void;
  /** There is nothing to do; the text says why. */
  idle(text: string): void;
  /** Other lines are going to be written: what is drawn stays, and what comes is printed line by line. */
  yieldToLines(): Promise<void>;
  /** The plan is through, or given up. */
  end(): Promise<void>;
}

/** The kinds of `--progress`. */
export type ProgressKind = "auto" | "tty" | "plain" | "quiet" | "json";

/** The display that was asked for; `auto` draws on a terminal and prints lines elsewhere. */
export function progressFor(
  kind: ProgressKind,
  options: { readonly quiet: boolean; readonly ansi: "auto" | "never" | "always" },
  context: CommandContext,
): ProgressDisplay {
  if (options.quiet || kind === "quiet") return new QuietProgress(context);
  if (kind === "json") return new JsonProgress(context);
  const draws = kind === "tty" ||
    (kind === "auto" && context.terminal.errorIsTerminal && options.ansi !== "never" &&
      context.variables["TERM"] !== "dumb");
  return draws ? new TerminalProgress(context) : new PlainProgress(context);
}

/** Says nothing: failures are reported by the command, warnings were not asked for. */
class QuietProgress implements ProgressDisplay {
  constructor(private readonly context: Pick<CommandContext, "error">) {}
  begin(): void {}
  extend(): void {}
  idle(): void {}
  started(): void {}
  progress(): void {}
  warning(): void {}
  succeeded(): void {}
  failed(): void {}
  interrupted(): void {}
  skipped(): void {}
  yieldToLines(): Promise<void> {
    return this.context.error.flush();
  }
  end(): Promise<void> {
    return this.context.error.flush();
  }
}
