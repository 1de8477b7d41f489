import type { PodInstance } from "./pod_board.ts";
import type { ReachablePod } from "./reachable_pod.ts";

/**
 * What an operator of a cluster lets be seen beside its pods. Everything is made when it is asked for, of what is known
 * at that moment, and costs the cluster nothing before.
 */
export interface ClusterBoard {
  /** How the operator stands with its master. */
  readonly master: MasterLink;
  /** Agents that offered something, or that have tasks of ours; sorted by hostname. */
  agents(): readonly AgentEntry[];
  /** Instances of a pod that are not ready, and why; by slot. Nothing for a pod that there is not. */
  why(pod: string): readonly InstanceWhy[];
  /** Where the pods are reached that are wanted, sorted by name. */
  endpoints(): readonly ReachablePod[];
  /** What was counted since the operator began. */
  readonly counts: ClusterCounts;
}

/** A subscription, or why there is none. */
export interface MasterLink {
  readonly connected: boolean;
  /** `HOST:PORT` of the master that led last. */
  readonly address?: string;
  /** Id of the framework. */
  readonly framework?: string;
  /** Why there is no subscription. */
  readonly reason?: string;
}

/** One agent, as far as a framework gets to know it. */
export interface AgentEntry {
  readonly id: string;
  readonly hostname: string;
  readonly region?: string;
  readonly zone?: string;
  readonly attributes: readonly { readonly name: string; readonly values: readonly string[] }[];
  /**
   * - `leaving`: it will be maintained, or is being drained: nothing new is placed there. `unreachable`: the master has
   *   lost it, and what runs there with it.
   * - `known`: nothing is known against it.
   */
  readonly state: "known" | "leaving" | "unreachable";
  /** What it offered last; absent: it did not offer anything since the operator began. */
  readonly offered?: OfferedResources;
  /** Tasks of ours that are not over, by pod and slot. */
  readonly tasks: readonly AgentTask[];
}

/** What an agent offered last, less what was taken of that. Others may have taken it since. */
export interface OfferedResources {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Each role that it was offered to. */
  readonly roles: readonly string[];
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
  /** MiB. */
  readonly disk: number;
  readonly gpus: number;
  /** How many. */
  readonly ports: number;
}

/** A task of ours on an agent. */
export interface AgentTask {
  readonly pod: string;
  readonly slot: number;
  readonly task: string;
  readonly state: PodInstance["state"];
}

/** An instance that is not ready, and why. */
export interface InstanceWhy extends PodInstance {
  /** Of one that waits for a place: since when, in milliseconds since 1970. */
  readonly waitsSince?: number;
  /** Of one that waits for a place: what the agents lack by their last offers. */
  readonly shortage?: PlaceShortage;
}

/** What agents lack for an instance. */
export interface PlaceShortage {
  /** How many agents have offered something. */
  readonly agents: number;
  /** How many of them lack nothing: one is taken when it offers that again. */
  readonly fitting: number;
  /** What is lacking and on how many agents, the most frequent first; not more than ten. */
  readonly lacks: readonly { readonly text: string; readonly agents: number }[];
  /** The agents that come nearest, and all that each lacks; not more than five. */
  readonly nearest: readonly {
    readonly agent: { readonly id: string; readonly hostname: string };
    /** Milliseconds since 1970: when it offered that. */
    readonly at: number;
    readonly lacks: readonly string[];
  }[];
}

/** What a framework has counted. */
export interface ClusterCounts {
  /** Offers by what became of them. */
  readonly offers: { readonly received: number; readonly accepted: number; readonly declined: number };
  readonly launches: number;
  /** Status updates by their states, `TASK_RUNNING` for one; answers to questions are not among them. */
  readonly updates: ReadonlyMap<string, number>;
  /** Answers of the master that were asked for (reconciliation). */
  readonly answers: number;
  /** Calls that the master refused. */
  readonly refused: number;
}
