/** All tasks of a framework that are not over, and what of them is to be stored. */

import type { StoreChange, TaskRecord } from "./records.ts";
import { openTasksOf } from "./task_group.ts";
import { readMemberId } from "./task_id.ts";

/** Tasks by id and by agent. */
export class TaskBook {
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #onAgents = new Map<string, Set<string>>();
  #changes: StoreChange[] = [];

  constructor(stored: Iterable<TaskRecord>) {
    for (const task of stored) this.#keep(task);
  }

  get(id: string): TaskRecord | undefined {
    return this.#tasks.get(id);
  }

  /** What a task belongs to: itself, or a group. */
  find(id: string): TaskRecord | undefined {
    const known = this.#tasks.get(id);
    if (known !== undefined) return known;
    const instance = readMemberId(id)?.instance;
    return instance === undefined ? undefined : this.#tasks.get(instance);
  }

  /** The ids of all. */
  ids(): Iterable<string> {
    return this.#tasks.keys();
  }

  /** The ids that the master knows them by, those of groups task by task, without those that are over. */
  *openIds(): Generator<string> {
    for (const task of this.#tasks.values()) yield* openTasksOf(task);
  }

  /** Tasks on an agent that are counted on: those that were given up are not. */
  on(agent: string): TaskRecord[] {
    return [...this.#onAgents.get(agent) ?? []].flatMap((id) => {
      const task = this.#tasks.get(id);
      return task === undefined || task.phase === "given-up" ? [] : [task];
    });
  }

  put(task: TaskRecord): void {
    this.#keep(task);
    this.#changes.push({ kind: "put-task", task });
  }

  remove(task: TaskRecord): void {
    this.#tasks.delete(task.id);
    const ids = this.#onAgents.get(task.agent.id);
    ids?.delete(task.id);
    if (ids?.size === 0) this.#onAgents.delete(task.agent.id);
    this.#changes.push({ kind: "remove-task", id: task.id });
  }

  /** What changed since this was asked for. */
  takeChanges(): StoreChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #keep(task: TaskRecord): void {
    this.#tasks.set(task.id, task);
    let ids = this.#onAgents.get(task.agent.id);
    if (ids === undefined) this.#onAgents.set(task.agent.id, ids = new Set());
    ids.add(task.id);
  }
}
