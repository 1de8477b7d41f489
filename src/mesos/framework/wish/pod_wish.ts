/** What is wanted of a cluster: a pod of a spec, as often as it says. */

import type { UpdatePolicy } from "../../../pod/cluster.ts";
import type { GroupTemplate } from "../native/group_template.ts";
import type { Needs } from "../placement/needs.ts";
import type { PlacementRules } from "../placement/rules.ts";
import type { PodOrigin } from "./pod_origin.ts";

export type { UpdatePolicy } from "../../../pod/cluster.ts";

/** A pod that a cluster is to run. Plain data: it is kept as JSON, so that an update can be taken back. */
export interface PodWish {
  readonly name: string;
  readonly origin: PodOrigin;
  /**
   * Stands for everything that a task of the pod is made of: an instance of another version is replaced. `[a-z0-9]`, at
   * most 32 of them.
   */
  readonly version: string;
  readonly replicas: number;
  /** Images that are to run by digest, as the spec names them. Digests are in no version: a tag that moves changes nothing. */
  readonly pins?: readonly string[];
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

/** The parts of a task that do not depend on where it runs. */
export interface TaskTemplate {
  /** The tasks that it is under the executor of Mesos, which take the place of the payload; absent: it is under ours. */
  readonly group?: GroupTemplate;
  /** The spec as it travels in the task: base64 of gzip of YAML. It may hold secrets: it is never told. */
  readonly payload: string;
  /** What an agent fetches into the sandbox, besides the program. */
  readonly uris: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Published ports, in the order of the needs; several of one need where protocols share a number. */
  readonly ports: readonly TaskPort[];
}

/** A port of a container, and the need that its port of the host comes from. */
export interface TaskPort {
  /** Its place among the needs. */
  readonly need: number;
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly container: string;
  readonly target: number;
}
