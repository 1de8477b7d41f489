import type { Clock } from "../pod/clock.ts";
import { ExitCode } from "../pod/errors.ts";
import type { Flags, FlagValues } from "./command.ts";
import { type CommandName, commands } from "./commands.ts";
import type { CommandContext, CommandModule, Terminal } from "./context.ts";
import { reportError } from "./error_report.ts";
import { handlers } from "./handlers.ts";
import { Interrupts, type SignalSource } from "./interrupts.ts";
import type { Output } from "./output.ts";
import type { OwnFile } from "./own_file.ts";
import { parseCommandLine, type ParsedLine } from "./parse.ts";
import { styleFor, wantsColours } from "./style.ts";

/** The process around a command line: the real one, or a test's. */
export interface ProcessEdges {
  readonly out: Output;
  readonly error: Output;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signals: SignalSource;
  readonly variables: Readonly<Record<string, string>>;
  readonly ownFile: OwnFile;
  readonly workingDirectory: string;
}

/** Runs one command line from its words to its exit code. Every error is reported here, and nowhere else. */
export async function runCommandLine(args: readonly string[], edges: ProcessEdges): Promise<number> {
  const { out, error, terminal, variables } = edges;
  let debug = args.includes("--debug");
  let ansi = ansiBeforeParsing(args);
  const styles = () => ({
    outStyle: styleFor(wantsColours({ ansi, isTerminal: terminal.outIsTerminal, variables })),
    errorStyle: styleFor(wantsColours({ ansi, isTerminal: terminal.errorIsTerminal, variables })),
  });
  const interrupts = new Interrupts(edges.signals, () => edges.clock.elapsed());
  try {
    const parsed = parseCommandLine(args, variables);
    debug = parsed.globals.debug;
    ansi = parsed.globals.ansi ?? "auto";
    const context: CommandContext = { ...edges, interrupts, ...styles() };
    const call = callOf(parsed);
    await checkFiles(parsed, call, context);
    const module: CommandModule = await handlers[call.name]();
    const code = await untilAbandoned(
      module.run({ globals: parsed.globals, values: call.values, positionals: call.positionals, context }),
      context,
    );
    return parsed.command === undefined && !parsed.globals.help ? ExitCode.usage : code;
  } catch (thrown) {
    // Nobody reads any more: that is how `mesolet ps | head -1` ends, and no error.
    if (out.closed.aborted) return ExitCode.ok;
    const report = reportError(thrown, { debug, style: styles().errorStyle });
    error.write(report.lines.join("\n") + "\n");
    return report.exitCode;
  } finally {
    interrupts.dispose();
    await Promise.all([out.flush(), error.flush()]);
  }
}

interface Call {
  readonly name: CommandName;
  readonly values: FlagValues<Flags>;
  readonly positionals: readonly string[];
}

/** What is to be run: `--help` turns any command into `help` of it, and no command is `help` too. */
function callOf(parsed: ParsedLine): Call {
  const { command, globals, values, positionals } = parsed;
  if (command === undefined) return { name: "help", values: {}, positionals: [] };
  if (globals.help) return { name: "help", values: {}, positionals: [command.name] };
  return { name: command.name, values, positionals };
}

/** Loaded only where a file is named: most command lines name none. */
async function checkFiles({ globals }: ParsedLine, call: Call, context: CommandContext): Promise<void> {
  if (globals.envFile.length === 0 || commands[call.name].group === "Help") return;
  const { checkEnvironmentFiles } = await import("./environment_file_check.ts");
  checkEnvironmentFiles(globals.envFile, context.workingDirectory);
}

/** A command that does not end by itself after three signals is left behind. */
function untilAbandoned(work: Promise<number>, context: CommandContext): Promise<number> {
  const { abandon } = context.interrupts;
  return new Promise((resolve, reject) => {
    abandon.addEventListener("abort", () => reject(abandon.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** Colours of an error in the command line itself, which is not parsed then. */
function ansiBeforeParsing(args: readonly string[]): "auto" | "never" | "always" {
  if (args.includes("--ansi=never")) return "never";
  return args.includes("--ansi=always") ? "always" : "auto";
}
