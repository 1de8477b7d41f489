import type { Clock } from "../../pod/clock.ts";
import type { CheckInfo, CheckStatusInfo } from "../wire/messages.ts";
import { type Probe, type ProbeResult, resultInWords } from "./probe_result.ts";
import { repeatProbe, type RunningCheck } from "./repeat_probe.ts";

/**
 * The status of a check that has no result: of its type and empty. Every update of a task with a check carries at
 * least this.
 */
export function emptyCheckStatus(check: CheckInfo): CheckStatusInfo {
  switch (check.type) {
    case "COMMAND":
      return { type: "COMMAND", command: {} };
    case "HTTP":
      return { type: "HTTP", http: {} };
    case "TCP":
      return { type: "TCP", tcp: {} };
    default:
      return { type: "UNKNOWN" };
  }
}

/** A result as Mesos is told it; one that could not be had is the empty status. */
export function checkStatusOf(check: CheckInfo, result: ProbeResult): CheckStatusInfo {
  switch (result.kind) {
    case "command":
      return { type: "COMMAND", command: { exit_code: result.exitCode } };
    case "http":
      return { type: "HTTP", http: { status_code: result.statusCode } };
    case "tcp":
      return { type: "TCP", tcp: { succeeded: result.succeeded } };
    case "failed":
      return emptyCheckStatus(check);
  }
}

/**
 * Checks a task from now on and tells each change of the result; before the first try it is the empty status. Nothing
 * is killed for it: what a result means is for the framework to say.
 *
 * Source: Mesos, `checks/checker.cpp`.
 *
 * @param options.onResult is told of each change. Must not throw
 * @param options.onProblem is told of every try that had no result: for the log. Must not throw
 */
export function startCheck(
  options: {
    readonly check: CheckInfo;
    readonly probe: Probe;
    readonly clock: Clock;
    readonly onResult: (status: CheckStatusInfo) => void;
    readonly onProblem?: (reason: string) => void;
  },
): RunningCheck {
  const { check, clock, probe, onResult, onProblem } = options;
  let last = JSON.stringify(emptyCheckStatus(check));
  return repeatProbe({
    times: check,
    probe,
    clock,
    onResult(result) {
      if (result.kind === "failed") onProblem?.(resultInWords(result));
      const status = checkStatusOf(check, result);
      const text = JSON.stringify(status);
      if (text === last) return;
      last = text;
      onResult(status);
    },
  });
}
