/**
 * Loads a Compose file of the working directory in a process of its own, and prints what was said of it and the most
 * memory that the process ever had: `deno run -A tests/support/load_hostile.ts FILE`.
 */
import { denoFiles } from "../../src/compose/deno_files.ts";
import { loadCompose } from "../../src/compose/load.ts";
import { formatProblem, SpecError } from "../../src/pod/errors.ts";

/** What a child printed. */
export interface HostileOutcome {
  /** The problems, a line each; `loaded` where there were none. */
  readonly told: string;
  /** Of the whole process, the runtime included. */
  readonly peakMebibytes: number;
}

async function load(file: string): Promise<string> {
  try {
    await loadCompose({ files: [file], environment: {}, workingDirectory: Deno.cwd(), access: denoFiles });
    return "loaded";
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(formatProblem).join("\n").replaceAll(Deno.cwd(), "");
  }
}

function peakMebibytes(): number {
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return Number(kibibytes) / 1024;
}

if (import.meta.main) {
  const told = await load(Deno.args[0] ?? "");
  const outcome: HostileOutcome = { told, peakMebibytes: peakMebibytes() };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outcome)));
}
