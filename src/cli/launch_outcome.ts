import { outcomeOf } from "../mesos/framework/one_off/task_outcome.ts";
import type { TaskStatus } from "../mesos/wire/messages.ts";
import { ExitCode } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import type { LaunchNotes } from "./launch_notes.ts";
import type { TaskOutput } from "./launch_output.ts";

/**
 * Tells how a task ended, where its exit code says too little.
 *
 * @param known.interrupted the code of the signal that had it killed; absent: nobody did here
 * @returns the exit code
 */
export async function tellOutcome(
  status: TaskStatus,
  { output, notes, interrupted }: {
    /** Absent: there was nothing of it on any agent. */
    readonly output?: TaskOutput | undefined;
    readonly notes: LaunchNotes;
    readonly interrupted?: number | undefined;
  },
): Promise<number> {
  // Answers of a master have no facts with them; the record of the pod has.
  const exitCode = status.labels === undefined ? (await output?.record())?.exitCode : undefined;
  const { code, message } = outcomeOf(status, present({ interrupted, exitCode }));
  if (message !== undefined) notes.end(message + hintFor(message));
  if (code === ExitCode.osError) {
    for (const line of await output?.executorWords() ?? []) notes.end(`  | ${line}`);
  }
  return code;
}

/** What may help, behind the words of an executor. */
function hintFor(message: string): string {
  if (message.includes("Failed to fetch all URIs")) {
    return "; its agent has to reach what --serve or --executor-uri names, and each --uri";
  }
  return message.includes(" of the default policy of tasks")
    ? "; --executor-allow RULE[=VALUE] allows it where the agents have no policy of their own"
    : "";
}
