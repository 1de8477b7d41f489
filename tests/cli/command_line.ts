import type { SignalSource } from "../../src/cli/interrupts.ts";
import { MemoryOutput } from "../../src/cli/output.ts";
import { type ProcessEdges, runCommandLine } from "../../src/cli/run.ts";
import { systemClock } from "../../src/pod/clock.ts";

/** What a command line printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Signals that a test sends by hand. */
export class ManualSignals {
  readonly #handlers = new Map<string, Set<() => void>>();

  readonly source: SignalSource = (name, handler) => {
    const handlers = this.#handlers.get(name) ?? new Set();
    handlers.add(handler);
    this.#handlers.set(name, handlers);
    return () => handlers.delete(handler);
  };

  send(name: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
    for (const handler of this.#handlers.get(name) ?? []) handler();
  }

  /** How many handlers still listen. */
  get listeners(): number {
    return [...this.#handlers.values()].reduce((sum, handlers) => sum + handlers.size, 0);
  }
}

/** Runs a command line in this process, without a terminal. */
export async function runInMemory(
  args: readonly string[],
  overrides: Partial<ProcessEdges> = {},
): Promise<CommandResult> {
  const out = new MemoryOutput();
  const error = new MemoryOutput();
  const code = await runCommandLine(args, {
    out,
    error,
    terminal: {
      outIsTerminal: false,
      errorIsTerminal: false,
      inputIsTerminal: false,
      size: () => ({ columns: 80, rows: 24 }),
      onResize: () => () => {},
    },
    clock: systemClock,
    signals: new ManualSignals().source,
    variables: {},
    ownFile: { build: "source", path: undefined },
    workingDirectory: Deno.cwd(),
    ...overrides,
  });
  return { code, out: out.text, error: error.text };
}
