import type { WaitCondition } from "../plan/step.ts";
import type { ContainerDetail } from "./engine.ts";

/** Why a container will not reach a condition. */
export type ConditionVerdictFailure = "exited" | "unhealthy" | "no-health-check" | "removed";

/**
 * A container that the engine itself restarts never ends for good. After so many restarts within one wait (about six
 * seconds, with the engine's doubling pauses) it is not going to reach a condition.
 */
const hopelessRestarts = 6;

/** What one look at a container says about a condition. */
export type ConditionVerdict =
  | { readonly kind: "satisfied" }
  | { readonly kind: "pending" }
  | { readonly kind: "failed"; readonly failure: ConditionVerdictFailure; readonly message: string };

/**
 * Judges a container by a condition. The rules are those of Docker Compose (`depends_on` in the Compose
 * Specification): a container that waits to be `healthy` must have a health check, and neither end nor become
 * unhealthy; one that is to be `completed` must end with exit code 0.
 *
 * @param startsAgain an ended container will be started again by its restart policy: it is not lost yet
 */
export function judgeCondition(
  name: string,
  detail: ContainerDetail | null,
  condition: WaitCondition,
  startsAgain: boolean,
): ConditionVerdict {
  if (detail === null || detail.state === "removing") {
    return { kind: "failed", failure: "removed", message: `${name} was removed before it was ${condition}` };
  }
  if (detail.engineRestarts >= hopelessRestarts) {
    return {
      kind: "failed",
      failure: "exited",
      message: `${name} keeps ending before it is ${condition}: the engine has restarted it ` +
        `${detail.engineRestarts} times, the last exit code is ${detail.exitCode}`,
    };
  }
  if (detail.state === "exited" || detail.state === "dead") {
    if (condition === "completed" && detail.exitCode === 0) return { kind: "satisfied" };
    if (startsAgain) return { kind: "pending" };
    const memory = detail.outOfMemory ? " (out of memory)" : "";
    const when = condition === "completed" ? "" : ` before it was ${condition}`;
    return {
      kind: "failed",
      failure: "exited",
      message: `${name} exited with code ${detail.exitCode}${memory}${when}`,
    };
  }
  if (detail.state !== "running" && detail.state !== "paused") return { kind: "pending" };
  switch (condition) {
    case "running":
      return { kind: "satisfied" };
    case "completed":
      return { kind: "pending" };
    case "healthy":
      return judgeHealth(name, detail);
  }
}

function judgeHealth(name: string, detail: ContainerDetail): ConditionVerdict {
  switch (detail.health) {
    case "healthy":
      return { kind: "satisfied" };
    case "starting":
      return { kind: "pending" };
    case "unhealthy": {
      const said = (detail.healthOutput ?? "").trim().split("\n").at(-1) ?? "";
      const output = said === "" ? "" : `: ${said}`;
      return { kind: "failed", failure: "unhealthy", message: `${name} is unhealthy${output}` };
    }
    default:
      return {
        kind: "failed",
        failure: "no-health-check",
        message: `${name} has no health check, so it cannot become healthy. ` +
          "Give it a healthcheck, or wait for service_started",
      };
  }
}
