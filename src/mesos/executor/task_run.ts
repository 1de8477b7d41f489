import { messageOf } from "../../pod/errors.ts";
import type { Problem } from "../../pod/errors.ts";
import { present } from "../../pod/present.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { StatusMoment } from "../../pod/status_hook.ts";
import type { PodPinner } from "../../supervisor/pod_pinner.ts";
import { makePodPlanner, type PodPlanner } from "../../supervisor/pod_planner.ts";
import { supervise, type Supervision } from "../../supervisor/supervise.ts";
import { untilAborted } from "../../supervisor/until_aborted.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { KillPolicy, TaskInfo, TaskState } from "../wire/messages_task.ts";
import { withAssignedPorts } from "./assigned_ports.ts";
import { KillDeadline } from "./kill_deadline.ts";
import { graceOfKill, millisecondsOf } from "./kill_grace.ts";
import { inspectPod } from "./pod_inspection.ts";
import { removeTaskPod } from "./remove_task_pod.ts";
import { TaskHooks } from "./task_hooks.ts";
import {
  type Ending,
  momentOf,
  nothingRuns,
  notMade,
  refusedReport,
  type TaskReport,
  terminalReport,
} from "./task_report.ts";
import { TaskReporter } from "./task_reporter.ts";
import type { KnownPod, ReachedEngine, TaskChecks, TaskOutputs, TaskTools } from "./task_tools.ts";

/** A pull that failed is tried anew after this pause, where the task wants that. */
const pullRetryPause = 10_000;
/** How long the last lines of a pod may take to arrive, of one that has ended and of one that is told to end. */
const [outputsBound, endedOutputsBound] = [60_000, 3_000];

/**
 * One task from its launch to its end. There is one writer: what happens to the pod, kills and results of checks
 * come in one at a time, and the first thing that ends the task decides what is reported of it.
 *
 * The terminal state is reported the moment that nothing of the pod runs any more; what is left of it is removed
 * behind that, once its last lines are in the sandbox.
 */
export class TaskRun {
  readonly task: TaskInfo;
  /** Fulfilled when all is over: the end is reported, and nothing of the pod is left that should not be. */
  readonly done: Promise<void>;
  /** Fulfilled with the terminal state when it is reported, which is before {@linkcode done}. */
  readonly ended: Promise<TaskState>;
  readonly #tools: TaskTools;
  readonly #reporter: TaskReporter;
  readonly #told = Promise.withResolvers<TaskState>();
  readonly #begunAt: number;
  /** Aborted by whatever ends the task: what is only preparation breaks off. */
  readonly #wanted = new AbortController();
  /** Aborted when all is over. */
  readonly #lifetime = new AbortController();
  readonly #hooks: TaskHooks;
  readonly #deadline: KillDeadline;
  #taskPod: TaskPod | undefined;
  #reached: ReachedEngine | undefined;
  #outputs: TaskOutputs | undefined;
  #supervision: Supervision | undefined;
  #pinner: PodPinner | undefined;
  #status: PodStatus | undefined;
  #checks: TaskChecks | undefined;
  #ending: Ending | undefined;
  /** Reports that wait for an inspection; the later ones wait behind them. */
  #reports: Promise<void> = Promise.resolve();
  #saidRunning = false;
  #pullTries = 0;
  /** What of the pod could not be stopped, in a sentence. */
  #leftBehind: string | undefined;

  constructor(task: TaskInfo, tools: TaskTools) {
    this.task = task;
    this.#tools = tools;
    this.#reporter = new TaskReporter(task, tools.send);
    this.#hooks = new TaskHooks(task, tools, {
      wanted: this.#wanted.signal,
      lifetime: this.#lifetime.signal,
    });
    this.#begunAt = tools.clock.elapsed();
    this.#deadline = new KillDeadline(tools.clock, () => this.#supervision?.killNow());
    this.ended = this.#told.promise;
    this.done = this.#run();
  }

  get taskId(): string {
    return this.task.task_id.value;
  }

  /** The terminal state was reported. */
  get isEnded(): boolean {
    return this.#reporter.isEnded;
  }

  /** The pod as it is, once there is one. */
  get pod(): KnownPod | undefined {
    if (this.#status === undefined || this.#taskPod === undefined || this.#reached === undefined) {
      return undefined;
    }
    return { status: this.#status, taskPod: this.#taskPod, reached: this.#reached };
  }

  /** The framework kills the task. A repeat may shorten the grace, and does nothing else. */
  kill(policy: KillPolicy | undefined): void {
    const settings = this.#taskPod?.settings.stopGraceSeconds;
    const grace = graceOfKill(policy, this.task.kill_policy) ??
      (settings === undefined ? undefined : settings * 1000);
    this.#end({ kind: "killed", why: "killed by the framework" }, grace);
  }

  /**
   * Ends the task because the executor ends.
   *
   * @param grace milliseconds that the pod has
   */
  shutDown(why: string, grace: number): void {
    this.#end({ kind: "killed", why }, grace, true);
  }

  /** The executor cannot wait any longer: the end is reported, whatever is left of the pod. */
  giveUp(): void {
    const message =
      `${this.#ending?.why ?? "the executor ends"}; the engine did not tell in time that its containers ` +
      "have ended: mesolet reap removes what is left";
    this.#finish({ state: "TASK_KILLED", message });
  }

  /** Ends the task as another one of its group has ended. */
  endWithGroup(why: string): void {
    this.#end({ kind: "killed", why }, graceOfKill(undefined, this.task.kill_policy));
  }

  #end(ending: Ending, grace: number | undefined, remove = false): void {
    if (this.#reporter.isEnded) return;
    const isFirst = this.#ending === undefined;
    this.#ending ??= ending;
    this.#deadline.set(grace);
    if (isFirst) {
      const isKill = ending.kind === "killed" || ending.kind === "unhealthy";
      this.#then(() => {
        if (isKill && this.#tools.knowsKilling) this.#reporter.killing(ending.why);
        else this.#reporter.ending();
      });
      this.#tools.log(`${this.taskId}: ${ending.why}`);
      this.#stopChecks();
      this.#wanted.abort();
      const told = this.#taskPod === undefined || this.#supervision === undefined
        ? undefined
        : this.#hooks.tellOfEnd(this.#taskPod, ending.why, this.#deadline.left);
      if (told === undefined) this.#stopPod(remove);
      else this.#hooks.hold(told.then(() => this.#stopPod(remove)));
    }
  }

  #stopPod(remove: boolean): void {
    const { left } = this.#deadline;
    this.#supervision?.stop(this.#ending?.why ?? "", {
      // Engines take whole seconds; the deadline is watched by the millisecond.
      ...(left === undefined ? {} : { graceSeconds: Math.ceil(left / 1000) }),
      remove,
    });
  }

  async #run(): Promise<void> {
    try {
      this.#reporter.starting("reading the pod");
      this.#limitTime(millisecondsOf(this.task.max_completion_time), (milliseconds) =>
        this.#end({
          kind: "max-completion-time",
          why: `it did not complete within ${milliseconds / 1000} s (max_completion_time)`,
        }, 0));
      const taskPod = await this.#prepare();
      if (taskPod !== undefined) await this.#keep(taskPod);
    } catch (error) {
      // A defect of mesolet: the framework must hear of the task's end nevertheless.
      this.#tools.log(
        `${this.taskId}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`,
      );
      this.#finish({ state: "TASK_FAILED", message: `mesolet itself failed: ${messageOf(error)}` });
    } finally {
      this.#deadline.stop();
      this.#wanted.abort();
      this.#stopChecks();
      await this.#reports;
      await this.#hooks.settled();
      // Who is told to end may be ended soon, and what is left of the pod has to go before.
      await this.#outputs?.finish(this.#deadline.left === undefined ? outputsBound : endedOutputsBound);
      await this.#remove();
      this.#lifetime.abort();
    }
  }

  /** Reads the pod, and reaches the engine. Undefined: the task has ended before it began. */
  async #prepare(): Promise<TaskPod | undefined> {
    const { signal } = this.#wanted;
    let taskPod: TaskPod;
    try {
      taskPod = await untilAborted(this.#tools.resolve(this.task), signal);
    } catch (error) {
      this.#finish(
        this.#ending === undefined
          ? refusedReport("spec-invalid", messageOf(error))
          : this.#endOf(notMade(this.taskId)),
      );
      return undefined;
    }
    this.#taskPod = taskPod;
    this.#limitTime(taskPod.settings.launchTimeout, (milliseconds) => {
      if (this.#saidRunning) return;
      this.#end({ kind: "launch-given-up", why: `it was not running within ${milliseconds / 1000} s` }, 0);
    });
    const problem = await this.#runHooks("launching", taskPod.origin.description);
    if (problem !== undefined) this.#end({ kind: "launch-given-up", why: problem }, 0);
    try {
      if (this.#ending === undefined) this.#reached = await this.#tools.engine(signal);
    } catch (error) {
      if (this.#ending === undefined) {
        this.#finish(refusedReport("engine-unavailable", messageOf(error)));
        return undefined;
      }
    }
    if (this.#ending !== undefined) {
      this.#finish(this.#endOf(notMade(taskPod.pod.name)));
      return undefined;
    }
    return taskPod;
  }

  /** Keeps the pod until its end, which is reported. */
  async #keep(taskPod: TaskPod): Promise<void> {
    const reached = this.#reached;
    if (reached === undefined) return;
    this.#outputs = this.#tools.openOutputs(this.task, taskPod, reached.engine);
    for (;; this.#pullTries++) {
      const status = await this.#keepOnce(taskPod, reached);
      await this.#reports;
      if (this.#reporter.isEnded) return;
      if (!this.#triesAgain(status)) return this.#finish(this.#endOf(status));
      this.#tools.log(`${this.taskId}: ${status.reason}; trying again in ${pullRetryPause / 1000} s`);
      await this.#tools.clock.sleep(pullRetryPause, this.#wanted.signal).catch(() => {});
      if (this.#ending !== undefined) return this.#finish(this.#endOf(status));
    }
  }

  /** A pull that failed is not the end, where the task says how often it may. */
  #triesAgain(status: PodStatus): boolean {
    return status.reasonCode === "image-pull-failed" && this.#ending === undefined &&
      this.#pullTries < (this.#taskPod?.settings.pullRetries ?? 0);
  }

  async #keepOnce(taskPod: TaskPod, { engine, host }: ReachedEngine): Promise<PodStatus> {
    const { clock } = this.#tools;
    const podOomKills = this.#tools.podOomKills(taskPod.pod, host);
    const supervision = supervise(taskPod.pod, {
      engine,
      clock,
      planner: this.#planner((warnings) => {
        if (this.#pullTries > 0) return;
        for (const { path, message } of warnings) this.#tools.log(`warning: ${path}: ${message}`);
      }),
      atEnd: "stop",
      onPlan: (plan) => plan.warnings.forEach((warning) => this.#tools.log(`warning: ${warning}`)),
      onStatus: (status) => this.#onStatus(status),
      onStopRequest: (text) => this.#tools.log(`${this.taskId}: ${text}`),
      ...(podOomKills === undefined ? {} : { podOomKills }),
    });
    this.#supervision = supervision;
    const { status, problem } = await supervision.done;
    if (problem !== undefined) this.#tools.log(problem.message);
    this.#leftBehind = problem?.message;
    return status;
  }

  #planner(onWarnings: (warnings: readonly Problem[]) => void = () => {}): PodPlanner {
    const reached = this.#reached;
    if (reached === undefined) throw new Error("a pod is planned after its engine was reached");
    const { archives, clock, version } = this.#tools;
    return makePodPlanner({
      ...reached,
      ...present({ archives, pinner: this.#pinnerOf(reached) }),
      clock,
      version,
      onWarnings,
    });
  }

  /** The same for the whole task: what it has found out holds when nothing of the pod is there any more. */
  #pinnerOf({ engine }: ReachedEngine): PodPinner | undefined {
    const taskPod = this.#taskPod;
    if (taskPod === undefined) return undefined;
    return this.#pinner ??= this.#tools.pinnerFor?.(taskPod, engine);
  }

  #onStatus(observed: PodStatus): void {
    const status = withAssignedPorts(observed, this.#taskPod?.ports ?? []);
    this.#status = status;
    this.#outputs?.follow(
      status.containers.flatMap(({ id, name, number, startedAt, state }) =>
        id === undefined || (startedAt === undefined && state !== "running")
          ? []
          : [{ id, name: `${name}-${number}` }]
      ),
    );
    this.#outputs?.record(status, this.#ending?.kind);
    if (this.#reporter.isEnded) return;
    if (status.phase === "running" && this.#ending === undefined) return this.#sayRunning(status);
    const hasVerdict = status.exitCode !== undefined || this.#ending !== undefined;
    if (status.phase !== "stopping" || !hasVerdict) return;
    if (this.#triesAgain(status)) return;
    if (nothingRuns(status)) this.#finish(this.#endOf(status));
    else if (this.#ending === undefined && this.#saidRunning) {
      // The others are still being stopped: why is worth knowing now.
      this.#then(() => {
        this.#reporter.running(status);
        this.#reporter.ending();
      });
    }
  }

  #sayRunning(status: PodStatus): void {
    const isFirst = !this.#saidRunning;
    this.#saidRunning = true;
    if (!isFirst) return this.#then(() => this.#reporter.running(status));
    this.#then(async () => {
      const engine = this.#reached?.engine;
      const tools = { clock: this.#tools.clock, signal: this.#lifetime.signal };
      const data = engine === undefined ? undefined : await inspectPod(status, { ...tools, engine });
      this.#reporter.running(status, data);
    });
    this.#startChecks(status);
    this.#runHooks("running", status.reason).then((problem) => {
      if (problem !== undefined) this.#end({ kind: "launch-given-up", why: problem }, undefined);
    });
  }

  /** Reports in order, also where one of them waits. */
  #then(report: () => void | Promise<void>): void {
    this.#reports = this.#reports.then(report);
  }

  #startChecks(status: PodStatus): void {
    const [taskPod, reached] = [this.#taskPod, this.#reached];
    if (taskPod === undefined || reached === undefined) return;
    const task = {
      ...this.task,
      ...present({ health_check: this.task.health_check ?? taskPod.healthCheck }),
    };
    if (task.health_check === undefined && task.check === undefined) return;
    this.#checks = this.#tools.startChecks({
      task,
      taskPod,
      status: () => this.#status ?? status,
      engine: reached.engine,
    }, {
      health: (healthy, message) => this.#then(() => this.#reporter.health(healthy, message)),
      check: (result, message) => this.#then(() => this.#reporter.check(result, message)),
      unhealthy: (message) =>
        this.#end({ kind: "unhealthy", why: message }, graceOfKill(undefined, this.task.kill_policy)),
    });
  }

  #stopChecks(): void {
    const checks = this.#checks;
    this.#checks = undefined;
    if (checks !== undefined) this.#hooks.hold(checks.stop());
  }

  #endOf(status: PodStatus): TaskReport {
    const memoryBytes = this.#taskPod?.pod.resources?.memoryBytes;
    return terminalReport(status, this.#ending, {
      wasRunning: this.#saidRunning,
      ...present({ memoryBytes, leftBehind: this.#leftBehind, isService: this.#taskPod?.settings.isService }),
    });
  }

  /** Reports the end, once. A pod that ran so shortly that it was not seen running is reported as such before. */
  #finish(report: TaskReport): void {
    this.#stopChecks();
    const status = this.#status;
    const ran = status?.containers.some(({ startedAt }) => startedAt !== undefined) ?? false;
    this.#then(() => {
      if (this.#reporter.isEnded) return;
      if (ran && status !== undefined && this.#ending === undefined && !this.#reporter.wasRunning) {
        this.#reporter.running({ ...status, phase: "running", reason: "" });
      }
      this.#reporter.terminal(report);
      this.#told.resolve(report.state);
      this.#tools.log(`${this.taskId}: ${report.state}: ${report.message ?? ""}`);
      this.#hooks.hold(this.#runHooks(momentOf(report.state), report.message ?? "").then(() => {}));
    });
  }

  #runHooks(moment: StatusMoment, reason: string): Promise<string | undefined> {
    return this.#hooks.run(moment, { taskPod: this.#taskPod, reason, exitCode: this.#status?.exitCode });
  }

  #limitTime(milliseconds: number | undefined, onOver: (milliseconds: number) => void): void {
    if (milliseconds === undefined) return;
    const left = milliseconds - (this.#tools.clock.elapsed() - this.#begunAt);
    const over = AbortSignal.any([this.#wanted.signal, this.#lifetime.signal]);
    this.#tools.clock.sleep(Math.max(0, left), over).then(() => onOver(milliseconds), () => {});
  }

  /** What has ended is removed, unless a failed pod is wanted for a look at it. */
  async #remove(): Promise<void> {
    const [taskPod, reached, status] = [this.#taskPod, this.#reached, this.#status];
    if (taskPod === undefined || reached === undefined || this.#supervision === undefined) return;
    const { clock, log } = this.#tools;
    if (taskPod.settings.keepFailed && status?.phase === "failed" && this.#ending === undefined) {
      const { name } = taskPod.pod;
      return log(`the failed pod ${name} is kept; mesolet down ${name} removes it`);
    }
    await removeTaskPod(taskPod, { engine: reached.engine, clock, planner: this.#planner(), status, log });
  }
}
