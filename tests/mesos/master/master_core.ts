import type {
  DurationInfo,
  SchedulerCall,
  SchedulerCallAccept,
  TaskState,
  TaskStatus,
  Unavailability,
} from "../../../src/mesos/wire/messages.ts";
import { accept, usualRefusal } from "./accept.ts";
import { AgentLife } from "./agent_life.ts";
import { FrameworkLife } from "./framework_life.ts";
import { changeProblem, frameworkProblem, rolesOf, suppressionProblem } from "./framework_rules.ts";
import { taskKey } from "./master_agent.ts";
import type { MasterFramework, MasterStream } from "./master_framework.ts";
import type {
  AgentDescription,
  AgentDesk,
  AgentLink,
  MasterRegistry,
  MasterSettings,
} from "./master_settings.ts";
import { MasterState } from "./master_state.ts";
import { constraintsProblem } from "./offer_constraints.ts";
import { reconcile } from "./reconcile.ts";
import { isTerminal } from "../agent/task_states.ts";

const usualAllocationInterval = 1_000;

/** Why a call is not accepted. */
export interface CallRefusal {
  readonly status: number;
  readonly text: string;
}

/**
 * What a master of Mesos 1.12 does, as a state machine: calls of schedulers, words of agents and time go in, effects
 * come out. It has no socket and no clock of its own. Whatever a real master was recorded doing outranks what its
 * documents say.
 */
export class MasterCore implements AgentDesk {
  readonly state: MasterState;
  readonly #frameworks: FrameworkLife;
  readonly #agents: AgentLife;

  constructor(settings: MasterSettings) {
    this.state = new MasterState(settings);
    this.#frameworks = new FrameworkLife(this.state);
    this.#agents = new AgentLife(this.state);
    this.#plan();
  }

  // What schedulers want.

  /** A SUBSCRIBE whose answer has begun as a stream. */
  subscribe(call: Extract<SchedulerCall, { readonly type: "SUBSCRIBE" }>, stream: MasterStream): void {
    this.#frameworks.subscribe(call.subscribe, stream);
  }

  /** The connection of a stream is gone. */
  disconnected(streamNumber: number): void {
    this.#frameworks.disconnect(streamNumber);
  }

  /**
   * What speaks against a call that is well formed, other than SUBSCRIBE.
   *
   * @param principal who has shown to be who, where the master wants that
   */
  refusal(
    call: SchedulerCall,
    streamId: string | undefined,
    principal: string | undefined,
  ): CallRefusal | undefined {
    const framework = this.state.frameworks.get(call.framework_id?.value ?? "");
    if (framework === undefined) return { status: 400, text: "Framework cannot be found" };
    const own = framework.info.principal;
    if (principal !== undefined && principal !== own) {
      const text =
        `Authenticated principal '${principal}' does not match principal '${own}' set in \`FrameworkInfo\``;
      return { status: 400, text };
    }
    const { stream } = framework;
    if (stream === undefined) return { status: 403, text: "Framework is not subscribed" };
    if (streamId === undefined) {
      return { status: 400, text: "All non-subscribe calls should include the 'Mesos-Stream-Id' header" };
    }
    if (streamId !== stream.id) {
      const text =
        `The stream ID '${streamId}' included in this request didn't match the stream ID currently ` +
        `associated with framework ID ${framework.id}`;
      return { status: 400, text };
    }
    if (call.type === "UNKNOWN") return { status: 501, text: "501 Not Implemented." };
    if (call.type !== "UPDATE_FRAMEWORK") return undefined;
    const { framework_info, suppressed_roles = [], offer_constraints } = call.update_framework;
    const problem = frameworkProblem(framework_info) ??
      suppressionProblem(framework_info, suppressed_roles) ??
      constraintsProblem(offer_constraints, rolesOf(framework_info));
    const changed = problem ?? changeProblem(framework.info, framework_info);
    return changed === undefined
      ? undefined
      : { status: 400, text: `FrameworkInfo update is not valid: ${changed}` };
  }

  /** Does what a call asks for that {@linkcode refusal} has nothing against. */
  carryOut(call: SchedulerCall): void {
    const framework = this.state.frameworks.get(call.framework_id?.value ?? "");
    if (framework === undefined) return;
    switch (call.type) {
      case "TEARDOWN":
        return this.#frameworks.remove(framework);
      case "ACCEPT":
        return this.#accept(framework, call.accept);
      case "DECLINE":
        return this.#decline(framework, call.decline);
      case "ACCEPT_INVERSE_OFFERS":
        return this.#answerInverse(framework, "ACCEPT", call.accept_inverse_offers);
      case "DECLINE_INVERSE_OFFERS":
        return this.#answerInverse(framework, "DECLINE", call.decline_inverse_offers);
      case "REVIVE":
        return this.#revive(framework, call.revive?.roles ?? []);
      case "SUPPRESS":
        return this.#suppress(framework, call.suppress?.roles ?? []);
      case "KILL":
        return this.#kill(framework, call.kill);
      case "SHUTDOWN": {
        const agent = this.state.agents.get(call.shutdown.agent_id.value);
        if (agent?.connected === true) {
          agent.link.shutdown(framework.id, call.shutdown.executor_id.value);
        }
        return;
      }
      case "ACKNOWLEDGE":
        return this.#acknowledge(framework, call.acknowledge);
      case "RECONCILE":
        return reconcile(this.state, framework, call.reconcile.tasks ?? []);
      case "MESSAGE": {
        const { agent_id, executor_id, data } = call.message;
        const agent = this.state.agents.get(agent_id.value);
        if (agent?.connected === true) agent.link.message(framework.id, executor_id.value, data);
        return;
      }
      case "UPDATE_FRAMEWORK":
        return this.#frameworks.update(framework, call.update_framework);
    }
  }

  // What agents say.

  register(description: AgentDescription, link: AgentLink): string {
    return this.#agents.register(description, link);
  }

  reregister(agentId: string, description: AgentDescription, link: AgentLink): boolean {
    return this.#agents.reregister(agentId, description, link);
  }

  update(agentId: string, frameworkId: string, given: TaskStatus, latest = given.state): void {
    const agent = this.state.agents.get(agentId);
    if (agent === undefined || !agent.connected) return;
    const status = this.#agents.reported(agent, given);
    const framework = this.state.frameworks.get(frameworkId);
    const task = framework?.tasks.get(status.task_id.value);
    if (task !== undefined && task.agentId === agentId) {
      const state: TaskState = status.state === given.state || !isTerminal(latest) ? latest : status.state;
      this.state.applyUpdate(task, status, state);
      task.updateState = status.state;
      task.updateUuid = status.uuid;
    }
    if (framework !== undefined) this.state.tellStatus(framework, status);
  }

  exited(agentId: string, frameworkId: string, executorId: string, status: number): void {
    const agent = this.state.agents.get(agentId);
    if (agent === undefined || !agent.connected) return;
    this.state.removeExecutor(agent, frameworkId, executorId);
    const framework = this.state.frameworks.get(frameworkId);
    if (framework === undefined) return;
    this.state.tell(framework, {
      type: "FAILURE",
      failure: { agent_id: { value: agentId }, executor_id: { value: executorId }, status },
    });
  }

  message(agentId: string, frameworkId: string, executorId: string, data: Uint8Array): void {
    const framework = this.state.frameworks.get(frameworkId);
    if (framework === undefined || !this.state.agents.has(agentId)) return;
    this.state.tell(framework, {
      type: "MESSAGE",
      message: { agent_id: { value: agentId }, executor_id: { value: executorId }, data },
    });
  }

  disconnect(agentId: string): void {
    this.#agents.disconnect(agentId);
  }

  unregister(agentId: string): void {
    this.#agents.unregister(agentId);
  }

  // What operators want.

  /** Says at once that an agent is unreachable, without waiting for its pings. */
  markUnreachable(agentId: string): void {
    this.#agents.disconnect(agentId);
    this.#agents.markUnreachable(agentId);
  }

  markGone(agentId: string): void {
    this.#agents.markGone(agentId);
  }

  drain(agentId: string, options: { readonly grace?: DurationInfo; readonly markGone?: boolean } = {}): void {
    this.#agents.drain(agentId, options.grace, options.markGone ?? false);
  }

  deactivate(agentId: string): void {
    this.#agents.deactivate(agentId);
  }

  reactivate(agentId: string): void {
    this.#agents.reactivate(agentId);
  }

  /** Sets the maintenance schedule: by host name, when a machine will be unavailable. */
  schedule(windows: ReadonlyMap<string, Unavailability>): void {
    this.#agents.schedule(windows);
  }

  /** What frameworks answered to inverse offers, by agent. */
  readonly inverseAnswers = new Map<
    string,
    Map<string, { readonly status: "ACCEPT" | "DECLINE"; readonly at: number }>
  >();

  /** Offers what is free. */
  allocate(): void {
    this.state.allocator.allocate();
  }

  /** What a master that is started after this one still knows. */
  registry(): MasterRegistry {
    const { agents, recovered, unreachable, gone } = this.state;
    return {
      agents: new Map([
        ...recovered,
        ...[...agents].map(([id, { description }]) => [id, description] as const),
      ]),
      unreachable: new Map(unreachable),
      gone: new Set(gone),
      deactivated: new Set(
        [...agents.values()].filter((agent) => agent.deactivated || agent.draining !== undefined)
          .map(({ id }) => id),
      ),
    };
  }

  /** When {@linkcode tick} has something to do next: milliseconds since 1970. */
  get due(): number | undefined {
    return this.state.alarms.due;
  }

  /** Does what is due by now. */
  tick(): void {
    this.state.alarms.ring(this.state.settings.now());
  }

  #plan(): void {
    const { now, allocationInterval = usualAllocationInterval } = this.state.settings;
    const allocate = () => {
      this.state.alarms.set("allocation", now() + allocationInterval, allocate);
      this.allocate();
    };
    this.state.alarms.set("allocation", now() + allocationInterval, allocate);
  }

  #accept(framework: MasterFramework, call: SchedulerCallAccept): void {
    accept(this.state, framework, call);
  }

  #decline(
    framework: MasterFramework,
    { offer_ids = [], filters }: Extract<SchedulerCall, { readonly type: "DECLINE" }>["decline"],
  ): void {
    for (const { value: id } of offer_ids) {
      if (!framework.offers.has(id)) continue;
      this.state.allocator.close(id, { refuseSeconds: filters?.refuse_seconds ?? usualRefusal });
    }
  }

  #answerInverse(
    framework: MasterFramework,
    status: "ACCEPT" | "DECLINE",
    { inverse_offer_ids = [], filters }: Extract<
      SchedulerCall,
      { readonly type: "ACCEPT_INVERSE_OFFERS" }
    >["accept_inverse_offers"],
  ): void {
    for (const { value: id } of inverse_offer_ids) {
      if (!framework.inverseOffers.has(id)) continue;
      const open = this.state.allocator.closeInverse(id);
      if (open === undefined) continue;
      const at = this.state.settings.now();
      framework.refuseInverse(open.agentId, at + (filters?.refuse_seconds ?? usualRefusal) * 1_000);
      const answers = this.inverseAnswers.get(open.agentId) ?? new Map();
      this.inverseAnswers.set(open.agentId, answers.set(framework.id, { status, at }));
    }
  }

  #revive(framework: MasterFramework, asked: readonly string[]): void {
    const roles = asked.length === 0 ? framework.roles : asked;
    if (roles.some((role) => !framework.roles.includes(role))) return;
    for (const role of roles) framework.suppressed.delete(role);
    framework.forgetRefusals({ roles });
    this.allocate();
  }

  #suppress(framework: MasterFramework, asked: readonly string[]): void {
    const roles = asked.length === 0 ? framework.roles : asked;
    if (roles.some((role) => !framework.roles.includes(role))) return;
    for (const role of roles) framework.suppressed.add(role);
  }

  #kill(
    framework: MasterFramework,
    { task_id, agent_id, kill_policy }: Extract<SchedulerCall, { readonly type: "KILL" }>["kill"],
  ): void {
    const task = framework.tasks.get(task_id.value);
    if (task === undefined) {
      return reconcile(this.state, framework, [{ task_id, ...(agent_id === undefined ? {} : { agent_id }) }]);
    }
    const agent = this.state.agents.get(task.agentId);
    if (agent === undefined || (agent_id !== undefined && agent_id.value !== task.agentId)) return;
    agent.killed.set(taskKey(framework.id, task.id), { frameworkId: framework.id, taskId: task.id });
    if (agent.connected) agent.link.kill(framework.id, task.id, kill_policy);
  }

  #acknowledge(
    framework: MasterFramework,
    { agent_id, task_id, uuid }: Extract<SchedulerCall, { readonly type: "ACKNOWLEDGE" }>["acknowledge"],
  ): void {
    const agent = this.state.agents.get(agent_id.value);
    if (agent === undefined || !agent.connected) return;
    const task = agent.tasks.get(taskKey(framework.id, task_id.value));
    if (task !== undefined) {
      if (task.updateState === undefined) return;
      if (isTerminal(task.updateState) && task.updateUuid?.toHex() === uuid.toHex()) {
        this.state.completeTask(task);
      }
    }
    agent.link.acknowledge(framework.id, task_id.value, uuid);
    this.#agents.drained(agent);
  }
}
