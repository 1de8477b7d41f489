import { TaskRun } from "../../../src/mesos/executor/task_run.ts";
import type { CheckListener, TaskTools } from "../../../src/mesos/executor/task_tools.ts";
import type { TaskPod, TaskSettings } from "../../../src/mesos/task/task_pod.ts";
import type { TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages_task.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import type { Pod } from "../../../src/pod/model.ts";
import type { StatusMoment } from "../../../src/pod/status_hook.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { host } from "../../support/placing.ts";
import { ScriptedEngine } from "../../support/scripted_engine.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

/** A task on an engine in memory, in a time that a test steps. */
export class RunningTask {
  readonly clock = new SteppedClock();
  readonly engine = new ScriptedEngine(this.clock);
  readonly sent: TaskStatus[] = [];
  readonly lines: string[] = [];
  readonly hooks: StatusMoment[] = [];
  /** What the hook of a moment answers. */
  readonly hookProblems = new Map<StatusMoment, string>();
  checks: CheckListener | undefined;
  checksStopped = 0;
  isOver = false;
  #run: TaskRun | undefined;

  /** Launches it; what can happen without time passing has happened. */
  async launch(
    resolved: Pod | MesoletError | Promise<Pod>,
    options: {
      readonly task?: Partial<TaskInfo>;
      readonly settings?: Partial<TaskSettings>;
      readonly knowsKilling?: boolean;
      readonly engine?: TaskTools["engine"];
    } = {},
  ): Promise<void> {
    const settings: TaskSettings = {
      keepFailed: false,
      removeVolumes: false,
      removeImages: false,
      statusHooks: [],
      log: { maximumBytes: 1, files: 1 },
      cgroup: "own",
      ...options.settings,
    };
    const reached = { engine: this.engine, host: { ...host, engine: this.engine.facts } };
    const tools: TaskTools = {
      clock: this.clock,
      version: "test",
      knowsKilling: options.knowsKilling ?? true,
      send: (status) => this.sent.push(status),
      log: (text) => this.lines.push(text),
      resolve: async (): Promise<TaskPod> => {
        if (resolved instanceof MesoletError) throw resolved;
        return {
          pod: await resolved,
          origin: { rule: "sandbox-file", description: "compose.yaml in the sandbox", files: [] },
          ports: [],
          settings,
          warnings: [],
        };
      },
      engine: options.engine ?? (() => Promise.resolve(reached)),
      openOutputs: () => ({ follow: () => {}, record: () => {}, finish: () => Promise.resolve() }),
      startChecks: (_running, listener) => {
        this.checks = listener;
        return { stop: () => Promise.resolve(void this.checksStopped++) };
      },
      tellOfEnd: () => Promise.resolve(),
      runHooks: (moment) => {
        this.hooks.push(moment);
        return Promise.resolve(this.hookProblems.get(moment));
      },
      podOomKills: () => undefined,
    };
    this.#run = new TaskRun({
      name: "shop",
      task_id: { value: "t1" },
      agent_id: { value: "a1" },
      ...options.task,
    }, tools);
    this.#run.done.then(() => this.isOver = true);
    await this.clock.settle();
  }

  get run(): TaskRun {
    if (this.#run === undefined) throw new Error("launch() comes first");
    return this.#run;
  }

  get states(): string[] {
    return this.sent.map(({ state }) => state);
  }

  get last(): TaskStatus {
    const last = this.sent.at(-1);
    if (last === undefined) throw new Error("nothing was reported");
    return last;
  }

  /** Steps the time on until the task is over; nothing may be left then. */
  async over(milliseconds = 0): Promise<void> {
    await this.clock.advance(milliseconds);
    assert(this.isOver, `it is not over: ${this.states.join(", ")}`);
    assertEquals(this.clock.sleeping, 0, "sleeps are left");
    assertEquals(this.engine.openStreams, 0, "event streams are left");
  }
}
