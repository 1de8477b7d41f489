/**
 * What a framework is told of a task: the status of its pod in the words of Mesos. Everything here is made from data
 * alone; `task_run.ts` decides when it is said.
 */

import { nameOf } from "../../pod/pins.ts";
import { present } from "../../pod/present.ts";
import type { ContainerStatus, PodReason, PodStatus } from "../../pod/status.ts";
import { stoppedByHand } from "../../supervisor/decide_end.ts";
import { messageText, oneLineOf } from "./message_text.ts";
import type { NetworkInfo } from "../wire/messages_container.ts";
import type { ContainerStatus as MesosContainerStatus } from "../wire/messages_container.ts";
import type { TaskState, TaskStatus, TaskStatusReason } from "../wire/messages_task.ts";

/** A report before the session signs it. */
export type TaskReport = Omit<TaskStatus, "uuid" | "timestamp" | "source" | "executor_id" | "task_id">;

/** Why we ourselves end a task. */
export type Ending =
  /** The framework, or the agent with SHUTDOWN. */
  | { readonly kind: "killed"; readonly why: string }
  /** `TaskInfo.health_check` failed too often. */
  | { readonly kind: "unhealthy"; readonly why: string }
  | { readonly kind: "max-completion-time"; readonly why: string }
  /** It was not running within the time that the task names, or a hook that has to succeed did not. */
  | { readonly kind: "launch-given-up"; readonly why: string };

/** The task runs. */
export function runningReport(status: PodStatus): TaskReport {
  const running = status.containers.filter(({ state }) => state === "running");
  const ended = status.containers.filter(({ state, exitCode }) => state === "exited" && exitCode === 0);
  const count = (number: number, what: string) => `${number} container${number === 1 ? "" : "s"} ${what}`;
  const all = [
    `${count(running.length, running.length === 1 ? "runs" : "run")}`,
    ...(ended.length === 0 ? [] : [`${ended.length} completed`]),
  ].join(", ");
  return {
    state: "TASK_RUNNING",
    message: messageText(status.reason === "" ? all : `${status.reason} (${all})`),
    ...present({ healthy: healthOf(status) }),
    labels: factsAsLabels(status),
  };
}

/**
 * The end of a task: of a pod that has ended by itself, or that we ended. Max completion time is FAILED, a kill is
 * KILLED (an unhealthy task with `healthy` false), exit code 0 FINISHED, all else FAILED, as Mesos' own executors
 * have it.
 *
 * @param facts.wasRunning whether RUNNING was reported before
 * @param facts.memoryBytes the pod's total, if it has one
 * @param facts.isService the task is not meant to end: an end with 0 is FAILED as well
 * @param facts.leftBehind what could not be stopped, in a sentence: an engine that is gone for good ends nothing
 */
export function terminalReport(
  status: PodStatus,
  ending: Ending | undefined,
  facts: {
    readonly wasRunning: boolean;
    readonly memoryBytes?: number;
    readonly isService?: boolean;
    readonly leftBehind?: string;
  },
): TaskReport & { readonly state: TaskState } {
  const { wasRunning } = facts;
  const left = facts.leftBehind === undefined ? "" : `; ${facts.leftBehind}`;
  const labels = factsAsLabels(status);
  switch (ending?.kind) {
    case "max-completion-time":
      return {
        state: "TASK_FAILED",
        reason: "REASON_MAX_COMPLETION_TIME_REACHED",
        message: messageText(ending.why + left),
        labels,
      };
    case "killed":
      return {
        state: "TASK_KILLED",
        ...(wasRunning ? {} : { reason: "REASON_TASK_KILLED_DURING_LAUNCH" }),
        message: messageText((wasRunning ? ending.why : `${ending.why} during the launch`) + left),
        labels,
      };
    case "unhealthy":
      return { state: "TASK_KILLED", healthy: false, message: messageText(ending.why + left), labels };
    case "launch-given-up":
      return {
        state: "TASK_FAILED",
        reason: "REASON_CONTAINER_LAUNCH_FAILED",
        message: messageText(withLastLog(ending.why + left, status)),
        labels,
      };
    case undefined:
      return asService(endedByItself(status, labels, facts.memoryBytes), facts.isService ?? false);
  }
}

/** A framework that keeps a service may launch one that has ended again, and is to know that nobody wanted its end. */
function asService(report: TaskReport, isService: boolean): TaskReport {
  if (!isService || report.state !== "TASK_FINISHED") return report;
  return {
    ...report,
    state: "TASK_FAILED",
    message: messageText(`${report.message ?? "ended"}; the task is a service, which is not to end`),
  };
}

function endedByItself(
  status: PodStatus,
  labels: NonNullable<TaskStatus["labels"]>,
  memoryBytes: number | undefined,
): TaskReport {
  // A framework must not take for done what somebody has stopped at the engine.
  const isStopped = status.reasonCode === "completed" && status.reason === stoppedByHand;
  const failed = isStopped ||
    (status.exitCode === undefined ? status.phase === "failed" : status.exitCode !== 0);
  const message = messageText(failed ? withLastLog(withContainers(status), status) : status.reason);
  if (!failed) return { state: "TASK_FINISHED", message, labels };
  const reason = reasonFor(status.reasonCode);
  return {
    state: "TASK_FAILED",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(status.reasonCode === "container-unhealthy" ? { healthy: false } : {}),
    ...(status.reasonCode === "pod-out-of-memory" && memoryBytes !== undefined
      ? { limitation: memoryLimitation(memoryBytes) }
      : {}),
    labels,
  };
}

/** A task whose pod was never made: its spec is wrong, or there is no engine. */
export function refusedReport(reason: "spec-invalid" | "engine-unavailable", message: string): TaskReport {
  return {
    state: "TASK_FAILED",
    reason: reason === "spec-invalid" ? "REASON_TASK_INVALID" : "REASON_CONTAINER_LAUNCH_FAILED",
    message: messageText(message),
  };
}

/** The code of Mesos that fits; undefined where it has none, such as for a plain exit code. */
export function reasonFor(code: PodReason): TaskStatusReason | undefined {
  switch (code) {
    case "image-pull-failed":
    case "create-failed":
    case "start-failed":
    case "dependency-failed":
    case "hook-failed":
    case "engine-unavailable":
    case "timed-out":
      return "REASON_CONTAINER_LAUNCH_FAILED";
    case "container-out-of-memory":
    case "pod-out-of-memory":
      return "REASON_CONTAINER_LIMITATION_MEMORY";
    case "spec-invalid":
      return "REASON_TASK_INVALID";
    case "container-exited":
    case "container-unhealthy":
    case "killed":
    case "completed":
    case "none":
      return undefined;
  }
}

/** Which resource was used up, in Mesos' unit of memory, which is MiB. */
function memoryLimitation(bytes: number): NonNullable<TaskStatus["limitation"]> {
  return { resources: [{ name: "mem", type: "SCALAR", scalar: { value: bytes / 1024 ** 2 } }] };
}

/**
 * Whether the pod is healthy by its containers' own health checks: undefined where no essential container that runs
 * has one, or one has not been decided yet.
 */
export function healthOf(status: PodStatus): boolean | undefined {
  const deciding = status.containers.filter(({ essential }) => essential);
  const checked = (deciding.length > 0 ? deciding : status.containers).flatMap(({ health }) => health ?? []);
  if (checked.includes("unhealthy")) return false;
  if (checked.length === 0 || checked.includes("starting")) return undefined;
  return true;
}

/**
 * The addresses and published ports of the pod. Undefined where the pod has no address of its own (on the host's
 * network): the agent fills in the host's then, and only then is that right.
 */
export function containerStatusOf(status: PodStatus): MesosContainerStatus | undefined {
  const addresses = status.address === undefined ? memberAddresses(status) : [status.address];
  if (addresses.length === 0) return undefined;
  const mappings = new Map<string, NonNullable<NetworkInfo["port_mappings"]>[number]>();
  for (const { published, target, protocol } of status.containers.flatMap(({ ports }) => ports)) {
    mappings.set(`${published}/${protocol}`, { host_port: published, container_port: target, protocol });
  }
  const [first, ...others] = addresses;
  if (first === undefined) return undefined;
  return {
    network_infos: [
      {
        ip_addresses: [addressOf(first)],
        ...(mappings.size === 0 ? {} : { port_mappings: [...mappings.values()] }),
      },
      ...others.map((address) => ({ ip_addresses: [addressOf(address)] })),
    ],
  };
}

function addressOf(address: string): { readonly protocol: "IPv4" | "IPv6"; readonly ip_address: string } {
  return { protocol: address.includes(":") ? "IPv6" : "IPv4", ip_address: address };
}

/** In `services` mode every container has its own: those of the essential ones come first. */
function memberAddresses(status: PodStatus): readonly string[] {
  const ordered = [...status.containers].sort((one, other) =>
    Number(other.essential) - Number(one.essential)
  );
  return [...new Set(ordered.flatMap(({ addresses }) => addresses))];
}

/** Facts that programs read, which would else have to be picked out of the message. */
function factsAsLabels(status: PodStatus): NonNullable<TaskStatus["labels"]> {
  const culprit = culpritOf(status);
  const facts: Record<string, string | undefined> = {
    "mesolet.pod": status.pod,
    "mesolet.reason": status.reasonCode,
    "mesolet.container": culprit?.name,
    "mesolet.exit-code": culprit?.exitCode?.toString(),
    "mesolet.out-of-memory": culprit?.outOfMemory === true ? "true" : undefined,
    "mesolet.restarts": restartsOf(status),
  };
  return {
    labels: Object.entries(facts).flatMap(([key, value]) => value === undefined ? [] : [{ key, value }]),
  };
}

function restartsOf(status: PodStatus): string | undefined {
  const total = status.containers.reduce((sum, { restarts }) => sum + restarts, 0);
  return total === 0 ? undefined : String(total);
}

/** The container that a failure is about: the first that the reason names, of those that failed. */
function culpritOf(status: PodStatus): ContainerStatus | undefined {
  const failed = status.containers.filter(({ exitCode, health, outOfMemory }) =>
    outOfMemory || health === "unhealthy" || (exitCode !== undefined && exitCode !== 0)
  );
  const isNamed = ({ name, number, containerName }: ContainerStatus) => {
    const [first] = status.reason.split(" ", 1);
    return first === name || first === `${name}-${number}` || first === containerName;
  };
  return failed.find(isNamed) ??
    (status.phase === "running" ? undefined : failed.find(({ essential }) => essential));
}

/** A pull that failed names an image: whose it is, people know better. */
function withContainers({ reason, reasonCode, containers }: PodStatus): string {
  if (reasonCode !== "image-pull-failed") return reason;
  // Where it ran by digest, or the digest is what could not be had.
  const isNamed = (image: string) =>
    [` ${image}:`, ` ${nameOf(image)}@`, ` ${image} at `].some((text) => reason.includes(text));
  const names = containers.flatMap(({ name, image }) => isNamed(image) ? [name] : []);
  return names.length === 0 ? reason : `${reason} (the image of ${[...new Set(names)].join(", ")})`;
}

/** What the container that failed wrote last stands below the reason. */
function withLastLog(reason: string, status: PodStatus): string {
  const lines = culpritOf(status)?.lastLog ??
    status.containers.find(({ lastLog }) => lastLog !== undefined && lastLog.length > 0)?.lastLog ?? [];
  return lines.length === 0
    ? reason
    : [`${reason}; its last lines:`, ...lines.map((line) => `  | ${oneLineOf(line)}`)].join("\n");
}

/** The moment of hooks that a terminal state is. */
export function momentOf(state: TaskState): "finished" | "killed" | "failed" {
  return state === "TASK_FINISHED" ? "finished" : state === "TASK_KILLED" ? "killed" : "failed";
}

/** Whether no container of the pod runs any more, nor will be started again by itself. */
export function nothingRuns(status: PodStatus): boolean {
  return status.containers.every(({ state }) =>
    state === "exited" || state === "absent" || state === "created" || state === "dead" ||
    state === "removing"
  );
}

/** The status of a pod of which nothing was made. */
export function notMade(pod: string): PodStatus {
  return { pod, phase: "pending", reason: "", reasonCode: "none", containers: [], observedAt: 0 };
}
