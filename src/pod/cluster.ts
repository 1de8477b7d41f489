/** What a spec wishes of a cluster: where, how often, and how it is updated there. On a single host it has no effect. */

/** The wishes of a pod that runs on a cluster; what the spec does not say is the default. */
export interface PodCluster {
  readonly placement: PlacementRules;
  /** How many instances of the pod there are to be. */
  readonly replicas: number;
  readonly update: UpdatePolicy;
  /** Milliseconds that an instance on an agent out of reach is waited for; null: for ever. */
  readonly unreachableWait: number | null;
  /** Roles whose resources it may have, the preferred one first; absent: those of whoever runs it. */
  readonly roles?: readonly string[];
  /** To be set aside for the pod. */
  readonly diskBytes?: number;
  readonly gpus?: number;
  /** The agents' own containerizer runs it, under the executor of Mesos; absent: this program does, on an engine. */
  readonly containerizer?: "mesos";
  /** What an agent fetches into the sandbox before the pod is made. */
  readonly uris: readonly string[];
}

/** Where instances of a pod may run: `x-pod.placement`. */
export interface PlacementRules {
  /** All must hold. */
  readonly require: readonly Requirement[];
  /** Names of which no two instances may have the same value: `hostname` is one instance per agent's host. */
  readonly unique: readonly string[];
  /** Names over whose values instances are spread as evenly as the offers allow; the first counts most. */
  readonly spread: readonly string[];
}

/** One thing that an agent has to have, or not to have. */
export interface Requirement {
  /** `hostname`, `region`, `zone`, or an attribute. */
  readonly name: string;
  readonly test: RequirementTest;
}

/** What a value is compared with. */
export type RequirementTest =
  | { readonly kind: "is"; readonly value: string }
  | { readonly kind: "not"; readonly value: string }
  | { readonly kind: "in"; readonly values: readonly string[] }
  /** The whole value has to match. */
  | { readonly kind: "matches"; readonly pattern: string };

/** How instances of an older version give way to those of a newer one. */
export interface UpdatePolicy {
  /** How many are replaced at one time. */
  readonly parallel: number;
  /** Whether the old instance stops before the new one starts, or after it is ready. */
  readonly order: "stop-first" | "start-first";
  /** The same for an agent that is to be left; absent: the new one starts first. */
  readonly leaving?: "stop-first" | "start-first";
  /** Milliseconds that a new instance has to be ready before the next one is replaced. */
  readonly healthyFor: number;
  /**
   * Milliseconds after its launch at which a new instance that is not ready counts as failed. Policies that were stored
   * before there was this do not have it: {@linkcode readyWithinOf}.
   */
  readonly readyWithin?: number;
  /** How many new instances may fail before something is done about it. */
  readonly maximumFailures: number;
  /** What is done then. */
  readonly onFailure: "pause" | "rollback" | "continue";
}

const usualReadyWithin = 600_000;

/** Milliseconds that a new instance has from its launch on to get ready. */
export function readyWithinOf({ readyWithin = usualReadyWithin }: UpdatePolicy): number {
  return readyWithin;
}

/** What a spec wishes that says nothing. */
export const defaultCluster: PodCluster = {
  placement: { require: [], unique: [], spread: [] },
  replicas: 1,
  update: {
    parallel: 1,
    order: "stop-first",
    healthyFor: 10_000,
    readyWithin: usualReadyWithin,
    maximumFailures: 0,
    onFailure: "pause",
  },
  unreachableWait: 300_000,
  uris: [],
};
