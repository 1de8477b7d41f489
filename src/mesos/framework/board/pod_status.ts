import type { PodInstance } from "../../../operator/pod_board.ts";
import type { PodPhase, PodReason, PodStatus } from "../../../pod/status.ts";
import type { ClusterPod } from "../cluster/cluster_pod.ts";
import { instancesOf } from "../cluster/instance_view.ts";
import { wordsOfLate } from "../cluster/late_instance.ts";

/** A pod on a cluster: its status as of any pod, and its instances. */
export interface ClusterPodStatus {
  readonly status: PodStatus;
  readonly instances: readonly PodInstance[];
}

/**
 * What is to be told of a pod.
 *
 * @param now milliseconds since 1970
 */
export function statusOf(pod: ClusterPod, now: number): ClusterPodStatus {
  const instances = instancesOf(pod, now).map((instance): PodInstance => {
    const last = pod.slot(instance.slot)?.last;
    return last === undefined ? instance : { ...instance, last };
  });
  const { phase, reason, reasonCode } = judge(pod, instances);
  return {
    status: {
      pod: pod.name,
      phase,
      reason: withTrouble(pod, reason),
      reasonCode,
      // They are on agents: each executor tells of its own.
      containers: [],
      observedAt: now,
    },
    instances,
  };
}

interface Judgement {
  readonly phase: PodPhase;
  readonly reason: string;
  readonly reasonCode: PodReason;
}

function judge(pod: ClusterPod, instances: readonly PodInstance[]): Judgement {
  const { target, isDecided } = pod;
  if (target === undefined) {
    return isDecided
      ? { phase: "stopping", reason: `${pod.tasks.size} instances are stopping`, reasonCode: "killed" }
      : { phase: "running", reason: "its spec was not found so far", reasonCode: "none" };
  }
  const present = instances.filter(({ slot }, index) => instances[index - 1]?.slot !== slot);
  const count = (state: PodInstance["state"]) => present.filter((one) => one.state === state).length;
  const ready = instances.filter((one) => one.ready && one.state === "running").length;
  const of = `${ready} of ${target.replicas} instances ready`;
  if (target.replicas > 0 && count("finished") === target.replicas) {
    return { phase: "succeeded", reason: "every instance has run to its end", reasonCode: "completed" };
  }
  const failing = instances.find(({ state }) => state === "backing-off");
  if (failing !== undefined) {
    return {
      phase: ready > 0 ? "running" : "failed",
      reason: `${of}; instance ${failing.slot}: ${failing.why ?? "it ended"}`,
      reasonCode: "container-exited",
    };
  }
  const unreachable = count("unreachable");
  if (unreachable > 0) {
    return { phase: "running", reason: `${of}, ${unreachable} out of reach`, reasonCode: "none" };
  }
  const late = wordsOfFirstLate(pod, instances);
  const waiting = count("waiting");
  if (waiting > 0) {
    const reason = `${of}, ${waiting} without a place${late}`;
    return { phase: ready > 0 ? "running" : "pending", reason, reasonCode: "none" };
  }
  return {
    phase: ready + count("finished") === target.replicas ? "running" : "starting",
    reason: `${of}${late}`,
    reasonCode: "none",
  };
}

function wordsOfFirstLate({ tasks, target, trouble }: ClusterPod, instances: readonly PodInstance[]): string {
  // An update that was ended by it says so.
  if (target === undefined || (trouble !== undefined && trouble.verdict !== "watched")) return "";
  for (const { task: id, ready, slot } of instances) {
    const task = id === undefined ? undefined : tasks.get(id);
    if (!ready && task?.isLate === true) return `; instance ${slot} ${wordsOfLate(task, target.update)}`;
  }
  return "";
}

function withTrouble({ trouble }: ClusterPod, reason: string): string {
  if (trouble === undefined || trouble.verdict === "watched") return reason;
  const what = trouble.verdict === "paused" ? "the update is paused" : "the update was taken back";
  return `${reason}; ${what}: ${trouble.why}`;
}
