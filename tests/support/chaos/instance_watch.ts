import type { ObservedContainer } from "../../../src/plan/observed.ts";
import { MesosLabel } from "../../../src/pod/labels.ts";
import { readTaskId } from "../../../src/mesos/framework/cluster/task_id.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import type { TestEngine } from "../engine.ts";
import { chaosLabel } from "./chaos_pods.ts";

/** The pause between two looks, in milliseconds. */
const pause = 250;

/** `plain3.0` for a task that is instance 0 of the pod plain3. */
export function instanceOf(taskId: string): string {
  const identity = readTaskId(taskId);
  return identity === undefined ? taskId : `${identity.pod}.${identity.slot}`;
}

/** The task that a container is of. */
export function taskOf({ labels }: Pick<ObservedContainer, "labels">): string {
  return labels[MesosLabel.task] ?? "";
}

/** Looks again and again whether an instance runs twice. */
export class InstanceWatch implements AsyncDisposable {
  /** Each once, in words. */
  readonly doubles = new Map<string, string>();
  looks = 0;
  readonly #engine: TestEngine;
  readonly #uncounted = new Set<string>();
  readonly #over = new AbortController();
  readonly #done: Promise<void>;

  constructor(engine: TestEngine) {
    this.#engine = engine;
    this.#done = this.#run();
  }

  /** Its agent is out of reach, or it has lost its executor while something else was wanted: another one may run as well. */
  uncount(taskId: string): void {
    this.#uncounted.add(taskId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#look();
      await systemClock.sleep(pause, signal).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    this.looks++;
    const tasks = new Map<string, Set<string>>();
    for (const container of await this.#engine.engine.listContainers()) {
      const task = taskOf(container);
      const isOurs = container.labels[chaosLabel.pod] !== undefined && container.state === "running";
      if (!isOurs || this.#uncounted.has(task)) continue;
      const instance = instanceOf(task);
      tasks.set(instance, (tasks.get(instance) ?? new Set()).add(task));
    }
    for (const [instance, ids] of tasks) {
      const text = [...ids].sort().join(" and ");
      if (ids.size > 1 && !this.doubles.has(text)) {
        this.doubles.set(text, `${instance} runs as ${text}, seen at ${new Date().toISOString()}`);
      }
    }
  }
}
