/** The instances of a pod as people see them. */

import type { InstanceTask, PodInstance } from "../../../operator/pod_board.ts";
import { present } from "../../../pod/present.ts";
import type { ClusterPod } from "./cluster_pod.ts";
import { isReady } from "./decide_instances.ts";
import type { MemberRecord, TaskRecord } from "./records.ts";

/**
 * All instances of a pod, by slot; of one slot first those that stay.
 *
 * @param now milliseconds since 1970
 */
export function instancesOf(pod: ClusterPod, now: number): PodInstance[] {
  const views: PodInstance[] = [];
  const going: PodInstance[] = [];
  const taken = new Set<number>();
  for (const task of pod.tasks.values()) {
    const goes = task.phase === "killing" || task.phase === "given-up";
    if (!goes) taken.add(task.slot);
    (goes ? going : views).push(viewOfTask(pod, task));
  }
  const replicas = pod.target?.replicas ?? 0;
  for (let slot = 0; slot < replicas; slot++) {
    if (!taken.has(slot)) views.push(viewOfEmpty(pod, slot, now));
  }
  // The order of those of one slot is kept.
  return [...views, ...going].sort((one, other) => one.slot - other.slot);
}

function viewOfTask(pod: ClusterPod, task: TaskRecord): PodInstance {
  const { slot, version, id, agent, address, ports, readySince, message } = task;
  const why = task.why ?? message;
  return {
    slot,
    state: stateOf(task),
    ready: isReady(task, pod.target ?? { hasHealth: false }),
    version,
    task: id,
    agent: { id: agent.id, hostname: agent.hostname },
    ...(address === undefined ? {} : { address }),
    ports,
    ...(readySince === undefined ? {} : { since: readySince }),
    ...(why === undefined ? {} : { why }),
    ...(task.members === undefined ? {} : { tasks: task.members.map(viewOfMember) }),
  };
}

function viewOfMember({ id, name, state, healthy, message }: MemberRecord): InstanceTask {
  return present({
    container: name,
    task: id,
    state: state.slice("TASK_".length).toLowerCase().replaceAll("_", " "),
    healthy,
    why: message,
  });
}

/** How the instance is that a task is. */
export function stateOf({ phase, state, unreachableSince }: TaskRecord): PodInstance["state"] {
  if (phase === "killing" || state === "TASK_KILLING") return "stopping";
  if (unreachableSince !== undefined || phase === "given-up") return "unreachable";
  return state === "TASK_RUNNING" ? "running" : "launching";
}

function viewOfEmpty(pod: ClusterPod, slot: number, now: number): PodInstance {
  const version = pod.target?.version ?? "";
  const record = pod.slot(slot);
  const common = { slot, ready: false, version, ports: [] };
  const why = record?.why === undefined ? {} : { why: record.why };
  if (record !== undefined && record.version === version) {
    if (record.finished === true) return { ...common, ...why, state: "finished" };
    if (record.notBefore > now) {
      return { ...common, ...why, state: "backing-off", startsAgainAt: record.notBefore };
    }
  }
  const waiting = pod.waiting.get(slot);
  return { ...common, state: "waiting", why: waiting?.why ?? "the instance before it has to end first" };
}
