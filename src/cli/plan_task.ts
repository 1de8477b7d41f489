import { denoFiles } from "../compose/deno_files.ts";
import { FileProblem } from "../compose/files.ts";
import { joinPath } from "../compose/paths.ts";
import { refuseImpossibleChecks } from "../mesos/executor/checks.ts";
import { denoSandboxFiles } from "../mesos/task/deno_sandbox_files.ts";
import { podOfTask, type TaskPod } from "../mesos/task/pod_of_task.ts";
import { readTaskDocument, wordsForExecutor } from "../mesos/task/task_document.ts";
import type { TaskInfo } from "../mesos/wire/messages.ts";
import { systemClock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { Policies } from "../policy/policies.ts";
import { hostUser } from "./host_user.ts";

/** A task of a file, as the executor would see it. */
export interface PlannedTask {
  readonly task: TaskInfo;
  readonly pod: TaskPod;
}

/**
 * Reads a task and makes its pod as the executor would, with a sandbox that is a directory here.
 *
 * @throws {MesoletError} where the file is no task, or its pod cannot be made
 */
export async function loadTask(
  file: string,
  sandbox: string,
  { workingDirectory, policies }: { readonly workingDirectory: string; readonly policies: Policies },
): Promise<PlannedTask> {
  const { task, executor } = readTaskDocument(readFile(file, workingDirectory));
  const directory = joinPath(workingDirectory, sandbox);
  if (denoFiles.kind(directory) !== "directory") {
    throw new MesoletError(`--sandbox ${sandbox}: there is no such directory`, ExitCode.noInput);
  }
  const ofChecks = refuseImpossibleChecks(task, systemClock);
  const pod = await podOfTask({
    task,
    ...(executor === undefined ? {} : { executor }),
    identity: {
      frameworkId: executor?.framework_id?.value ?? "",
      executorId: executor?.executor_id.value ?? task.task_id.value,
      hostname: "localhost",
    },
    sandbox: { path: directory, onHost: directory },
    words: wordsForExecutor(executor),
    // What is set in this shell is not set on the agent.
    variables: {},
    files: denoSandboxFiles,
    users: hostUser,
    policies,
  });
  return { task, pod: { ...pod, warnings: [...pod.warnings, ...ofChecks] } };
}

function readFile(file: string, workingDirectory: string): string {
  try {
    return file === "-"
      ? denoFiles.readStandardInput()
      : denoFiles.readText(joinPath(workingDirectory, file));
  } catch (cause) {
    if (!(cause instanceof FileProblem)) throw cause;
    throw new MesoletError(`--task ${file}: ${cause.message}`, ExitCode.noInput, { cause });
  }
}
