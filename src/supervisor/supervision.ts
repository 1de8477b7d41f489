import type { Engine } from "../docker/engine.ts";
import type { Plan } from "../plan/step.ts";
import type { Clock } from "../pod/clock.ts";
import type { MesoletError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { PodReason, PodStatus } from "../pod/status.ts";
import type { PodPlanner } from "./pod_planner.ts";
import type { RestartHistory } from "./restart_history.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";
import type { SupervisionSettings } from "./supervisor_state.ts";
import type { WalkObserver } from "./walk_observer.ts";

/** What the supervision of a pod needs. */
export interface SuperviseOptions extends Partial<SupervisionSettings> {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly planner: PodPlanner;
  /** Is told of every change of the status, from the first one on. Must not throw. */
  readonly onStatus?: (status: PodStatus) => void;
  /** Is told of every plan that is about to be walked, as it is walked. Plans of restarts may overlap with others. */
  readonly onPlan?: (plan: Plan, purpose: PlanPurpose) => void;
  readonly observer?: WalkObserver;
  /** Is told what became of the requests that the pod was sent before it is stopped. */
  readonly onStopRequest?: (text: string) => void;
  /** How many processes of the pod its own limit of memory has had killed so far. Absent: the pod has no limit. */
  readonly podOomKills?: () => Promise<number>;
  readonly bounds?: Partial<SupervisionBounds>;
  /** What is known of how often a container was started before we came, by its id. */
  readonly history?: (id: string) => RestartHistory | undefined;
  /**
   * A moment by both clocks: times are counted from it on. Supervisions that share one list at the same moments. Absent:
   * the beginning.
   */
  readonly origin?: { readonly now: number; readonly elapsed: number };
}

/** What a plan is walked for. */
export type PlanPurpose = "pull" | "bring-up" | "put-back" | "restart" | "take-down";

/** How the supervision of a pod ended. */
export interface PodOutcome {
  /** `detached`: the pod goes on without us. */
  readonly kind: "ended" | "detached";
  readonly status: PodStatus;
  /** What could not be stopped or removed. */
  readonly problem?: MesoletError;
}

/** A pod that is kept as wanted. */
export interface Supervision {
  /** What is wanted: of the last edit that counted. */
  readonly pod: Pod;
  readonly status: PodStatus;
  /** Fulfilled when the pod has ended and everything is closed. Rejected only by a defect of mesolet itself. */
  readonly done: Promise<PodOutcome>;
  /** Something else is wanted: a launch is broken off, and what differs is replaced. Ignored once the pod ends. */
  edit(pod: Pod): void;
  /**
   * Stops the pod, whatever is under way. A launch that is broken off is removed; so is everything with `remove` (by
   * default as `atEnd` says). The second call is {@linkcode killNow}.
   *
   * @param options.graceSeconds over the graces of the spec
   * @param options.reasonCode `killed`, unless there is a better word
   */
  stop(
    reason: string,
    options?: { readonly graceSeconds?: number; readonly remove?: boolean; readonly reasonCode?: PodReason },
  ): void;
  /** Kills what is left of the pod at once. */
  killNow(): void;
  /** Ends the supervision and leaves the pod as it is. */
  detach(): void;
}
