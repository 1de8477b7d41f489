import { systemClock } from "../pod/clock.ts";
import type { Terminal } from "./context.ts";
import { systemSignals } from "./interrupts.ts";
import { QueuedOutput } from "./output.ts";
import type { ProcessEdges } from "./run.ts";

/** The edges of this process. */
export function processEdges(): ProcessEdges {
  return {
    out: new QueuedOutput(Deno.stdout, systemClock),
    error: new QueuedOutput(Deno.stderr, systemClock),
    terminal: systemTerminal,
    clock: systemClock,
    signals: systemSignals,
    variables: Deno.env.toObject(),
    workingDirectory: Deno.cwd(),
  };
}

const systemTerminal: Terminal = {
  outIsTerminal: Deno.stdout.isTerminal(),
  errorIsTerminal: Deno.stderr.isTerminal(),
  inputIsTerminal: Deno.stdin.isTerminal(),
  size() {
    try {
      return Deno.consoleSize();
    } catch {
      return { columns: 80, rows: 24 };
    }
  },
};
