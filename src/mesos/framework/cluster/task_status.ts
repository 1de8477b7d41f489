/** What a report of the master changes about a task. */

import { defaultCluster } from "../../../pod/cluster.ts";
import { present } from "../../../pod/present.ts";
import type { TaskState, TaskStatus } from "../../wire/messages.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import { isReady } from "./decide_instances.ts";
import type { TaskRecord } from "./records.ts";

/**
 * A task with what was told of it last; the same object where that is nothing new.
 *
 * @param now milliseconds since 1970
 */
export function withStatus(
  task: TaskRecord,
  status: TaskStatus,
  wish: Pick<PodWish, "hasHealth"> & Partial<Pick<PodWish, "update">>,
  now: number,
): TaskRecord {
  const { healthy, message, unreachableSince, readySince, fellAt, isLate, ...rest } = task;
  // The master's own answers say less than the executor's reports.
  const isAnswer = status.reason === "REASON_RECONCILIATION";
  const told: TaskRecord = {
    ...rest,
    state: status.state,
    phase: task.phase === "intended" ? "launched" : task.phase,
    ...present({
      healthy: status.healthy ?? (isAnswer ? healthy : undefined),
      message: isAnswer ? message : status.message,
      address: addressOf(status) ?? task.address,
      unreachableSince: unreachable(status, unreachableSince, now),
    }),
  };
  const { healthyFor } = wish.update ?? defaultCluster.update;
  const didWell = readySince !== undefined && now - readySince >= healthyFor;
  const next: TaskRecord = isReady(told, wish)
    ? { ...told, ...present({ readySince: readySince ?? now, fellAt, isLate }) }
    : { ...told, ...(didWell ? { fellAt: now } : present({ fellAt, isLate })) };
  return isSame(task, next) ? task : next;
}

/** Whether a task runs on an agent that the master does not reach, or does not know: nobody can tell whether it does. */
export function isOutOfReach(state: TaskState): boolean {
  return state === "TASK_UNREACHABLE" || state === "TASK_UNKNOWN";
}

/** How a task ended, in words: `ended (failed): container web exited with 3`. */
export function wordsOfEnd(status: TaskStatus): string {
  const word = status.state.slice("TASK_".length).toLowerCase().replaceAll("_", " ");
  const why = whyEnded(status);
  return why === undefined ? `ended: ${word}` : `ended (${word}): ${why}`;
}

/** Why a task ended, as its status says; with what to look at where Mesos says too little. */
export function whyEnded({ message }: TaskStatus): string | undefined {
  if (message === undefined || message === "") return undefined;
  // Mesos names neither the URI nor what was wrong with it, which is in the log of the agent (slave/containerizer).
  return message.includes("Failed to fetch all URIs")
    ? `${message}; its agent has to reach what --serve or --executor-uri names, and x-pod.uris`
    : message;
}

function addressOf({ container_status }: TaskStatus): string | undefined {
  return container_status?.network_infos?.[0]?.ip_addresses?.[0]?.ip_address;
}

function unreachable(
  { state, unreachable_time }: TaskStatus,
  before: number | undefined,
  now: number,
): number | undefined {
  if (!isOutOfReach(state)) return undefined;
  return before ?? (unreachable_time === undefined ? now : Number(unreachable_time.nanoseconds) / 1e6);
}

function isSame(one: TaskRecord, other: TaskRecord): boolean {
  return one.state === other.state && one.phase === other.phase && one.healthy === other.healthy &&
    one.message === other.message && one.address === other.address && one.readySince === other.readySince &&
    one.unreachableSince === other.unreachableSince && one.fellAt === other.fellAt &&
    one.isLate === other.isLate;
}
