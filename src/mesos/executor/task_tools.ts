import type { Clock } from "../../pod/clock.ts";
import type { Pod } from "../../pod/model.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { Engine } from "../../docker/engine.ts";
import type { CoveredImages } from "../../plan/covered_images.ts";
import type { Host } from "../../plan/host.ts";
import type { StatusMoment } from "../../pod/status_hook.ts";
import type { PodPinner } from "../../supervisor/pod_pinner.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { CheckStatusInfo, TaskInfo } from "../wire/messages_task.ts";
import type { Ending } from "./task_report.ts";
import type { SendReport } from "./task_reporter.ts";

/** The engine of this host, once it answers. */
export interface ReachedEngine {
  readonly engine: Engine;
  readonly host: Host;
}

/** The pod of a task, once there is one. */
export interface KnownPod {
  readonly status: PodStatus;
  readonly taskPod: TaskPod;
  readonly reached: ReachedEngine;
}

/** What is written down of a task in its sandbox. None of it may throw: it must not end a pod. */
export interface TaskOutputs {
  /** A container runs: what it writes is wanted. */
  follow(containers: readonly { readonly id: string; readonly name: string }[]): void;
  /** Writes `pod.json`; with the reason of the executor's own, where it ends the task. */
  record(status: PodStatus, ending: Ending["kind"] | undefined): void;
  /**
   * Waits for the last lines and files.
   *
   * @param longest milliseconds that it may take
   */
  finish(longest: number): Promise<void>;
}

/** Checks of the framework on a running task. */
export interface TaskChecks {
  stop(): Promise<void>;
}

/** What checks report to. */
export interface CheckListener {
  health(healthy: boolean, message: string): void;
  /** The health check failed as often as it may. */
  unhealthy(message: string): void;
  check(status: CheckStatusInfo, message: string): void;
}

/** What running a task needs of the world. */
export interface TaskTools {
  readonly clock: Clock;
  readonly version: string;
  /** The framework knows TASK_KILLING. */
  readonly knowsKilling: boolean;
  readonly send: SendReport;
  /** A line for people, in the executor's stderr. */
  log(text: string): void;
  /** @throws {MesoletError} with a message fit for the framework */
  resolve(task: TaskInfo): Promise<TaskPod>;
  /** @throws {MesoletError} when no engine answers within its bound, or with the signal's reason */
  engine(signal: AbortSignal): Promise<ReachedEngine>;
  /** Puts digests in place of the tags of a pod. Absent: none has to be put. */
  pinnerFor?(taskPod: TaskPod, engine: Engine): PodPinner;
  openOutputs(task: TaskInfo, taskPod: TaskPod, engine: Engine): TaskOutputs;
  startChecks(
    running: {
      readonly task: TaskInfo;
      readonly taskPod: TaskPod;
      /** The status of the pod at the time of the call: containers are started again, and have other ids then. */
      readonly status: () => PodStatus;
      readonly engine: Engine;
    },
    listener: CheckListener,
  ): TaskChecks;
  /** Tells plugins of this host that the pod is about to be stopped; bounded. */
  tellOfEnd(
    about: { readonly task: TaskInfo; readonly taskPod: TaskPod; readonly reason: string },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Runs the hooks of a moment, bounded.
   *
   * @returns what went wrong with one that has to succeed
   */
  runHooks(
    moment: StatusMoment,
    about: {
      readonly task: TaskInfo;
      readonly taskPod: TaskPod;
      readonly reason: string;
      readonly exitCode?: number;
    },
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** What archives in the sandbox have of the pod's images. */
  readonly archives?: (pod: Pod) => Promise<CoveredImages>;
  /** How many processes the pod's total has had killed; undefined where it has none. */
  podOomKills(pod: Pod, host: Host): (() => Promise<number>) | undefined;
}
