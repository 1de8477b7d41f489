import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { PodReason } from "../pod/status.ts";
import type { Step, StepKind } from "../plan/step.ts";
import { ConditionError } from "./wait_for_container.ts";

/** A step of a plan failed. */
export class StepError extends MesoletError {
  override readonly name: string = "StepError";
  /** For programs: what kind of failure it is for the pod. */
  readonly reasonCode: PodReason;
  /** The last lines that the container concerned wrote, where there is one that failed. */
  readonly lastLog: readonly string[];

  constructor(readonly step: Step, cause: unknown) {
    super(messageFor(step, cause), cause instanceof MesoletError ? cause.exitCode : ExitCode.failed, {
      cause,
    });
    this.reasonCode = reasonOf(step, cause);
    this.lastLog = cause instanceof ConditionError ? cause.lastLog : [];
  }
}

/** The plan cannot be walked: a defect of what made it. */
export class PlanDefectError extends MesoletError {
  override readonly name: string = "PlanDefectError";
  constructor(message: string) {
    super(message, ExitCode.software);
  }
}

const reasonOfKind: { readonly [Kind in StepKind]: PodReason } = {
  "load-pause-image": "image-pull-failed",
  "pull-image": "image-pull-failed",
  "load-images": "image-pull-failed",
  "remove-image": "none",
  "create-cgroup": "create-failed",
  "remove-cgroup": "none",
  "create-network": "create-failed",
  "remove-network": "none",
  "connect-network": "create-failed",
  "disconnect-network": "none",
  "create-volume": "create-failed",
  "remove-volume": "none",
  "create-container": "create-failed",
  "copy-files": "create-failed",
  "start-container": "start-failed",
  "wait-container": "dependency-failed",
  "run-hook": "hook-failed",
  "stop-container": "none",
  "kill-container": "none",
  "remove-container": "none",
  "rename-container": "create-failed",
  "update-container": "create-failed",
};

function reasonOf(step: Step, cause: unknown): PodReason {
  if (cause instanceof ConditionError) {
    if (cause.failure === "timed-out") return "timed-out";
    if (cause.failure === "engine-unavailable") return "engine-unavailable";
    if (cause.failure === "unhealthy") return "container-unhealthy";
    if (cause.outOfMemory) return "container-out-of-memory";
  }
  return reasonOfKind[step.kind];
}

function messageFor(step: Step, cause: unknown): string {
  const why = messageOf(cause);
  // Errors of the engine's edge and of waits say already what could not be done.
  if (cause instanceof MesoletError) return why;
  return `Cannot ${step.id}: ${why}`;
}
