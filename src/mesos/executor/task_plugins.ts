import type { ComposeFiles } from "../../compose/files.ts";
import type { ComposeResult } from "../../compose/request.ts";
import type { PluginInput, PluginStep } from "../../plugins/plugin.ts";
import type { ChangedProject, Plugins } from "../../plugins/plugins.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { ExecutorEnvironment } from "./executor_environment.ts";

/** What is told of a task to the plugins of its host. */
export interface PluginMoment {
  readonly task: TaskInfo;
  readonly taskPod: TaskPod;
  /** Why, in words. */
  readonly reason: string;
}

/** The plugins of this host, for the tasks of an executor. */
export class TaskPlugins {
  readonly #plugins: () => Promise<Plugins | undefined>;
  readonly #environment: Pick<ExecutorEnvironment, "frameworkId" | "agentId">;
  readonly #log: (text: string) => void;

  constructor(options: {
    readonly plugins: () => Promise<Plugins | undefined>;
    readonly environment: Pick<ExecutorEnvironment, "frameworkId" | "agentId">;
    readonly log: (text: string) => void;
  }) {
    this.#plugins = options.plugins;
    this.#environment = options.environment;
    this.#log = options.log;
  }

  /** Lets plugins change the specs of a task; undefined where there are none. */
  async changer(
    task: TaskInfo,
    signal: AbortSignal,
  ): Promise<((compose: ComposeResult, access: ComposeFiles) => Promise<ChangedProject>) | undefined> {
    const plugins = await this.#plugins();
    if (plugins === undefined) return undefined;
    return (compose, access) =>
      plugins.change(compose, { runner: "executor", task: this.#taskOf(task) }, access, signal);
  }

  /** Tells plugins of a step of a task's life; what goes wrong is a line of the log. */
  async tell(
    step: Exclude<PluginStep, "pre-launch" | "shutdown">,
    { task, taskPod, reason }: PluginMoment,
    signal: AbortSignal,
  ): Promise<void> {
    // They were there when the pod was made, or nobody is told of it.
    if (taskPod.document === undefined) return;
    await this.#tell(step, { pod: taskPod.document, reason, task: this.#taskOf(task) }, signal);
  }

  /** Tells plugins that the executor ends. */
  async tellOfShutdown(signal: AbortSignal): Promise<void> {
    await this.#tell("shutdown", {}, signal);
  }

  async #tell(
    step: Exclude<PluginStep, "pre-launch">,
    facts: Pick<PluginInput, "pod" | "reason" | "task">,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const plugins = await this.#plugins();
      for (const problem of await plugins?.tell(step, { runner: "executor", ...facts }, signal) ?? []) {
        this.#log(`warning: ${problem}`);
      }
    } catch (error) {
      if (!signal.aborted) this.#log(`warning: plugins could not be told of ${step}: ${error}`);
    }
  }

  #taskOf({ task_id }: TaskInfo): NonNullable<PluginInput["task"]> {
    const { frameworkId, agentId } = this.#environment;
    return {
      id: task_id.value,
      framework: frameworkId,
      ...(agentId === undefined ? {} : { agent: agentId }),
    };
  }
}
