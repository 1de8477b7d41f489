import type {
  ExecutorCallSubscribe,
  ExecutorEvent,
  ExecutorInfo,
  KillPolicy,
  TaskInfo,
  TaskStatus,
} from "../../../src/mesos/wire/messages.ts";
import { AgentPhase } from "./agent_phase.ts";
import type { AgentCoreSettings, SchedulerNews } from "./agent_settings.ts";
import { durationText } from "./durations.ts";
import { ExecutorRun, lastWords, type Termination } from "./executor_run.ts";
import { launchRefusal } from "./launch_refusal.ts";
import { TaskReports } from "./task_reports.ts";

/** How long an agent waits between two heartbeats to an executor. */
const heartbeatInterval = 30 * 60_000;

/**
 * What an agent of Mesos 1.12 does about executors, as a state machine: calls, time and exits go in, effects come out.
 * It has no socket, no process and no clock of its own. Whatever a real agent was recorded doing outranks what its
 * documents say.
 */
export class AgentCore {
  readonly #settings: AgentCoreSettings;
  readonly #reports: TaskReports;
  readonly #executors = new Map<string, ExecutorRun>();
  /** Ids of executors that the master believes to run here. */
  readonly #believed = new Set<string>();
  #framework: "absent" | "running" | "terminating" = "absent";
  readonly #phase = new AgentPhase();

  constructor(settings: AgentCoreSettings) {
    this.#settings = settings;
    const terminating = () => this.#framework === "terminating";
    this.#reports = new TaskReports(
      settings,
      {
        runOf: (taskId) => this.#runOf(taskId),
        get terminating() {
          return terminating();
        },
      },
      (status) => this.#tell({ type: "UPDATE", update: { status } }),
    );
  }

  get recovering(): boolean {
    return this.#phase.name === "recovering";
  }

  /** The executor that a call names, or why there is none. */
  find(frameworkId: string, executorId: string): ExecutorRun | string {
    if (this.#framework === "absent" || frameworkId !== this.#settings.frameworkId) {
      return "Framework cannot be found";
    }
    return this.#executors.get(executorId) ?? "Executor cannot be found";
  }

  /** The run in a container. */
  runIn(containerId: string): ExecutorRun | undefined {
    return [...this.#executors.values()].find((run) => run.containerId === containerId);
  }

  /** Executors that have not ended. */
  get executors(): readonly ExecutorRun[] {
    return [...this.#executors.values()].filter(({ state }) => state !== "TERMINATED");
  }

  // What the scheduler wants.

  /** Launches a task, or a group whose tasks all have the same executor, which must be set. */
  launch(executor: ExecutorInfo, tasks: readonly TaskInfo[], group: boolean): void {
    const id = executor.executor_id.value;
    const known = this.#executors.get(id);
    const refusal = launchRefusal(tasks, this.#settings.launcher, known, this.#believed.has(id));
    if (refusal !== undefined) {
      this.#believed.add(id);
      if (this.#framework === "absent") this.#framework = "running";
      const { message, reason, named } = refusal;
      const state = this.#reports.orLost("TASK_DROPPED");
      for (const task of tasks) {
        this.#reports.agentUpdate(task.task_id.value, state, message, reason, named ? id : undefined);
      }
      this.#forgetIdleFramework();
      return;
    }
    const run = known ?? new ExecutorRun(executor, this.#settings.newContainerId(id));
    run.queue(tasks, group);
    if (run.state === "RUNNING") this.#deliver(run, tasks, group ? [tasks] : []);
    if (known !== undefined) return;
    this.#framework = "running";
    this.#believed.add(id);
    run.registerBy = this.#settings.now() + this.#settings.registrationTimeout;
    this.#executors.set(id, run);
    this.#settings.act({ kind: "start", executor, containerId: run.containerId });
  }

  kill(taskId: string, policy?: KillPolicy): void {
    if (!this.#phase.running || this.#framework === "terminating") return;
    const run = this.#runOf(taskId);
    if (run === undefined) return this.#reports.reconcile(taskId);
    if (run.state === "TERMINATING" || run.state === "TERMINATED") return;
    if (!run.queued.has(taskId)) {
      if (run.state === "RUNNING") {
        this.#send(run, {
          type: "KILL",
          kill: { task_id: { value: taskId }, ...(policy === undefined ? {} : { kill_policy: policy }) },
        });
      }
      return;
    }
    const { taskIds, message } = run.killQueued(taskId);
    for (const id of taskIds) {
      this.#reports.agentUpdate(id, "TASK_KILLED", message, "REASON_TASK_KILLED_DURING_LAUNCH", run.id);
    }
  }

  shutdown(executorId: string): void {
    const run = this.#executors.get(executorId);
    if (!this.#phase.running || this.#framework !== "running" || run === undefined) return;
    if (run.state === "REGISTERING" || run.state === "RUNNING") this.#shutDown(run);
  }

  /** The framework is gone for good. */
  tearDown(): void {
    if (!this.#phase.running || this.#framework !== "running") return;
    this.#framework = "terminating";
    for (const run of [...this.#executors.values()]) {
      if (run.state === "TERMINATED") this.#remove(run);
      else if (run.state !== "TERMINATING") this.#shutDown(run);
    }
    this.#forgetIdleFramework();
  }

  /** Bytes for an executor; lost when it cannot have them. */
  message(executorId: string, data: Uint8Array): void {
    const run = this.#executors.get(executorId);
    if (this.#phase.running && this.#framework === "running" && run?.state === "RUNNING") {
      this.#send(run, { type: "MESSAGE", message: { data } });
    }
  }

  /** The scheduler has an update. */
  acknowledge(taskId: string, uuid: Uint8Array): void {
    if (!this.#phase.running) return;
    const left = this.#reports.streams.acknowledge(taskId, uuid);
    const run = this.#runOf(taskId);
    if (left === undefined || run === undefined) return;
    if (left === "ended" && run.terminated.has(taskId)) run.complete(taskId);
    if (run.state === "TERMINATED" && !run.incomplete) this.#remove(run);
    this.#forgetIdleFramework();
  }

  // What executors say.

  /** A SUBSCRIBE that nothing speaks against; its answer has begun on `stream`. */
  subscribe(run: ExecutorRun, subscribe: ExecutorCallSubscribe, stream: number): void {
    if (this.#framework === "terminating" || run.state === "TERMINATING" || run.state === "TERMINATED") {
      this.#settings.act({ kind: "event", stream, event: { type: "SHUTDOWN" } });
      this.#settings.act({ kind: "end", stream });
      return;
    }
    if (run.stream !== undefined) this.#settings.act({ kind: "end", stream: run.stream });
    run.state = "RUNNING";
    run.registerBy = undefined;
    run.stream = stream;
    run.heartbeatAt = this.#settings.now() + heartbeatInterval;
    // SUBSCRIBED was recorded before the acknowledgements although the updates are handled first: those take a while.
    const acknowledged: TaskStatus[] = [];
    for (const { status } of subscribe.unacknowledged_updates ?? []) {
      if (this.#reports.handle(status, "SOURCE_EXECUTOR")) acknowledged.push(status);
    }
    const listed = new Set((subscribe.unacknowledged_tasks ?? []).map((task) => task.task_id.value));
    for (const [id, task] of [...run.launched]) {
      if (task.state !== "TASK_STAGING" || listed.has(id)) continue;
      const message = "Task launched during agent restart";
      this.#reports.agentUpdate(
        id,
        this.#reports.orLost("TASK_DROPPED"),
        message,
        "REASON_AGENT_RESTARTED",
        run.id,
      );
    }
    if (!run.everSentTask && run.queued.size === 0) return this.#shutDown(run);
    this.#send(run, {
      type: "SUBSCRIBED",
      subscribed: {
        executor_info: run.info,
        framework_info: this.#settings.framework,
        agent_info: this.#settings.agent,
        container_id: { value: run.containerId },
      },
    });
    for (const status of acknowledged) this.#acknowledgeToExecutor(status);
    this.#deliver(run, [...run.queued.values()], [...run.queuedGroups]);
  }

  /** An UPDATE that passed validation. */
  update(status: TaskStatus): void {
    if (this.#reports.handle(status, "SOURCE_EXECUTOR")) this.#acknowledgeToExecutor(status);
  }

  executorMessage(executorId: string, data: Uint8Array): void {
    if (this.#framework !== "running" || !this.#phase.running) return;
    const agent_id = { value: this.#settings.agentId };
    this.#tell({ type: "MESSAGE", message: { agent_id, executor_id: { value: executorId }, data } });
  }

  // What happens to containers.

  started(containerId: string, pid: number): void {
    const run = this.runIn(containerId);
    if (run !== undefined) run.pid = pid;
  }

  /**
   * The executor's process ended.
   *
   * @param status the raw wait status: an exit code times 256, or a signal's number
   */
  exited(containerId: string, status: number, termination?: Termination): void {
    const run = this.runIn(containerId);
    if (run === undefined) return;
    run.contained = false;
    if (this.#phase.name === "down") {
      run.pendingTermination ??= termination;
      run.registerBy = undefined;
      this.#exitedWhileDown.push({ containerId, status });
      return;
    }
    if (run.state === "TERMINATED") return;
    run.state = "TERMINATED";
    this.#believed.delete(run.id);
    const agent_id = { value: this.#settings.agentId };
    const executor_id = { value: run.id };
    if (this.#framework === "running") {
      this.#tell({ type: "FAILURE", failure: { agent_id, executor_id, status } });
      const { state, message, reason, ...more } = lastWords(run, termination);
      for (const id of [...run.launched.keys(), ...run.queued.keys()]) {
        this.#reports.agentUpdate(id, state, message, reason, run.id, more);
      }
    }
    if (this.#framework === "terminating" || !run.incomplete) this.#remove(run);
    this.#forgetIdleFramework();
  }
  readonly #exitedWhileDown: { readonly containerId: string; readonly status: number }[] = [];

  // The agent's own life.

  /** The agent stops; executors stay. All connections break, which is the edge's work. */
  stop(): void {
    this.#phase.stop();
    this.#reports.streams.pause();
    const checkpoint = this.#settings.framework.checkpoint === true;
    for (const run of [...this.#executors.values()]) {
      run.stream = run.heartbeatAt = undefined;
      if (checkpoint) continue;
      for (const id of [...run.launched.keys(), ...run.queued.keys()]) {
        const message = `Agent ${this.#settings.agent.hostname} disconnected`;
        this.#reports.masterUpdate(id, "TASK_LOST", message, "REASON_AGENT_DISCONNECTED", run.id);
      }
    }
  }

  /** The agent runs again and has read its checkpoints: executors may subscribe. */
  recover(): void {
    const { framework, now, reregistrationTimeout, launcher } = this.#settings;
    if (framework.checkpoint !== true) {
      for (const { containerId } of this.#executors.values()) {
        if (launcher === "linux") this.#settings.act({ kind: "destroy", containerId });
      }
      this.#executors.clear();
      this.#believed.clear();
      this.#reports.streams.clear();
      this.#framework = "absent";
    }
    this.#phase.recover(this.#executors.size === 0 ? now() : now() + reregistrationTimeout);
    for (const run of this.#executors.values()) {
      if (run.state === "RUNNING") run.state = "REGISTERING";
      run.registerBy = undefined;
    }
    for (const { containerId, status } of this.#exitedWhileDown.splice(0)) this.exited(containerId, status);
    this.tick();
  }

  /** When {@linkcode tick} has something to do next: milliseconds since 1970. */
  get due(): number | undefined {
    const times = [
      this.#phase.running ? this.#reports.streams.due : undefined,
      this.#phase.until,
    ];
    for (const run of this.#executors.values()) times.push(run.registerBy, run.shutdownBy, run.heartbeatAt);
    const set = times.filter((at) => at !== undefined);
    return this.#phase.name === "down" || set.length === 0 ? undefined : Math.min(...set);
  }

  /** Does what is due by now. */
  tick(): void {
    if (this.#phase.name === "down") return;
    const now = this.#settings.now();
    const begins = this.#phase.advance(now);
    if (begins === "registering") this.#finishRecovery();
    // Once when the agent registers and once when the master confirms it: pending updates come twice.
    if (begins === "running") { for (const _ of [1, 2]) this.resumeUpdates(); }
    for (const run of [...this.#executors.values()]) {
      if (run.registerBy !== undefined && run.registerBy <= now) {
        run.registerBy = undefined;
        this.#giveUp(run, {
          state: "TASK_FAILED",
          reason: "REASON_EXECUTOR_REGISTRATION_TIMEOUT",
          message: `Executor did not register within ${durationText(this.#settings.registrationTimeout)}`,
        });
      }
      if (run.shutdownBy !== undefined && run.shutdownBy <= now) {
        run.shutdownBy = undefined;
        if (run.state === "TERMINATING") {
          this.#settings.act({ kind: "destroy", containerId: run.containerId });
        }
      }
      if (run.heartbeatAt !== undefined && run.heartbeatAt <= now) {
        run.heartbeatAt += heartbeatInterval;
        this.#send(run, { type: "HEARTBEAT" });
      }
    }
    if (this.#phase.running) this.#reports.streams.tick();
  }

  #finishRecovery(): void {
    for (const run of [...this.#executors.values()]) {
      if (run.state !== "REGISTERING") continue;
      this.#giveUp(run, {
        state: this.#reports.orLost("TASK_GONE"),
        reason: "REASON_EXECUTOR_REREGISTRATION_TIMEOUT",
        message: `Executor did not reregister within ${durationText(this.#settings.reregistrationTimeout)}`,
      });
    }
  }

  /** Sends what is pending once more, as for a scheduler that is back. */
  resumeUpdates(): void {
    this.#reports.streams.resume();
  }

  #giveUp(run: ExecutorRun, termination: Termination): void {
    run.state = "TERMINATING";
    run.pendingTermination = termination;
    this.#settings.act({ kind: "destroy", containerId: run.containerId });
  }

  #deliver(run: ExecutorRun, tasks: readonly TaskInfo[], groups: readonly (readonly TaskInfo[])[]): void {
    const grouped = new Set(groups.flat().map((task) => task.task_id.value));
    for (const task of tasks) {
      if (grouped.has(task.task_id.value)) continue;
      run.deliver(task);
      this.#send(run, { type: "LAUNCH", launch: { task } });
    }
    for (const group of groups) {
      run.queuedGroups.splice(run.queuedGroups.indexOf(group), 1);
      if (!group.every((task) => run.queued.has(task.task_id.value))) continue;
      for (const task of group) run.deliver(task);
      this.#send(run, { type: "LAUNCH_GROUP", launch_group: { task_group: { tasks: group } } });
    }
  }

  #shutDown(run: ExecutorRun): void {
    run.state = "TERMINATING";
    run.registerBy = undefined;
    this.#send(run, { type: "SHUTDOWN" });
    const own = run.info.shutdown_grace_period?.nanoseconds;
    run.shutdownBy = this.#settings.now() + (own === undefined ? this.#settings.shutdownGrace : own / 1e6);
  }

  #acknowledgeToExecutor(status: TaskStatus): void {
    const run = this.#runOf(status.task_id.value);
    if (run === undefined || status.uuid === undefined) return;
    this.#send(run, { type: "ACKNOWLEDGED", acknowledged: { task_id: status.task_id, uuid: status.uuid } });
  }

  #send(run: ExecutorRun, event: ExecutorEvent): void {
    if (run.stream !== undefined) this.#settings.act({ kind: "event", stream: run.stream, event });
  }

  #tell(news: SchedulerNews): void {
    this.#settings.act({ kind: "scheduler", news });
  }

  #runOf(taskId: string): ExecutorRun | undefined {
    return [...this.#executors.values()].find((run) => run.has(taskId));
  }

  #remove(run: ExecutorRun): void {
    this.#executors.delete(run.id);
  }

  #forgetIdleFramework(): void {
    if (this.#executors.size === 0) this.#framework = "absent";
  }
}
