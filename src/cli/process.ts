import { systemClock } from "../pod/clock.ts";
import { ExitCode } from "../pod/errors.ts";
import { reportError } from "./error_report.ts";
import { ownProcess } from "./own_file.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./context.ts";
import { systemSignals } from "./interrupts.ts";
import { QueuedOutput } from "./output.ts";
import type { ProcessEdges } from "./run.ts";

/** The edges of this process. */
export function processEdges(): ProcessEdges {
  const { variables, file } = ownProcess(Deno.env.toObject(), {
    executable: Deno.execPath(),
    standalone: Deno.build.standalone,
  });
  return {
    out: new QueuedOutput(Deno.stdout, systemClock),
    error: new QueuedOutput(Deno.stderr, systemClock),
    terminal: systemTerminal,
    clock: systemClock,
    signals: systemSignals,
    variables,
    ownFile: file,
    workingDirectory: Deno.cwd(),
  };
}

/** A failure that nobody waits for is a defect like any other: it is reported as one, and the process ends. */
export function exitOnDefects(edges: ProcessEdges): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    const report = reportError(event.reason, { debug: true, style: styleFor(false) });
    edges.error.write(`${report.lines.join("\n")}\n`);
    edges.error.flush().then(() => Deno.exit(ExitCode.software));
  });
}

const usualSize = { columns: 80, rows: 24 };

/** A terminal that does not know its size says 0 × 0: a new pseudo-terminal, a serial line. */
export function knownSize(
  size: { readonly columns: number; readonly rows: number },
): { readonly columns: number; readonly rows: number } {
  return {
    columns: size.columns > 0 ? size.columns : usualSize.columns,
    rows: size.rows > 0 ? size.rows : usualSize.rows,
  };
}

const systemTerminal: Terminal = {
  outIsTerminal: Deno.stdout.isTerminal(),
  errorIsTerminal: Deno.stderr.isTerminal(),
  inputIsTerminal: Deno.stdin.isTerminal(),
  size() {
    try {
      return knownSize(Deno.consoleSize());
    } catch {
      return usualSize;
    }
  },
  onResize(changed) {
    Deno.addSignalListener("SIGWINCH", changed);
    return () => Deno.removeSignalListener("SIGWINCH", changed);
  },
};
