import type { TaskInfo, TaskStatusReason } from "../../../src/mesos/wire/messages.ts";
import type { ExecutorRun } from "./executor_run.ts";

/** Why an agent drops tasks that it was sent. */
export interface LaunchRefusal {
  readonly reason: TaskStatusReason;
  readonly message: string;
  /** Whether the update names the executor. */
  readonly named: boolean;
}

/**
 * Why tasks cannot be launched here, or undefined.
 *
 * @param run the executor that is there already
 * @param believed whether the master believes that the executor runs here
 */
export function launchRefusal(
  tasks: readonly TaskInfo[],
  launcher: "posix" | "linux",
  run: ExecutorRun | undefined,
  believed: boolean,
): LaunchRefusal | undefined {
  if (launcher === "posix" && tasks.some((task) => task.limits?.cpus !== undefined)) {
    return {
      reason: "REASON_GC_ERROR",
      message:
        "CPU limits can only be set on tasks launched in Mesos containers when the agent has loaded the " +
        "'cgroups/cpu' isolator",
      named: false,
    };
  }
  if (run === undefined) {
    return believed
      ? {
        reason: "REASON_EXECUTOR_TERMINATED",
        message: "No executor is expected to launch and there is none running",
        named: true,
      }
      : undefined;
  }
  return run.state === "TERMINATING" || run.state === "TERMINATED"
    ? { reason: "REASON_EXECUTOR_TERMINATED", message: `Executor ${run.state.toLowerCase()}`, named: true }
    : undefined;
}
