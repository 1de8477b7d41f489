import type { Clock } from "../../pod/clock.ts";
import type { HealthCheck } from "../wire/messages.ts";
import { type Probe, type ProbeResult, resultInWords } from "./probe_result.ts";
import { repeatProbe, type RunningCheck } from "./repeat_probe.ts";

/** What a health check has seen so far. */
export interface HealthState {
  /** It succeeded once: the grace is over. */
  readonly succeeded: boolean;
  readonly consecutiveFailures: number;
}

/** The state before the first try. */
export const initialHealth: HealthState = { succeeded: false, consecutiveFailures: 0 };

/** A change of the health that Mesos is to be told. */
export interface HealthReport {
  readonly healthy: boolean;
  /** 0 when it is healthy. */
  readonly consecutiveFailures: number;
  /** It failed too often: the task is to be killed. */
  readonly kill: boolean;
  /** In words: `the health check failed 3 times in a row: the answer was HTTP 500`. */
  readonly reason: string;
}

/**
 * Takes in the result of one try. Failures within the grace before the first success are ignored; after that each
 * failure is reported, and the first success and each first success after failures. What fails
 * `consecutive_failures` times in a row is to be killed.
 *
 * Source: Mesos, `checks/health_checker.cpp`. The grace is counted from the start of the check, its delay included.
 *
 * @param elapsed milliseconds since the start of the check
 */
export function judgeHealth(
  check: HealthCheck,
  state: HealthState,
  result: ProbeResult,
  elapsed: number,
): { readonly state: HealthState; readonly report?: HealthReport } {
  if (isHealthy(check, result)) {
    const after = { succeeded: true, consecutiveFailures: 0 };
    if (state.succeeded && state.consecutiveFailures === 0) return { state: after };
    return {
      state: after,
      report: { healthy: true, consecutiveFailures: 0, kill: false, reason: "healthy" },
    };
  }
  const grace = 1000 * (check.grace_period_seconds ?? 10);
  if (!state.succeeded && grace > 0 && elapsed <= grace) return { state };
  const consecutiveFailures = state.consecutiveFailures + 1;
  const times = consecutiveFailures === 1 ? "" : ` ${consecutiveFailures} times in a row`;
  return {
    state: { ...state, consecutiveFailures },
    report: {
      healthy: false,
      consecutiveFailures,
      kill: consecutiveFailures >= (check.consecutive_failures ?? 3),
      reason: `the health check failed${times}: ${resultInWords(result)}`,
    },
  };
}

/**
 * Whether a result counts as a success: exit code 0, a connection, and for HTTP a status from 200 to 399, or one of
 * `statuses` where the check names any (Mesos leaves the meaning of that field to custom executors).
 */
export function isHealthy(check: HealthCheck, result: ProbeResult): boolean {
  switch (result.kind) {
    case "command":
      return result.exitCode === 0;
    case "http": {
      const { statuses = [] } = check.http ?? {};
      if (statuses.length > 0) return statuses.includes(result.statusCode);
      return result.statusCode >= 200 && result.statusCode < 400;
    }
    case "tcp":
      return result.succeeded;
    case "failed":
      return false;
  }
}

/**
 * Checks the health of a task from now on. It goes on after a report that says `kill`, as in Mesos: the owner stops it.
 *
 * @param options.onResult is told of each report. Must not throw
 * @param options.onProblem is told of every failed try, those within the grace too: for the log. Must not throw
 */
export function startHealthCheck(
  options: {
    readonly check: HealthCheck;
    readonly probe: Probe;
    readonly clock: Clock;
    readonly onResult: (report: HealthReport) => void;
    readonly onProblem?: (reason: string) => void;
  },
): RunningCheck {
  const { check, clock, onResult, onProblem } = options;
  const began = clock.elapsed();
  let state = initialHealth;
  return repeatProbe({
    times: check,
    probe: options.probe,
    clock,
    onResult(result) {
      if (!isHealthy(check, result)) onProblem?.(resultInWords(result));
      const judged = judgeHealth(check, state, result, clock.elapsed() - began);
      state = judged.state;
      if (judged.report !== undefined) onResult(judged.report);
    },
  });
}
