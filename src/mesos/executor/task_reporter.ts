import { emptyCheckStatus } from "./check.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { CheckStatusInfo, TaskInfo, TaskStatus } from "../wire/messages_task.ts";
import { messageText } from "./message_text.ts";
import { containerStatusOf, runningReport, type TaskReport } from "./task_report.ts";

/** Takes a report on its way to the agent. */
export type SendReport = (status: TaskReport & Pick<TaskStatus, "task_id">) => void;

/**
 * The order in which a task is reported: STARTING, RUNNING, KILLING, and exactly one terminal state. What would break
 * it is not sent. Results of checks copy the last RUNNING, and end with it.
 */
export class TaskReporter {
  readonly #task: TaskInfo;
  readonly #send: SendReport;
  #checkStatus: CheckStatusInfo | undefined;
  #healthy: boolean | undefined;
  #running: TaskReport | undefined;
  #said = "";
  #stage: "new" | "starting" | "running" | "killing" | "ended" = "new";

  constructor(task: TaskInfo, send: SendReport) {
    this.#task = task;
    this.#send = send;
    this.#checkStatus = firstCheckStatus(task);
  }

  /** RUNNING was sent at some time. */
  get wasRunning(): boolean {
    return this.#running !== undefined;
  }

  get isEnded(): boolean {
    return this.#stage === "ended";
  }

  starting(message: string): void {
    if (this.#stage !== "new") return;
    this.#stage = "starting";
    this.#report({ state: "TASK_STARTING", message });
  }

  /**
   * The pod runs; said again when what it says has changed.
   *
   * @param data what an inspection by the engine says of the pod, as `docker inspect` prints it
   */
  running(status: PodStatus, data?: Uint8Array): void {
    if (this.#stage !== "starting" && this.#stage !== "running") return;
    const containerStatus = containerStatusOf(status);
    const report: TaskReport = {
      ...runningReport(status),
      ...(containerStatus === undefined ? {} : { container_status: containerStatus }),
    };
    const known = data ?? this.#running?.data;
    const full = { ...report, ...(known === undefined ? {} : { data: known }) };
    if (this.#running !== undefined && (!isTold(status) || newsOf(status, full) === this.#said)) return;
    this.#stage = "running";
    this.#said = newsOf(status, full);
    this.#running = full;
    this.#report(full);
  }

  /** A result of `TaskInfo.health_check`. */
  health(healthy: boolean, message: string): void {
    this.#healthy = healthy;
    this.#again({ reason: "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED", message });
  }

  /** A result of `TaskInfo.check`. */
  check(status: CheckStatusInfo, message: string): void {
    this.#checkStatus = status;
    this.#again({ reason: "REASON_TASK_CHECK_STATUS_UPDATED", message });
  }

  /** The task is being killed. Only for frameworks that know the state. */
  killing(message: string): void {
    if (this.#stage !== "starting" && this.#stage !== "running") return;
    this.#stage = "killing";
    this.#report({ state: "TASK_KILLING", message });
  }

  /** No more RUNNING, nor results of checks: the task is on its way to its end. */
  ending(): void {
    if (this.#stage === "starting" || this.#stage === "running") this.#stage = "killing";
  }

  terminal(report: TaskReport): void {
    if (this.#stage === "ended") return;
    this.#stage = "ended";
    this.#report(report);
  }

  #again(changed: Pick<TaskReport, "message" | "reason">): void {
    if (this.#stage !== "running" || this.#running === undefined) return;
    this.#report({ ...this.#running, ...changed });
  }

  #report(report: TaskReport): void {
    const address = this.#running?.container_status;
    this.#send({
      // An agent fills in its own address where a report has none, also at the end.
      ...(address === undefined ? {} : { container_status: address }),
      ...report,
      ...(report.message === undefined ? {} : { message: messageText(report.message) }),
      task_id: this.#task.task_id,
      ...(this.#healthy === undefined || report.healthy !== undefined ? {} : { healthy: this.#healthy }),
      ...(this.#checkStatus === undefined ? {} : { check_status: this.#checkStatus }),
    });
  }
}

/** A task with a check has its typed status in every report, empty before the first result. */
function firstCheckStatus({ check }: TaskInfo): CheckStatusInfo | undefined {
  const status = check === undefined ? undefined : emptyCheckStatus(check);
  return status?.type === "UNKNOWN" ? undefined : status;
}

/** Whether it is known why what does not run does not. A container that has just ended is looked at first. */
function isTold(status: PodStatus): boolean {
  return status.reason !== "" ||
    status.containers.every(({ state, essential }) => state === "running" || !essential);
}

/** What of a RUNNING is worth a new report; containers that run once and complete are not. */
function newsOf(
  { reason, containers }: PodStatus,
  { healthy, container_status: address }: TaskReport,
): string {
  const isWhole = containers.every(({ state }) => state === "running" || state === "exited");
  return JSON.stringify([reason, healthy, isWhole ? address : undefined]);
}
