/** What is wanted of a cluster: a pod of a spec, as often as it says. */

import type { Needs } from "../placement/needs.ts";
import type { PlacementRules } from "../placement/rules.ts";

/** A pod that a cluster is to run. Plain data: it is kept as JSON, so that an update can be taken back. */
export interface PodWish {
  readonly name: string;
  /**
   * Stands for everything that a task of the pod is made of: an instance of another version is replaced. `[a-z0-9]`, at
   * most 32 of them.
   */
  readonly version: string;
  readonly replicas: number;
  /** Of one instance, its executor included. */
  readonly needs: Needs;
  readonly rules: PlacementRules;
  /** Roles whose resources it may have; the first is preferred. */
  readonly roles: readonly string[];
  readonly update: UpdatePolicy;
  /** Milliseconds that an instance on an agent out of reach is waited for; null: for ever. */
  readonly unreachableWait: number | null;
  /** Milliseconds that an instance may take to stop. */
  readonly stopTime: number;
  /** Its task has a health check: it is ready when that says so, and not just when it runs. */
  readonly hasHealth: boolean;
  /** What else its tasks are made of; of no concern to those who decide where and when. */
  readonly task: TaskTemplate;
}

/** How instances of an older version give way to those of a newer one. */
export interface UpdatePolicy {
  /** How many are replaced at one time. */
  readonly parallel: number;
  /** Whether the old instance stops before the new one starts, or after it is ready. */
  readonly order: "stop-first" | "start-first";
  /** Milliseconds that a new instance has to be ready before the next one is replaced. */
  readonly healthyFor: number;
  /** How many new instances may fail before something is done about it. */
  readonly maximumFailures: number;
  /** What is done then. */
  readonly onFailure: "pause" | "rollback" | "continue";
}

/** The parts of a task that do not depend on where it runs. */
export interface TaskTemplate {
  /** The spec as it travels in the task: base64. */
  readonly payload: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Published ports, in the order of the needs. */
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: "tcp" | "udp" | "sctp";
    readonly container: string;
    readonly target: number;
  }[];
}
