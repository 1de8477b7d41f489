import { present } from "../../pod/present.ts";
import type { StatusMoment } from "../../pod/status_hook.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { TaskTools } from "./task_tools.ts";

/** Tells hooks and plugins of the moments of a task, and waits for those that are under way. */
export class TaskHooks {
  readonly #task: TaskInfo;
  readonly #tools: Pick<TaskTools, "clock" | "runHooks" | "tellOfEnd">;
  readonly #wanted: AbortSignal;
  readonly #lifetime: AbortSignal;
  readonly #underWay = new Set<Promise<void>>();

  /**
   * @param signals.wanted ends what belongs to the launch
   * @param signals.lifetime ends everything
   */
  constructor(
    task: TaskInfo,
    tools: Pick<TaskTools, "clock" | "runHooks" | "tellOfEnd">,
    signals: { readonly wanted: AbortSignal; readonly lifetime: AbortSignal },
  ) {
    this.#task = task;
    this.#tools = tools;
    this.#wanted = signals.wanted;
    this.#lifetime = signals.lifetime;
  }

  /** Keeps the task from being over before some work is. */
  hold(work: Promise<void>): void {
    const held: Promise<void> = work.finally(() => this.#underWay.delete(held));
    this.#underWay.add(held);
  }

  /** Fulfilled when all that is under way has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /**
   * Runs the hooks of a moment.
   *
   * @param taskPod absent: there is no pod, and nothing to tell
   * @returns what went wrong with one that has to succeed
   */
  async run(
    moment: StatusMoment,
    { taskPod, reason, exitCode }: {
      readonly taskPod: TaskPod | undefined;
      readonly reason: string;
      readonly exitCode?: number | undefined;
    },
  ): Promise<string | undefined> {
    if (taskPod === undefined) return undefined;
    const isLaunch = moment === "launching" || moment === "running";
    return await this.#tools.runHooks(
      moment,
      { task: this.#task, taskPod, reason, ...present({ exitCode }) },
      isLaunch ? this.#wanted : this.#lifetime,
    );
  }

  /**
   * Tells plugins that the pod is about to be stopped. They have at most half of what there is to stop it.
   *
   * @param left milliseconds that there are; undefined: without a bound of its own
   * @returns undefined: there is nobody to tell
   */
  tellOfEnd(taskPod: TaskPod, reason: string, left: number | undefined): Promise<void> | undefined {
    if (taskPod.document === undefined) return undefined;
    const { clock, tellOfEnd } = this.#tools;
    const over = new AbortController();
    const told = tellOfEnd({ task: this.#task, taskPod, reason }, over.signal).finally(() => over.abort());
    if (left !== undefined) clock.sleep(left / 2, over.signal).then(() => over.abort(), () => {});
    return told;
  }
}
