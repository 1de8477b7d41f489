import type { Pod } from "../pod/model.ts";
import type { PodReason } from "../pod/status.ts";
import type { ContainerDetail, EngineEvent } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import { type ContainerRecord, wantedRecords } from "./container_record.ts";
import type { RestartHistory } from "./restart_history.ts";
import { nextResync, type SupervisionBounds } from "./supervision_bounds.ts";

/** What the owner of a supervisor decides. */
export interface SupervisionSettings {
  /** What is done with the containers of a pod that has ended by itself. */
  readonly atEnd: "stop" | "remove";
  /**
   * Containers that are found ended at the beginning: `start` them, as a person means who says `up`; or `judge` them
   * by their restart policies, as if they had ended under our eyes: that is how a running pod is adopted.
   */
  readonly found: "start" | "judge";
  /**
   * When the pod cannot be brought up at first: `end` its supervision, or `keep` trying with a growing pause. A
   * running pod is never ended because a change of it fails.
   */
  readonly whenLaunchFails: "end" | "keep";
  /**
   * What a stop by hand means (`docker stop`, `mesolet stop`): `judge` it by the restart policy, or let the container
   * `rest` whatever its policy, as an engine does with its own. When all rest, the pod has ended well.
   */
  readonly byHand: "judge" | "rest";
}

/** Why and how a pod ends. */
export interface Verdict {
  readonly phase: "succeeded" | "failed";
  readonly reason: string;
  readonly reasonCode: PodReason;
  /** Absent when it was stopped on request. */
  readonly exitCode?: number;
}

/** Something is wrong, and the pod goes on. */
export interface Trouble {
  readonly reason: string;
  readonly reasonCode: PodReason;
}

/** All that a supervisor knows of its pod. Never changed in place. */
export interface SupervisorState {
  readonly pod: Pod;
  readonly settings: SupervisionSettings;
  readonly bounds: SupervisionBounds;
  /**
   * - `launching`: no plan has been walked to its end yet. `running`: the pod was up once, or was found running.
   * - `stopping`: on the way down. `ended`: over.
   */
  readonly mode: "launching" | "running" | "stopping" | "ended";
  /** Every container ran, and was healthy once where it has a health check. */
  readonly reached: boolean;
  /** Containers were running when we came. */
  readonly adopted: boolean;
  readonly listed: boolean;
  readonly containers: ReadonlyMap<string, ContainerRecord>;
  /** The plan that is being made or walked. */
  readonly work?: {
    readonly generation: number;
    /** What it is to bring about. */
    readonly pod: Pod;
    readonly stage: "planning" | "walking";
    /** Ids of containers that the plan stops or removes: their end is no failure. */
    readonly touches: ReadonlySet<string>;
    readonly pulls: number;
  };
  /** Ids of replacements that the last failed change has taken back: what is still told of them concerns nobody. */
  readonly discarded: ReadonlySet<string>;
  readonly generation: number;
  /** What is wanted changed meanwhile: make another plan afterwards. */
  readonly workWanted: boolean;
  /** A plan for the pod as it is wanted now has been walked to its end. */
  readonly satisfied: boolean;
  /** Plans that followed each other without a pause, or that failed. */
  readonly worksInRow: number;
  readonly workFailures: number;
  readonly workEndedAt?: number;
  readonly retryAt?: number;
  readonly trouble?: Trouble;
  /** The event stream, or the engine, is gone since then. */
  readonly lostSince?: number;
  /** The last time that the event stream was lost: from when to when. */
  readonly outage?: { readonly from: number; readonly to?: number };
  /** How often it was lost: who died before a loss and is found after it died with the engine. */
  readonly losses: number;
  /** The same at the last list. */
  readonly lossesListed: number;
  readonly listing: boolean;
  readonly resyncAt: number;
  readonly ends: number;
  readonly podOomKills?: number;
  /** When the pod's own limit was reached, by the engine's clock. */
  readonly podOutOfMemoryAt?: number;
  readonly verdict?: Verdict;
  readonly stop?: {
    readonly byRequest: boolean;
    readonly remove: boolean;
    /** What is under way removes, and does not only stop. */
    readonly removing: boolean;
    readonly hastened: boolean;
  };
  /** What could not be taken down. */
  readonly leftBehind?: string;
  readonly removed: boolean;
}

/** What a supervisor is told. */
export type Message =
  | { readonly kind: "begin" }
  | { readonly kind: "event"; readonly event: EngineEvent }
  | { readonly kind: "feed-lost" }
  | { readonly kind: "feed-restored" }
  | {
    readonly kind: "listed";
    readonly containers: readonly ObservedContainer[];
    /** By id: of those that {@linkcode SupervisorState} needs to know more of. */
    readonly details: ReadonlyMap<string, ContainerDetail | null>;
    /** By id: what is known of starts before the supervision began. Of the first list. */
    readonly history?: ReadonlyMap<string, RestartHistory>;
    readonly podOomKills?: number;
  }
  | { readonly kind: "list-failed"; readonly reason: string }
  | {
    readonly kind: "planned";
    readonly generation: number;
    readonly plan: Plan;
    readonly containers: readonly ObservedContainer[];
  }
  | { readonly kind: "pulls"; readonly generation: number; readonly pulls: number }
  /** A change failed, and this plan is about to undo it. */
  | { readonly kind: "putting-back"; readonly generation: number; readonly plan: Plan }
  | { readonly kind: "work-ended"; readonly generation: number; readonly result: WorkResult }
  | {
    readonly kind: "post-mortem";
    readonly key: string;
    readonly id: string;
    /** `unknown`: the engine did not answer. */
    readonly detail: ContainerDetail | null | "unknown";
    readonly lastLog: readonly string[];
    readonly podOomKills?: number;
  }
  | {
    readonly kind: "restarted";
    readonly key: string;
    readonly id: string;
    readonly failure?: RestartFailure;
  }
  | { readonly kind: "tick" }
  | { readonly kind: "edit"; readonly pod: Pod }
  | {
    readonly kind: "stop";
    readonly reason: string;
    readonly reasonCode: PodReason;
    readonly graceSeconds?: number;
    readonly remove: boolean;
  }
  | { readonly kind: "kill-now" }
  | { readonly kind: "detach" }
  | { readonly kind: "taken-down"; readonly leftBehind?: string };

/** A container could not be started again. */
export interface RestartFailure {
  readonly reason: string;
  /** The engine did not answer afterwards: the container is not to blame. */
  readonly engineGone: boolean;
  /** The container was started, and then a `post_start` hook failed. */
  readonly byHook: boolean;
}

/** How making and walking a plan went. */
export type WorkResult =
  | { readonly kind: "succeeded"; readonly changed: boolean }
  | { readonly kind: "aborted" }
  | {
    readonly kind: "failed";
    readonly reason: string;
    readonly reasonCode: PodReason;
    /** The engine did not answer afterwards: the plan is not to blame. */
    readonly engineGone: boolean;
    /** The container that failed, and what it wrote. */
    readonly container?: { readonly name: string; readonly number: number };
    readonly lastLog: readonly string[];
  };

/** What a supervisor is to do. */
export type Effect =
  | { readonly kind: "list" }
  | {
    readonly kind: "plan";
    readonly generation: number;
    /** The pod was as wanted before, and is to be so again. */
    readonly restore: boolean;
    /** A list of this moment. */
    readonly containers?: readonly ObservedContainer[];
  }
  | {
    readonly kind: "walk";
    readonly generation: number;
    readonly plan: Plan;
    readonly ids: ReadonlyMap<string, string>;
  }
  | { readonly kind: "abort-work" }
  | { readonly kind: "look"; readonly key: string; readonly id: string }
  | { readonly kind: "restart"; readonly key: string; readonly id: string }
  /** A container that runs without what its hooks were to do is stopped. */
  | { readonly kind: "stop-unhooked"; readonly key: string; readonly id: string }
  | { readonly kind: "take-down"; readonly remove: boolean; readonly graceSeconds?: number }
  | { readonly kind: "hasten" };

/** The state of a supervisor that has done nothing yet. */
export function initialState(
  pod: Pod,
  settings: SupervisionSettings,
  bounds: SupervisionBounds,
  now: number,
): SupervisorState {
  return {
    pod,
    settings,
    bounds,
    mode: "launching",
    reached: false,
    adopted: false,
    listed: false,
    containers: new Map(wantedRecords(pod).map((record) => [record.key, record])),
    discarded: new Set(),
    generation: 0,
    workWanted: false,
    satisfied: false,
    worksInRow: 0,
    workFailures: 0,
    losses: 0,
    lossesListed: 0,
    listing: false,
    resyncAt: nextResync(now, bounds),
    ends: 0,
    removed: false,
  };
}

/** When the supervisor has to be told a `tick` next, in milliseconds since 1970. */
export function nextTick(state: SupervisorState): number | undefined {
  if (state.mode === "stopping" || state.mode === "ended") return undefined;
  let next = state.resyncAt;
  if (state.lostSince !== undefined && state.trouble === undefined) {
    next = Math.min(next, state.lostSince + state.bounds.outageNotice);
  }
  if (state.retryAt !== undefined) next = Math.min(next, state.retryAt);
  for (const { life } of state.containers.values()) {
    if (life.kind === "backing-off" || life.kind === "lingering") next = Math.min(next, life.until);
    if (life.kind === "held") next = Math.min(next, life.retryAt);
  }
  return next;
}
