import type { LogLine } from "../docker/engine.ts";
import type { Problem } from "../pod/errors.ts";
import type { PodStatus } from "../pod/status.ts";
import type { ClusterBoard } from "./cluster_board.ts";

/**
 * What an operator lets be seen of its pods: all that a status server, or anybody else who only looks, needs to know.
 * Reading costs no call of the engine, but for logs.
 */
export interface PodBoard {
  /** Every pod that is wanted, or on its way out; sorted by name. */
  pods(): readonly PodEntry[];
  /** What is wrong with specs at this moment; sorted by key. */
  problems(): readonly SpecProblem[];
  /**
   * What happened, the newest last: the last {@linkcode rememberedEvents} of it.
   *
   * @param since only events with a greater number
   */
  events(since?: number): readonly PodEvent[];
  /** Calls back after every change of what can be read here, until what it gives back is called. Must not throw. */
  onChange(listener: () => void): () => void;
  /**
   * `clock.elapsed()` of the last time that the loop made progress: it does so every few seconds at the least, also
   * when there is nothing to do.
   */
  readonly lastProgress: number;
  /** The directories were read once and believed, and every pod of them was looked at. */
  readonly ready: boolean;
  /** Why it waits while it is not ready, where that is known: an engine does not answer. */
  readonly waitsFor?: string | undefined;
  /** What it waits for; absent: the master of its cluster, and on one host the engine. */
  readonly awaits?: Awaited | undefined;
  /** What there is to see of the cluster that the pods are on; absent where they are on this host. */
  readonly cluster?: ClusterBoard | undefined;
  /**
   * What a pod's containers wrote, the lines of several merged in the order of their times. Ends at once when nothing
   * is written any more, or, with `follow`, when `signal` is aborted or the pod is gone. Nothing for an unknown pod.
   *
   * @param options.container name in the spec; absent: all
   * @param options.tail number of last lines of each container; absent: all
   */
  logs(
    pod: string,
    options: PodLogOptions,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly container: string; readonly line: LogLine }>;
  /**
   * What the executor of an instance wrote down about its pod. Absent: the pods are on this host.
   *
   * @throws {MesoletError} its agent cannot be asked
   */
  readonly readInstance?: ReadInstance | undefined;
}

/** Which lines of a pod's log are wanted. */
export interface PodLogOptions {
  readonly container?: string;
  readonly follow: boolean;
  readonly tail?: number;
  /** Of a pod on a cluster: only this slot. */
  readonly instance?: number;
  /** Of a pod on a cluster: of the instance that ended last, not of that which runs. */
  readonly previous?: boolean;
}

/** @returns undefined where there is no such instance, or nothing of it */
export type ReadInstance = (
  pod: string,
  options: { readonly instance: number; readonly previous?: boolean },
  signal: AbortSignal,
) => Promise<InstanceDetail | undefined>;

/** An instance from near. */
export interface InstanceDetail {
  /** Id of its task. */
  readonly task: string;
  readonly agent: { readonly id: string; readonly hostname: string };
  /** Of the framework. */
  readonly framework: string;
  /** Where its agent is asked: `10.0.0.1:5051`. */
  readonly agentAddress: string;
  /** The content of `pod.json`; absent: not written yet, or gone. */
  readonly pod?: unknown;
}

/** What an operator may wait for: `lead` is that of a framework which another instance leads. */
export type Awaited = "engine" | "master" | "lead";

/** What a board waits for. */
export function awaitedOf({ awaits, cluster }: Pick<PodBoard, "awaits" | "cluster">): Awaited {
  return awaits ?? (cluster === undefined ? "engine" : "master");
}

/** One pod of an operator. */
export interface PodEntry {
  readonly name: string;
  /** Absolute path of its spec: a file, or the directory of a Compose project. */
  readonly file: string;
  readonly status: PodStatus;
  /** Milliseconds since 1970: since when the pod is in its phase, as far as this operator has seen. */
  readonly since: number;
  /** Its spec is wrong at the moment; the pod goes on as the last good version says. */
  readonly problem?: SpecProblem;
  /** Of a pod on a cluster: its instances, by slot; of one slot first the one that stays. */
  readonly instances?: readonly PodInstance[];
}

/** One instance of a pod on a cluster, or what is left of one. */
export interface PodInstance {
  /** From 0 on. */
  readonly slot: number;
  /**
   * - `waiting`: for a place. `backing-off`: before it is tried again. `finished`: it has run to its end.
   * - `launching`: it has a place and does not run yet. `running`. `unreachable`: with its agent. `stopping`.
   */
  readonly state:
    | "waiting"
    | "backing-off"
    | "finished"
    | "launching"
    | "running"
    | "unreachable"
    | "stopping";
  readonly ready: boolean;
  /** Of the spec. */
  readonly version: string;
  /** Id of its task. */
  readonly task?: string;
  readonly agent?: { readonly id: string; readonly hostname: string };
  readonly address?: string;
  /** Of the agent's host. */
  readonly ports: readonly number[];
  /** Milliseconds since 1970: since when it is ready. */
  readonly since?: number;
  /** Milliseconds since 1970: when it is tried again. */
  readonly startsAgainAt?: number;
  /** Why it is as it is, in words. */
  readonly why?: string;
  /** The tasks that it is, one for each container, where the containerizer of Mesos runs it; `task` is its executor then. */
  readonly tasks?: readonly InstanceTask[];
  /** The task before it that ended by itself: its output is there for a while. */
  readonly last?: {
    readonly task: string;
    readonly agent: { readonly id: string; readonly hostname: string };
  };
}

/** A container that is a task of Mesos. */
export interface InstanceTask {
  /** `web-1` */
  readonly container: string;
  readonly task: string;
  /** As Mesos calls it, without `TASK_`: `running`. */
  readonly state: string;
  /** By its check, where that has said anything. */
  readonly healthy?: boolean;
  readonly why?: string;
}

/** A spec that cannot be believed. */
export interface SpecProblem {
  /** Absolute path of the spec. */
  readonly key: string;
  /** The pod that it is about, where that is known. */
  readonly pod?: string;
  readonly problem: Problem;
  /** A good version from before goes on running. */
  readonly keptVersion: boolean;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Something that happened. */
export interface PodEvent {
  /** Grows by one with every event of this operator, from 1 on. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly pod?: string;
  readonly kind: "pod" | "container" | "spec" | "operator";
  /** What changed and why, in one line: `web: container api replaced: image changed a → b`. */
  readonly text: string;
}

/** How many events a board keeps. */
export const rememberedEvents = 1_000;
