import type { RestartPolicy } from "../pod/model.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";

/** What is done about a container that ended. */
export type AfterEnd =
  /** It is started again after a pause. `failures`: ends in a row, this one included. */
  | { readonly kind: "again"; readonly failures: number; readonly pause: number }
  /** A person stopped it, and it is left so until a person starts it. */
  | { readonly kind: "rest" }
  | { readonly kind: "over" };

/**
 * Applies a restart policy to the end of a container. The policies are Docker's (`docker run --restart`), but for two
 * things: the pauses are Kubernetes' (10 s, doubling to 5 minutes, from the start after 10 minutes of running well),
 * and `always` also undoes a stop by hand, since a supervisor keeps what is wanted.
 *
 * With `byHand` as `rest` a stop by hand is left alone by all of them, as by Docker's own.
 *
 * The retries of `on-failure:n` count from the last good run.
 *
 * @param end.goodFor milliseconds that it had run well: been up, or healthy where it has a health check
 */
export function judgeEnd(
  policy: RestartPolicy,
  end: {
    readonly exitCode: number;
    readonly stoppedByHand: boolean;
    readonly byHand: "judge" | "rest";
    readonly failures: number;
    readonly goodFor: number;
  },
  bounds: Pick<SupervisionBounds, "backOffFirst" | "backOffLast" | "backOffReset">,
): AfterEnd {
  const failures = end.goodFor >= bounds.backOffReset ? 1 : end.failures + 1;
  const again: AfterEnd = { kind: "again", failures, pause: backOff(failures, bounds) };
  if (end.stoppedByHand && end.byHand === "rest") return { kind: "rest" };
  switch (policy.kind) {
    case "no":
      return { kind: "over" };
    case "always":
      return again;
    case "unless-stopped":
      return end.stoppedByHand ? { kind: "rest" } : again;
    case "on-failure": {
      if (end.exitCode === 0 || end.stoppedByHand) return { kind: "over" };
      const limit = policy.maximumRetries ?? 0;
      return limit > 0 && failures > limit ? { kind: "over" } : again;
    }
  }
}

/** The pause before the nth start in a row, in milliseconds: doubling, up to a limit. */
export function backOff(
  failures: number,
  bounds: Pick<SupervisionBounds, "backOffFirst" | "backOffLast">,
): number {
  // Beyond 2^30 the power is of no use and soon not exact.
  return Math.min(bounds.backOffFirst * 2 ** Math.min(Math.max(failures - 1, 0), 30), bounds.backOffLast);
}
