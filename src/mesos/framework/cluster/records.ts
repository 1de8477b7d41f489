/** What a framework has to know again after it was killed: all of it is plain data, for a store to keep as JSON. */

import type { TaskState } from "../../wire/messages.ts";
import type { AgentFacts } from "../placement/agent_facts.ts";
import type { PodOrigin } from "../wish/pod_origin.ts";
import type { PodWish } from "../wish/pod_wish.ts";

/** An instance of a pod that is not over: one task, or a group of tasks. */
export interface TaskRecord {
  /** Of the task; of a group that of the executor, which those of its tasks begin with. */
  readonly id: string;
  /** The tasks of a group, as far as they are known; absent: it is one task. */
  readonly members?: readonly MemberRecord[];
  readonly pod: string;
  /** Which instance of the pod it is, from 0 on. */
  readonly slot: number;
  readonly version: string;
  readonly role: string;
  readonly executorId: string;
  readonly agent: AgentRecord;
  /** Of the host, in the order of the pod's ports. */
  readonly ports: readonly number[];
  /** Its version has a health check, whatever the one that is wanted now has; absent where that was not noted. */
  readonly hasHealth?: boolean;
  readonly phase: TaskPhase;
  /** It was launched beside one that it is to replace: when it is ready, the other one goes, whatever was forgotten. */
  readonly isSuccessor?: boolean;
  /** Milliseconds since 1970: when the intent to launch it was written. */
  readonly intendedAt: number;
  /** The last that was told of it. */
  readonly state: TaskState;
  readonly healthy?: boolean;
  readonly message?: string;
  readonly address?: string;
  /** Milliseconds since 1970: since when it is ready without a break. */
  readonly readySince?: number;
  /** Milliseconds since 1970: when it ceased to be ready, after it had done well. */
  readonly fellAt?: number;
  /** It was not ready in time: that was told, and has counted where it was of an update. */
  readonly isLate?: boolean;
  readonly unreachableSince?: number;
  /** Why it is to end; with the phases `killing` and `given-up`. */
  readonly why?: string;
}

/** One task of a group. It is kept when it is over, until the last one is. */
export interface MemberRecord {
  readonly id: string;
  /** A container and its number: `web-1`. */
  readonly name: string;
  readonly hasHealth: boolean;
  /** The last that was told of it. */
  readonly state: TaskState;
  readonly healthy?: boolean;
  readonly message?: string;
}

/**
 * - `intended`: written down before the master is told. `launched`: somebody has told of it since.
 * - `killing`: it is to end. `given-up`: its agent is out of reach for too long, another one takes its place, and it is
 *   killed should it come back.
 */
export type TaskPhase = "intended" | "launched" | "killing" | "given-up";

/** {@linkcode AgentFacts} as JSON. */
export interface AgentRecord {
  readonly id: string;
  readonly hostname: string;
  readonly region?: string;
  readonly zone?: string;
  readonly attributes: readonly (readonly [string, readonly string[]])[];
}

/** What is remembered of a pod beside its tasks. */
export interface PodRecord {
  readonly name: string;
  /** Where its spec is, or was. */
  readonly origin?: PodOrigin;
  /** The last version that ran well in all of its instances: where a rollback goes. */
  readonly settled?: PodWish;
  /** Of the version that is wanted now, when it is not doing well. */
  readonly trouble?: RolloutTrouble;
  readonly slots: readonly SlotRecord[];
}

/** An update that failed. */
export interface RolloutTrouble {
  readonly version: string;
  readonly failures: number;
  readonly verdict: "watched" | "paused" | "rolled-back";
  /** Why the last instance failed, for people. */
  readonly why: string;
}

/** What is remembered of one instance of a pod, whichever task is it at the moment. */
export interface SlotRecord {
  readonly slot: number;
  /** Of the task that ended last: another version is another try. */
  readonly version: string;
  /** Failures of that version in a row. */
  readonly failures: number;
  /** Milliseconds since 1970: no new task of that version before. */
  readonly notBefore: number;
  /** It has run to its end: it is not run again. */
  readonly finished?: boolean;
  /** Why its last task ended, for people. */
  readonly why?: string;
  /** That task, and where it was: its sandbox is there for a while. */
  readonly last?: {
    readonly task: string;
    readonly agent: { readonly id: string; readonly hostname: string };
  };
}

/** For a store. */
export function agentRecord({ attributes, ...facts }: AgentFacts): AgentRecord {
  return { ...facts, attributes: [...attributes] };
}

const knownFacts = new WeakMap<AgentRecord, AgentFacts>();

/** From a store. Made once for each record: all instances of a pod are looked at for the place of another one. */
export function agentFacts(record: AgentRecord): AgentFacts {
  let known = knownFacts.get(record);
  if (known === undefined) {
    const { attributes, ...facts } = record;
    knownFacts.set(record, known = { ...facts, attributes: new Map(attributes) });
  }
  return known;
}

/** A change of what is stored. */
export type StoreChange =
  | { readonly kind: "put-task"; readonly task: TaskRecord }
  | { readonly kind: "remove-task"; readonly id: string }
  | { readonly kind: "put-pod"; readonly pod: PodRecord }
  | { readonly kind: "remove-pod"; readonly name: string }
  /** Whatever was missing is known again. */
  | { readonly kind: "whole" };

/** All that is stored. */
export interface Stored {
  /**
   * Nothing of what was ever written is missing. Otherwise the master has to tell what runs before anything is launched.
   */
  readonly isWhole: boolean;
  readonly tasks: readonly TaskRecord[];
  readonly pods: readonly PodRecord[];
}
