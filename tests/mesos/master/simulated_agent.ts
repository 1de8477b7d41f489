import type { FrameworkInfo, KillPolicy, TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { isTerminal } from "../agent/task_states.ts";
import { AgentLedger } from "./agent_ledger.ts";
import { taskKey } from "./master_agent.ts";
import type { AgentDescription, AgentDesk, AgentLaunch, AgentLink, AgentMemory } from "./master_settings.ts";
import type { Schedule } from "./schedule.ts";
import type { SimulatedBehaviour, SimulatedStep } from "./simulated_agents.ts";

/** An update is sent again after this long without acknowledgement, then after twice as long; milliseconds. */
const shortestRetry = 10_000;
const longestRetry = 600_000;

interface SimulatedTask {
  readonly frameworkId: string;
  readonly info: TaskInfo;
  readonly executorId: string | undefined;
  /** Its executor is that of Mesos, which ends the whole group with one that fails or is killed. */
  readonly isGrouped: boolean;
  readonly pending: TaskStatus[];
  /** Steps that were planned before this number changed are not taken. */
  plan: number;
  ended: boolean;
  isEnding: boolean;
}

/** What a simulated agent works with. */
export interface SimulatedSite {
  readonly desk: AgentDesk;
  readonly schedule: Schedule;
  readonly behaviour: SimulatedBehaviour;
}

/** An agent whose tasks are only said to run. */
export class SimulatedAgent implements AgentLink {
  readonly description: AgentDescription;
  /** Given by the master. */
  id = "";
  /** Bytes that came for executors. */
  readonly messages: { readonly executorId: string; readonly data: Uint8Array }[] = [];
  readonly #site: SimulatedSite;
  readonly #tasks = new Map<string, SimulatedTask>();
  readonly #ledger = new AgentLedger();
  #present = false;

  constructor(description: AgentDescription, site: SimulatedSite) {
    this.description = description;
    this.#site = site;
  }

  /** Ids of tasks that have not ended. */
  get running(): readonly string[] {
    return [...this.#tasks.values()].filter(({ ended }) => !ended).map(({ info }) => info.task_id.value);
  }

  // What tests do to it.

  /** Makes itself known to the master under a new id. */
  register(): void {
    this.#present = true;
    this.id = this.#site.desk.register(this.description, this);
  }

  /** The network between it and the master breaks; its tasks go on. After the ping timeout it is unreachable. */
  lose(): void {
    this.#present = false;
    this.#site.desk.disconnect(this.id);
  }

  /** The network is back. */
  comeBack(): void {
    if (!this.#site.desk.reregister(this.id, this.description, this)) this.dismiss();
  }

  /** It unregisters: all of it ends. */
  leave(): void {
    this.#present = false;
    this.#forgetAll();
    this.#site.desk.unregister(this.id);
  }

  /** The machine starts anew: nothing of it is left, and it gets another id. The master finds the old one unreachable. */
  reboot(): void {
    if (this.#present) this.lose();
    this.#forgetAll();
    this.register();
  }

  /** Makes an executor report something of a task: that it failed, or is unhealthy, or whatever. */
  report(taskId: string, status: SimulatedStep["status"]): void {
    const task = [...this.#tasks.values()].find(({ info, ended }) => info.task_id.value === taskId && !ended);
    if (task === undefined) throw new Error(`No task ${taskId} runs on agent ${this.id}`);
    if (isTerminal(status.state)) task.plan++;
    this.#report(task, status);
  }

  // What the master does to it.

  launch(launch: AgentLaunch): void {
    this.#ledger.launched(launch);
    for (const info of launch.tasks) {
      const task: SimulatedTask = {
        frameworkId: launch.framework.id?.value ?? "",
        info,
        executorId: launch.executor?.executor_id.value,
        isGrouped: launch.executor?.type === "DEFAULT",
        pending: [],
        plan: 0,
        ended: false,
        isEnding: false,
      };
      this.#tasks.set(taskKey(task.frameworkId, info.task_id.value), task);
      this.#plan(task, this.#site.behaviour.launched(info));
    }
  }

  kill(frameworkId: string, taskId: string, policy?: KillPolicy): void {
    const task = this.#tasks.get(taskKey(frameworkId, taskId));
    if (task === undefined || task.ended) return;
    // Of two words to end, the executor of Mesos heeds the first.
    if (task.isGrouped && task.isEnding) return;
    task.isEnding = true;
    this.#plan(task, this.#site.behaviour.killed(task.info, policy));
  }

  shutdown(frameworkId: string, executorId: string): void {
    for (const task of this.#tasks.values()) {
      if (task.frameworkId !== frameworkId || task.executorId !== executorId || task.ended) continue;
      this.#plan(task, [{ after: 5, status: { state: "TASK_KILLED" } }]);
    }
  }

  message(_frameworkId: string, executorId: string, data: Uint8Array): void {
    this.messages.push({ executorId, data });
  }

  acknowledge(frameworkId: string, taskId: string, uuid: Uint8Array): void {
    const key = taskKey(frameworkId, taskId);
    const task = this.#tasks.get(key);
    if (task?.pending[0]?.uuid?.toHex() !== uuid.toHex()) return;
    task.pending.shift();
    this.#ledger.acknowledged(frameworkId, taskId, uuid);
    if (task.pending.length > 0) return this.#send(task, shortestRetry);
    if (task.ended) this.#tasks.delete(key);
  }

  tearDown(frameworkId: string): void {
    this.#ledger.tornDown(frameworkId);
    for (const [key, task] of [...this.#tasks]) if (task.frameworkId === frameworkId) this.#tasks.delete(key);
  }

  frameworkUpdated(framework: FrameworkInfo): void {
    for (const task of this.#tasks.values()) {
      if (task.frameworkId === framework.id?.value) this.#send(task, shortestRetry);
    }
  }

  registered(): void {
    this.#present = true;
    for (const task of [...this.#tasks.values()]) this.#send(task, shortestRetry);
  }

  dismiss(): void {
    this.#present = false;
    this.#forgetAll();
  }

  remember(): AgentMemory {
    return this.#ledger.memory();
  }

  #forgetAll(): void {
    for (const { frameworkId } of [...this.#tasks.values()]) this.tearDown(frameworkId);
    for (const { id } of this.#ledger.memory().frameworks) this.#ledger.tornDown(id?.value ?? "");
  }

  #plan(task: SimulatedTask, steps: readonly SimulatedStep[]): void {
    const plan = ++task.plan;
    let after = 0;
    for (const step of steps) {
      after += step.after;
      this.#site.schedule.after(after, () => {
        if (task.plan === plan && !task.ended && this.#knows(task)) this.#report(task, step.status);
      });
    }
  }

  #knows(task: SimulatedTask): boolean {
    return this.#tasks.get(taskKey(task.frameworkId, task.info.task_id.value)) === task;
  }

  #report(task: SimulatedTask, given: SimulatedStep["status"]): void {
    const { executorId, info } = task;
    const status: TaskStatus = {
      task_id: info.task_id,
      source: "SOURCE_EXECUTOR",
      agent_id: { value: this.id },
      ...(executorId === undefined ? {} : { executor_id: { value: executorId } }),
      timestamp: this.#site.schedule.now() / 1_000,
      uuid: crypto.getRandomValues(new Uint8Array(16)),
      container_status: { network_infos: [{ ip_addresses: [{ ip_address: this.description.ip }] }] },
      ...given,
    };
    this.#ledger.reported(task.frameworkId, status);
    task.ended = isTerminal(status.state);
    task.pending.push(status);
    if (task.pending.length === 1) this.#send(task, shortestRetry);
    if (task.ended && task.isGrouped && status.state !== "TASK_FINISHED") this.#endGroup(task);
    if (task.ended) this.#endIdleExecutor(task);
  }

  #endGroup({ frameworkId, executorId }: SimulatedTask): void {
    for (const { info, ...other } of this.#tasks.values()) {
      if (other.frameworkId !== frameworkId || other.executorId !== executorId || other.ended) continue;
      this.kill(frameworkId, info.task_id.value);
    }
  }

  /** An executor of ours ends with its last task. */
  #endIdleExecutor({ frameworkId, executorId }: SimulatedTask): void {
    if (executorId === undefined) return;
    const busy = [...this.#tasks.values()].some((task) =>
      task.frameworkId === frameworkId && task.executorId === executorId && !task.ended
    );
    if (busy) return;
    this.#ledger.exited(frameworkId, executorId);
    if (this.#present) this.#site.desk.exited(this.id, frameworkId, executorId, 0);
  }

  #send(task: SimulatedTask, retryAfter: number): void {
    const [status] = task.pending;
    if (status === undefined) return;
    const latest = task.pending.at(-1)?.state;
    if (this.#present) this.#site.desk.update(this.id, task.frameworkId, status, latest);
    this.#site.schedule.after(retryAfter, () => {
      if (task.pending[0] !== status || !this.#knows(task)) return;
      this.#send(task, Math.min(retryAfter * 2, longestRetry));
    });
  }
}
