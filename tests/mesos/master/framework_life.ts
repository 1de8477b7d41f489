import type {
  SchedulerCallSubscribe,
  SchedulerCallUpdateFramework,
} from "../../../src/mesos/wire/messages.ts";
import { changeProblem, frameworkProblem, rolesOf, suppressionProblem } from "./framework_rules.ts";
import { MasterFramework, type MasterStream } from "./master_framework.ts";
import { constraintsProblem } from "./offer_constraints.ts";
import type { MasterState } from "./master_state.ts";
import { masterStatus } from "./master_task.ts";

const usualHeartbeat = 15_000;

/** Frameworks that come, fail over, go away and are removed. */
export class FrameworkLife {
  readonly #state: MasterState;

  constructor(state: MasterState) {
    this.#state = state;
  }

  /** Takes a subscription in, or refuses it with an ERROR and the end of the stream. */
  subscribe(call: SchedulerCallSubscribe, stream: MasterStream): void {
    const { framework_info: info, suppressed_roles = [], offer_constraints } = call;
    const state = this.#state;
    const id = info.id?.value ?? "";
    const known = state.frameworks.get(id);
    const problem = frameworkProblem(info) ?? suppressionProblem(info, suppressed_roles) ??
      constraintsProblem(offer_constraints, rolesOf(info)) ??
      (state.removedFrameworks.has(id) ? "Framework has been removed" : undefined) ??
      (known !== undefined && known.info.principal !== info.principal
        ? changeProblem(known.info, info)
        : undefined);
    if (problem !== undefined) {
      const { act } = state.settings;
      act({ kind: "event", stream: stream.number, event: { type: "ERROR", error: { message: problem } } });
      return act({ kind: "end", stream: stream.number });
    }
    const framework = known ?? new MasterFramework(id === "" ? state.newFrameworkId() : id, info);
    const wasActive = framework.stream !== undefined;
    if (wasActive) this.#failOver(framework);
    state.frameworks.set(framework.id, framework);
    if (known !== undefined) {
      // Who may run what, and whether it survives its agent, cannot change: the master keeps what it knows.
      const { user } = known.info;
      const checkpoint = known.info.checkpoint ?? false;
      framework.info = { ...info, id: { value: framework.id }, user, checkpoint };
    }
    const now = state.settings.now();
    if (framework.registered === undefined) framework.registered = now;
    framework.reregistered = now;
    framework.recovered = false;
    framework.stream = stream;
    framework.constraints = offer_constraints;
    framework.suppressed.clear();
    for (const role of suppressed_roles) framework.suppressed.add(role);
    state.alarms.clear(`framework ${framework.id}`);
    this.#greet(framework);
    // Only who was away is a reason to allocate at once.
    if (!wasActive) state.allocator.allocate();
    if (known !== undefined) this.#tellAgents(framework);
  }

  /** The stream of a framework broke. */
  disconnect(streamNumber: number): void {
    const framework = [...this.#state.frameworks.values()].find(({ stream }) =>
      stream?.number === streamNumber
    );
    if (framework === undefined) return;
    framework.stream = undefined;
    this.#state.alarms.clear(`heartbeat ${framework.id}`);
    this.#takeOffers(framework, false);
    framework.forgetRefusals("all");
    const timeout = Math.max(0, framework.info.failover_timeout ?? 0) * 1_000;
    if (timeout === 0) return this.remove(framework);
    const at = this.#state.settings.now() + timeout;
    this.#state.alarms.set(`framework ${framework.id}`, at, () => this.remove(framework));
  }

  /** Changes what a framework says of itself; nothing speaks against it. */
  update(framework: MasterFramework, call: SchedulerCallUpdateFramework): void {
    const { framework_info, suppressed_roles = [] } = call;
    framework.info = framework_info;
    framework.constraints = call.offer_constraints;
    framework.suppressed.clear();
    for (const role of suppressed_roles) framework.suppressed.add(role);
    const roles = rolesOf(framework_info);
    for (const id of [...framework.offers]) {
      const role = this.#state.allocator.offers.get(id)?.role;
      if (role !== undefined && !roles.includes(role)) this.#state.allocator.close(id, { rescind: true });
    }
    this.#tellAgents(framework);
  }

  /** Ends a framework for good: its executors are shut down. */
  remove(framework: MasterFramework): void {
    const state = this.#state;
    this.#takeOffers(framework, false);
    for (const agent of state.agents.values()) {
      if (agent.connected) agent.link.tearDown(framework.id);
    }
    for (const task of [...framework.tasks.values(), ...framework.unreachable.values()]) {
      state.applyUpdate(task, {
        ...masterStatus(task.id, "TASK_KILLED", state.settings.now()),
        message: `Framework ${framework.id} removed`,
        reason: "REASON_FRAMEWORK_REMOVED",
        agent_id: { value: task.agentId },
      });
      state.completeTask(task);
    }
    for (const agent of state.agents.values()) {
      for (const executorId of [...agent.executorsOf(framework.id).keys()]) {
        state.removeExecutor(agent, framework.id, executorId);
      }
    }
    if (framework.stream !== undefined) {
      state.settings.act({ kind: "end", stream: framework.stream.number });
    }
    framework.stream = undefined;
    framework.unregistered = state.settings.now();
    state.alarms.clear(`heartbeat ${framework.id}`);
    state.alarms.clear(`framework ${framework.id}`);
    state.frameworks.delete(framework.id);
    state.removedFrameworks.set(framework.id, framework);
  }

  #failOver(framework: MasterFramework): void {
    this.#takeOffers(framework, true);
    this.#state.tell(framework, { type: "ERROR", error: { message: "Framework failed over" } });
    if (framework.stream !== undefined) {
      this.#state.settings.act({ kind: "end", stream: framework.stream.number });
    }
  }

  #takeOffers(framework: MasterFramework, rescind: boolean): void {
    for (const id of [...framework.offers]) this.#state.allocator.close(id, { rescind });
    for (const id of [...framework.inverseOffers]) this.#state.allocator.closeInverse(id, rescind);
  }

  #greet(framework: MasterFramework): void {
    const { settings, masterInfo } = this.#state;
    const interval = settings.heartbeatInterval ?? usualHeartbeat;
    this.#state.tell(framework, {
      type: "SUBSCRIBED",
      subscribed: {
        framework_id: { value: framework.id },
        heartbeat_interval_seconds: interval / 1_000,
        master_info: masterInfo,
      },
    });
    this.#beat(framework, interval);
  }

  #beat(framework: MasterFramework, interval: number): void {
    this.#state.tell(framework, { type: "HEARTBEAT" });
    const next = this.#state.settings.now() + interval;
    this.#state.alarms.set(`heartbeat ${framework.id}`, next, () => this.#beat(framework, interval));
  }

  #tellAgents(framework: MasterFramework): void {
    for (const agent of this.#state.agents.values()) {
      if (agent.connected) agent.link.frameworkUpdated(framework.info);
    }
  }
}
