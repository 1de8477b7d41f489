/** Tasks that are to end: each is told so until it has ended. */

import type { ClusterBounds } from "./cluster_bounds.ts";
import type { ClusterState } from "./cluster_state.ts";
import { killCalls } from "./master_calls.ts";
import type { Reconciliation } from "./reconciliation.ts";
import type { TaskRecord } from "./records.ts";
import { openTasksOf } from "./task_group.ts";

/** A KILL may get lost on its way, and Mesos ignores one for an agent that is away: so it is told again. */
export class EndingTasks {
  /** How often each was told. */
  readonly #told = new Map<string, number>();

  constructor(
    private readonly state: ClusterState,
    private readonly reconciliation: Reconciliation,
    private readonly bounds: Pick<ClusterBounds, "killAgain" | "killLast">,
  ) {
    for (const id of state.tasks.ids()) {
      if (state.tasks.get(id)?.phase === "killing") this.#told.set(id, 0);
    }
  }

  /** From now on a task is to end. */
  end(task: TaskRecord, why: string, now: number): void {
    if (task.phase === "killing" && this.#told.has(task.id)) return;
    this.state.tell(task.pod, `instance ${task.slot} is stopped: ${why}`);
    const ending: TaskRecord = { ...task, phase: "killing", why };
    this.state.put(ending);
    this.#told.set(task.id, 0);
    this.tell(ending, now);
  }

  /** Tells a task to end, whether or not it was told before. */
  tell(task: TaskRecord, now: number): void {
    const { id } = task;
    const times = this.#told.get(id) ?? 0;
    this.#told.set(id, times + 1);
    const { killAgain, killLast } = this.bounds;
    this.state.agenda.set(id, now + Math.min(killAgain * 2 ** times, killLast));
    for (const call of killCalls(task)) this.state.call(call);
    // It may have ended without a word that arrived.
    if (times > 0) { for (const open of openTasksOf(task)) this.reconciliation.ask(open, now); }
  }

  /** A subscription stands: what was told before may have been lost. */
  begin(now: number): void {
    for (const id of this.#told.keys()) {
      this.#told.set(id, 0);
      const task = this.state.tasks.get(id);
      if (task !== undefined) this.tell(task, now);
    }
  }

  /** A task has ended. */
  ended(id: string): void {
    this.#told.delete(id);
  }
}
