import type {
  DurationInfo,
  KillPolicy,
  TaskState,
  TaskStatus,
  TaskStatusReason,
  Unavailability,
} from "../../../src/mesos/wire/messages.ts";
import { isTerminal } from "../agent/task_states.ts";
import { Amounts } from "./amounts.ts";
import { isCapable } from "./framework_rules.ts";
import { MasterAgent, taskKey } from "./master_agent.ts";
import { MasterFramework } from "./master_framework.ts";
import type { AgentDescription, AgentLink } from "./master_settings.ts";
import type { MasterState } from "./master_state.ts";
import { masterStatus, MasterTask } from "./master_task.ts";

/** Five pings of 15 s without an answer. */
const usualPingTimeout = 75_000;
const usualReregisterTimeout = 600_000;

/** Agents that come, go, return, are drained and kept up. */
export class AgentLife {
  readonly #state: MasterState;

  constructor(state: MasterState) {
    this.#state = state;
    const timeout = state.settings.agentReregisterTimeout ?? usualReregisterTimeout;
    if (state.recovered.size > 0) {
      state.alarms.set("agents", state.started + timeout, () => this.#giveUpRecovered());
    }
  }

  register(description: AgentDescription, link: AgentLink): string {
    const id = this.#state.newAgentId();
    const agent = new MasterAgent(id, description, link, this.#state.settings.now());
    this.#state.agents.set(id, agent);
    this.#state.allocator.allocate(agent);
    return id;
  }

  reregister(id: string, description: AgentDescription, link: AgentLink): boolean {
    const state = this.#state;
    if (state.gone.has(id) || state.removedAgents.has(id)) return false;
    const known = state.agents.get(id);
    if (known === undefined) {
      this.#readmit(id, description, link);
      link.registered();
      return true;
    }
    state.alarms.clear(`agent ${id}`);
    known.link = link;
    known.description = description;
    known.connected = true;
    known.reregistered = state.settings.now();
    this.#compare(known);
    this.#killAgain(known);
    link.registered();
    return true;
  }

  /** The line to an agent broke: what it offers is void, and tasks that cannot survive it are lost. */
  disconnect(id: string): void {
    const state = this.#state;
    const agent = state.agents.get(id);
    if (agent === undefined || !agent.connected) return;
    agent.connected = false;
    state.allocator.rescindOf(agent);
    state.allocator.rescindInverseOf(agent);
    const message = `Agent ${agent.description.hostname} disconnected`;
    for (const task of [...agent.tasks.values()]) {
      if (state.frameworks.get(task.frameworkId)?.info.checkpoint === true) continue;
      this.#end(task, "TASK_LOST", "REASON_AGENT_DISCONNECTED", message);
    }
    for (const { frameworkId, info } of agent.executors()) {
      if (state.frameworks.get(frameworkId)?.info.checkpoint === true) continue;
      state.removeExecutor(agent, frameworkId, info.executor_id.value);
    }
    const timeout = state.settings.agentPingTimeout ?? usualPingTimeout;
    state.alarms.set(`agent ${id}`, state.settings.now() + timeout, () => this.markUnreachable(id));
  }

  /** An agent says that it goes. */
  unregister(id: string): void {
    const agent = this.#state.agents.get(id);
    if (agent === undefined) return;
    const message = `Agent ${agent.description.hostname} removed: the agent unregistered`;
    for (const task of [...agent.tasks.values()]) {
      this.#end(task, "TASK_LOST", "REASON_AGENT_REMOVED", message);
    }
    this.#state.removedAgents.add(id);
    this.#remove(agent);
  }

  markUnreachable(id: string, message = "health check timed out"): void {
    const state = this.#state;
    const agent = state.agents.get(id);
    if (agent === undefined) return;
    const since = state.settings.now();
    const unreachable_time = { nanoseconds: since * 1e6 };
    state.unreachable.set(id, since);
    for (const task of [...agent.tasks.values()]) {
      const framework = state.frameworks.get(task.frameworkId);
      if (framework === undefined) continue;
      const told = framework.orLost("TASK_UNREACHABLE");
      const status = this.#statusOf(task, told, "REASON_AGENT_REMOVED", message);
      // It may come back, also to a framework that is told that it is lost.
      framework.tasks.delete(task.id);
      framework.unreachable.set(task.id, task);
      task.unreachableSince = since;
      task.statuses.push(status);
      state.tellStatus(framework, { ...status, unreachable_time });
    }
    this.#remove(agent);
  }

  /** An operator says that an agent will never be back. */
  markGone(id: string): void {
    const state = this.#state;
    const agent = state.agents.get(id);
    const message = "Agent has been marked gone";
    state.gone.add(id);
    state.unreachable.delete(id);
    state.recovered.delete(id);
    for (const framework of state.frameworks.values()) {
      const aware = isCapable(framework.info, "PARTITION_AWARE");
      const [told, reason]: readonly [TaskState, TaskStatusReason] = aware
        ? ["TASK_GONE_BY_OPERATOR", "REASON_AGENT_REMOVED_BY_OPERATOR"]
        : ["TASK_LOST", "REASON_AGENT_REMOVED"];
      for (const task of [...framework.tasks.values(), ...framework.unreachable.values()]) {
        if (task.agentId === id) this.#end(task, told, reason, message);
      }
    }
    if (agent === undefined) return;
    agent.link.dismiss(message);
    this.#remove(agent);
  }

  /** @param grace the longest time that a task may take to end */
  drain(id: string, grace: DurationInfo | undefined, markGone: boolean): void {
    const agent = this.#state.agents.get(id);
    if (agent === undefined) return;
    agent.draining = { markGone, state: "DRAINING" };
    this.#state.allocator.rescindOf(agent);
    for (const task of agent.tasks.values()) {
      const own = task.info.kill_policy?.grace_period;
      const shorter = grace === undefined || (own !== undefined && own.nanoseconds < grace.nanoseconds)
        ? own
        : grace;
      const policy: KillPolicy | undefined = shorter === undefined ? undefined : { grace_period: shorter };
      if (!task.ended && agent.connected) agent.link.kill(task.frameworkId, task.id, policy);
    }
    this.drained(agent);
  }

  /** No offers of an agent, until it is reactivated. */
  deactivate(id: string): void {
    const agent = this.#state.agents.get(id);
    if (agent === undefined) return;
    agent.deactivated = true;
    this.#state.allocator.rescindOf(agent);
  }

  reactivate(id: string): void {
    const agent = this.#state.agents.get(id);
    if (agent === undefined) return;
    agent.deactivated = false;
    agent.draining = undefined;
  }

  /** An agent that is drained is so when nothing of it is left. */
  drained(agent: MasterAgent): void {
    if (agent.draining?.state !== "DRAINING" || agent.tasks.size > 0) return;
    agent.draining.state = "DRAINED";
    if (agent.draining.markGone) this.markGone(agent.id);
  }

  /** Sets when machines will be unavailable. By host name; whoever is not named will stay. */
  schedule(windows: ReadonlyMap<string, Unavailability>): void {
    for (const agent of this.#state.agents.values()) {
      const next = windows.get(agent.description.hostname);
      if (JSON.stringify(next) === JSON.stringify(agent.unavailability)) continue;
      this.#state.allocator.rescindOf(agent);
      this.#state.allocator.rescindInverseOf(agent);
      agent.unavailability = next;
      for (const framework of this.#state.frameworks.values()) {
        framework.refuseInverse(agent.id, -Infinity);
      }
      this.#state.allocator.allocate(agent);
    }
  }

  /** What an agent adds to the reports of an executor while it is drained. */
  reported(agent: MasterAgent, status: TaskStatus): TaskStatus {
    if (agent.draining === undefined || status.source !== "SOURCE_EXECUTOR") return status;
    if (status.state !== "TASK_KILLING" && !isTerminal(status.state)) return status;
    return {
      ...status,
      reason: "REASON_AGENT_DRAINING",
      ...(agent.draining.markGone && isTerminal(status.state)
        ? { state: "TASK_GONE_BY_OPERATOR" as const }
        : {}),
    };
  }

  #readmit(id: string, description: AgentDescription, link: AgentLink): void {
    const state = this.#state;
    const now = state.settings.now();
    const wasUnreachable = state.unreachable.delete(id);
    state.recovered.delete(id);
    const agent = new MasterAgent(id, description, link, now);
    agent.deactivated = state.settings.registry?.deactivated.has(id) ?? false;
    agent.reregistered = now;
    state.agents.set(id, agent);
    const memory = link.remember();
    for (const info of memory.frameworks) this.#recoverFramework(info);
    for (const { frameworkId, info } of memory.executors) {
      if (state.removedFrameworks.has(frameworkId)) continue;
      agent.addExecutor(frameworkId, info);
      this.#charge(agent, frameworkId, Amounts.of(info.resources));
    }
    for (const remembered of memory.tasks) {
      const framework = state.frameworks.get(remembered.frameworkId);
      if (framework === undefined) continue;
      const task = MasterTask.remembered(id, remembered);
      framework.unreachable.delete(task.id);
      framework.tasks.set(task.id, task);
      agent.tasks.set(taskKey(framework.id, task.id), task);
      if (!task.ended) this.#charge(agent, framework.id, task.resources);
      if (wasUnreachable && !task.ended) this.#tellBack(framework, task);
    }
    for (const framework of state.removedFrameworks.keys()) link.tearDown(framework);
    if (state.recovered.size === 0) state.alarms.clear("agents");
    state.allocator.allocate(agent);
  }

  #tellBack(framework: MasterFramework, task: MasterTask): void {
    const { message: _message, reason: _reason, ...latest } = task.latestStatus(this.#state.settings.now());
    this.#state.tellStatus(framework, {
      ...latest,
      state: task.state,
      message: "Unreachable agent re-reregistered",
      reason: "REASON_AGENT_REREGISTERED",
    });
  }

  #recoverFramework(info: MasterFramework["info"]): void {
    const id = info.id?.value ?? "";
    if (this.#state.frameworks.has(id) || this.#state.removedFrameworks.has(id)) return;
    const framework = new MasterFramework(id, info);
    framework.recovered = true;
    this.#state.frameworks.set(id, framework);
  }

  /** Something runs on an agent already: what it uses is not free. */
  #charge(agent: MasterAgent, frameworkId: string, resources: Amounts): void {
    const framework = this.#state.frameworks.get(frameworkId);
    agent.available = agent.available.minus(resources.allocatedTo(undefined));
    if (framework !== undefined) framework.held = framework.held.plus(resources.scalars);
    this.#state.use(agent, resources);
  }

  /** What an agent knows nothing of (its launch was lost on the way) will not be. */
  #compare(agent: MasterAgent): void {
    const memory = agent.link.remember();
    const known = new Set(
      memory.tasks.map(({ frameworkId, info }) => taskKey(frameworkId, info.task_id.value)),
    );
    for (const [key, task] of [...agent.tasks]) {
      if (known.has(key) || task.ended) continue;
      const told = this.#state.frameworks.get(task.frameworkId)?.orLost("TASK_DROPPED") ?? "TASK_LOST";
      this.#end(task, told, "REASON_RECONCILIATION", "Reconciliation: task unknown to the agent");
    }
    const executors = new Set(
      memory.executors.map(({ frameworkId, info }) => taskKey(frameworkId, info.executor_id.value)),
    );
    for (const { frameworkId, info } of agent.executors()) {
      const id = info.executor_id.value;
      if (!executors.has(taskKey(frameworkId, id))) this.#state.removeExecutor(agent, frameworkId, id);
    }
  }

  #killAgain(agent: MasterAgent): void {
    for (const { frameworkId, taskId } of agent.killed.values()) agent.link.kill(frameworkId, taskId);
  }

  #giveUpRecovered(): void {
    const state = this.#state;
    // Frameworks hear of it when they ask: the master does not know what ran there.
    for (const id of [...state.recovered.keys()]) {
      state.recovered.delete(id);
      state.unreachable.set(id, state.settings.now());
    }
  }

  #remove(agent: MasterAgent): void {
    const state = this.#state;
    for (const { frameworkId, info } of agent.executors()) {
      state.removeExecutor(agent, frameworkId, info.executor_id.value);
    }
    // What its tasks hold goes with it.
    for (const task of agent.tasks.values()) {
      if (!task.ended) state.allocator.free(task.frameworkId, agent.id, task.resources);
    }
    state.allocator.rescindOf(agent);
    state.allocator.rescindInverseOf(agent);
    state.alarms.clear(`agent ${agent.id}`);
    state.agents.delete(agent.id);
    for (const framework of state.frameworks.values()) {
      framework.forgetRefusals({ agentId: agent.id });
      state.tell(framework, { type: "FAILURE", failure: { agent_id: { value: agent.id } } });
    }
  }

  /** A task ends by the master's word. */
  #end(task: MasterTask, told: TaskState, reason: TaskStatusReason, message: string): void {
    const status = this.#statusOf(task, told, reason, message);
    this.#state.applyUpdate(task, status);
    this.#state.completeTask(task);
    const framework = this.#state.frameworks.get(task.frameworkId);
    if (framework !== undefined) this.#state.tellStatus(framework, status);
  }

  #statusOf(task: MasterTask, told: TaskState, reason: TaskStatusReason, message: string): TaskStatus {
    return {
      ...masterStatus(task.id, told, this.#state.settings.now()),
      message,
      reason,
      agent_id: { value: task.agentId },
      ...(task.executorId === undefined ? {} : { executor_id: { value: task.executorId } }),
    };
  }
}
