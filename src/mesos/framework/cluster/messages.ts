/** What a cluster is told, and what it has done. */

import type {
  ExecutorInfo,
  InverseOffer,
  Offer,
  SchedulerCall,
  TaskInfo,
  TaskStatus,
} from "../../wire/messages.ts";
import type { AgentFacts } from "../placement/agent_facts.ts";
import type { Taken } from "../placement/available_resources.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import type { StoreChange } from "./records.ts";

/** What happens to a cluster. */
export type ClusterMessage =
  /**
   * All pods that are wanted, by name. `changed` names those that are not what they were, and those that are to go; a pod
   * of before that it never named goes on as it is. `isComplete`: every spec could be read, so that nothing is wanted but
   * these.
   */
  | {
    readonly kind: "wishes";
    readonly wishes: ReadonlyMap<string, PodWish>;
    readonly changed: Iterable<string>;
    readonly isComplete: boolean;
  }
  /** `isNew`: the framework was registered just now, so no task of it can be anywhere. */
  | {
    readonly kind: "subscribed";
    readonly isNew: boolean;
    /** That of the master. */
    readonly region?: string | undefined;
  }
  | { readonly kind: "disconnected" }
  | { readonly kind: "offers"; readonly offers: readonly Offer[] }
  | { readonly kind: "inverse-offers"; readonly offers: readonly InverseOffer[] }
  | { readonly kind: "inverse-offer-rescinded"; readonly id: string }
  | { readonly kind: "update"; readonly status: TaskStatus }
  | { readonly kind: "tick" };

/** What is to be done, in this order. */
export type ClusterEffect =
  /** Before the effects behind it: what they tell the master has to be known again after a kill. */
  | { readonly kind: "store"; readonly changes: readonly StoreChange[] }
  | { readonly kind: "call"; readonly call: SchedulerCall }
  /** What happened, for people; `pod: …` is put in front where it is about one. */
  | { readonly kind: "tell"; readonly pod?: string; readonly text: string };

/** Where a task is to run, and as what. */
export interface TaskPlace {
  readonly id: string;
  readonly frameworkId: string;
  readonly executorId: string;
  readonly slot: number;
  readonly agent: AgentFacts;
  readonly role: string;
  readonly taken: Taken;
}

/** An instance that is several tasks, which live and end together under one executor. */
export interface TaskGroup {
  readonly executor: ExecutorInfo;
  readonly tasks: readonly TaskInfo[];
}

/** Makes the message of a task, or of a group of tasks whose ids begin with that of the place. */
export type BuildTask = (wish: PodWish, place: TaskPlace) => TaskInfo | TaskGroup;
