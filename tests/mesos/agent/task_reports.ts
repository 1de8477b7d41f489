import type { TaskState, TaskStatus, TaskStatusReason } from "../../../src/mesos/wire/messages.ts";
import type { AgentCoreSettings } from "./agent_settings.ts";
import type { ExecutorRun } from "./executor_run.ts";
import { UpdateStreams } from "./update_streams.ts";

/** What reports need to know of the agent. */
export interface ReportSite {
  runOf(taskId: string): ExecutorRun | undefined;
  /** Whether the framework is being torn down: then nobody wants to know. */
  readonly terminating: boolean;
}

/** The reports on tasks: from executors, and those that the agent or the master make themselves. */
export class TaskReports {
  readonly streams: UpdateStreams;
  readonly #settings: Omit<AgentCoreSettings, "act">;
  readonly #site: ReportSite;
  readonly #tell: (status: TaskStatus) => void;

  /** @param tell shows a report to the scheduler */
  constructor(
    settings: Omit<AgentCoreSettings, "act">,
    site: ReportSite,
    tell: (status: TaskStatus) => void,
  ) {
    this.streams = new UpdateStreams(tell, settings.now);
    this.#settings = settings;
    this.#site = site;
    this.#tell = tell;
  }

  /** @returns whether the executor is to be told that the agent has the update */
  handle(given: TaskStatus, source: "SOURCE_EXECUTOR" | "SOURCE_AGENT"): boolean {
    const agentId = this.#settings.agentId;
    if (given.agent_id !== undefined && given.agent_id.value !== agentId) return false;
    if (this.#site.terminating) return false;
    const timestamp = given.timestamp ?? this.#settings.now() / 1_000;
    const status: TaskStatus = { ...given, source, timestamp, agent_id: { value: agentId } };
    const run = this.#site.runOf(status.task_id.value);
    if (run === undefined) {
      this.streams.update(status);
      return false;
    }
    const bare = run.queued.has(status.task_id.value) || source === "SOURCE_AGENT" || !run.contained;
    if (run.apply(status)) this.streams.update(bare ? status : this.#withContainer(status, run));
    return true;
  }

  #withContainer(status: TaskStatus, run: ExecutorRun): TaskStatus {
    const own = status.container_status;
    const networks = own?.network_infos ?? [];
    return {
      ...status,
      container_status: {
        ...own,
        container_id: { value: run.containerId },
        ...(run.pid === undefined ? {} : { executor_pid: run.pid }),
        network_infos: networks.length > 0
          ? networks
          : [{ ip_addresses: [{ ip_address: this.#settings.ip }] }],
      },
    };
  }

  agentUpdate(
    taskId: string,
    state: TaskState,
    message: string,
    reason: TaskStatusReason,
    executorId: string | undefined,
    more: Partial<TaskStatus> = {},
  ): void {
    this.handle({
      task_id: { value: taskId },
      state,
      message,
      reason,
      ...(executorId === undefined ? {} : { executor_id: { value: executorId } }),
      timestamp: this.#settings.now() / 1_000,
      uuid: this.#settings.randomUuid(),
      ...more,
    }, "SOURCE_AGENT");
  }

  masterUpdate(
    taskId: string,
    state: TaskState,
    message: string,
    reason: TaskStatusReason,
    executorId?: string,
  ) {
    const status: TaskStatus = {
      task_id: { value: taskId },
      state,
      message,
      source: "SOURCE_MASTER",
      reason,
      agent_id: { value: this.#settings.agentId },
      ...(executorId === undefined ? {} : { executor_id: { value: executorId } }),
      timestamp: this.#settings.now() / 1_000,
    };
    this.#tell(status);
  }

  reconcile(taskId: string): void {
    const state = this.orLost("TASK_GONE");
    const message = "Reconciliation: Task is unknown to the agent";
    this.masterUpdate(taskId, state, message, "REASON_RECONCILIATION");
  }

  /** Frameworks without PARTITION_AWARE know only LOST. */
  orLost(state: TaskState): TaskState {
    const capabilities = this.#settings.framework.capabilities ?? [];
    return capabilities.some((one) => one.type === "PARTITION_AWARE") ? state : "TASK_LOST";
  }
}
