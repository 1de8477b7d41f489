import { ExitCode, UsageError } from "../pod/errors.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import { commandNamed, type Commands, visibleCommands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { commandHelp, generalHelp } from "./help_text.ts";

/** Help wider than this is hard to read. */
const widestHelp = 110;

/** `mesolet help`, `mesolet help COMMAND` and `mesolet COMMAND --help`. */
export function run({ positionals, context }: Invocation<Commands["help"]["flags"]>): Promise<number> {
  const width = context.terminal.outIsTerminal ? Math.min(widestHelp, context.terminal.size().columns) : 100;
  const [name] = positionals;
  if (name === undefined) {
    context.out.write(generalHelp(visibleCommands(), context.outStyle, width));
    return Promise.resolve(ExitCode.ok);
  }
  const found = commandNamed(name);
  if (found === undefined) {
    const near = suggestionFor(name, visibleCommands().map((command) => command.name));
    throw new UsageError(
      `"${name}" is not a command of mesolet: ${
        near === undefined ? "see mesolet help" : `did you mean ${near}?`
      }`,
    );
  }
  context.out.write(commandHelp(found.command, context.outStyle, width));
  return Promise.resolve(ExitCode.ok);
}
