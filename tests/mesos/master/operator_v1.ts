import type { DurationInfo, Unavailability } from "../../../src/mesos/wire/messages.ts";
import { isObject, type Members } from "../agent/read_call.ts";
import { completed } from "../agent/event_record.ts";
import type { MasterAgent } from "./master_agent.ts";
import type { MasterCore } from "./master_core.ts";
import type { MasterFramework } from "./master_framework.ts";
import type { MasterTask } from "./master_task.ts";
import { agentCapabilities, offeredOf, usedOf, version, wholeStatus, withRole } from "./operator_v0.ts";

/** What an operator's call comes to: an answer, an empty one, or a refusal. */
export type OperatorResult =
  | { readonly body: unknown }
  | { readonly problem: string; readonly status?: number }
  | "done";

/** Carries a call of the operator API v1 out. */
export function carryOutOperator(call: Members, core: MasterCore): OperatorResult {
  const { type } = call;
  if (typeof type !== "string") return { problem: invalid("Expecting 'type' to be present") };
  const member = call[type.toLowerCase()];
  const agentId = isObject(member) && isObject(member.agent_id) ? String(member.agent_id.value) : "";
  const answer = (body: unknown): OperatorResult => ({ body: { type, [type.toLowerCase()]: body } });
  switch (type) {
    case "GET_HEALTH":
      return answer({ healthy: true });
    case "GET_VERSION":
      return answer({ version_info: version });
    case "GET_MASTER":
      return answer(masterDocument(core));
    case "GET_AGENTS":
      return answer(agentsDocument(core));
    case "GET_FRAMEWORKS":
      return answer(frameworksDocument(core));
    case "GET_EXECUTORS":
      return answer(executorsDocument(core));
    case "GET_TASKS":
      return answer(tasksDocument(core));
    case "GET_STATE":
      return answer({
        get_tasks: tasksDocument(core),
        get_executors: executorsDocument(core),
        get_frameworks: frameworksDocument(core),
        get_agents: agentsDocument(core),
      });
    case "GET_MAINTENANCE_STATUS":
      return answer({ status: maintenanceStatus(core) });
    case "UPDATE_MAINTENANCE_SCHEDULE":
      core.schedule(windowsOf(member));
      return "done";
    case "DRAIN_AGENT":
    case "DEACTIVATE_AGENT":
    case "REACTIVATE_AGENT":
    case "MARK_AGENT_GONE":
      return changeAgent(type, agentId, isObject(member) ? member : {}, core);
    default:
      return { problem: "501 Not Implemented.", status: 501 };
  }
}

function changeAgent(type: string, id: string, member: Members, core: MasterCore): OperatorResult {
  if (!core.state.agents.has(id)) {
    if (type !== "MARK_AGENT_GONE") return { problem: "Unknown agent", status: 400 };
    if (!core.state.unreachable.has(id) && !core.state.recovered.has(id)) {
      return { problem: "404 Not Found.", status: 404 };
    }
  }
  switch (type) {
    case "DRAIN_AGENT":
      core.drain(id, { ...graceOf(member.max_grace_period), markGone: member.mark_gone === true });
      return "done";
    case "DEACTIVATE_AGENT":
      core.deactivate(id);
      return "done";
    case "REACTIVATE_AGENT":
      core.reactivate(id);
      return "done";
    default:
      core.markGone(id);
      return "done";
  }
}

/** `{ "seconds": 20 }`, or `"20s"` as protobuf writes it. */
function graceOf(value: unknown): { readonly grace?: DurationInfo } {
  const seconds = isObject(value)
    ? Number(value.seconds ?? 0)
    : typeof value === "string"
    ? Number.parseFloat(value)
    : NaN;
  return Number.isNaN(seconds) ? {} : { grace: { nanoseconds: seconds * 1e9 } };
}

function windowsOf(member: unknown): ReadonlyMap<string, Unavailability> {
  const windows = new Map<string, Unavailability>();
  const schedule = isObject(member) && isObject(member.schedule) ? member.schedule : {};
  for (const window of Array.isArray(schedule.windows) ? schedule.windows : []) {
    if (!isObject(window) || !isObject(window.unavailability)) continue;
    const { start, duration } = window.unavailability;
    const nanoseconds = (value: unknown) => isObject(value) ? Number(value.nanoseconds) : 0;
    const unavailability = {
      start: { nanoseconds: nanoseconds(start) },
      ...(duration === undefined ? {} : { duration: { nanoseconds: nanoseconds(duration) } }),
    };
    for (const machine of Array.isArray(window.machine_ids) ? window.machine_ids : []) {
      if (isObject(machine)) windows.set(String(machine.hostname), unavailability);
    }
  }
  return windows;
}

function masterDocument({ state }: MasterCore) {
  const { masterInfo, started } = state;
  return { master_info: masterInfo, start_time: started / 1_000, elected_time: started / 1_000 };
}

function agentsDocument({ state }: MasterCore) {
  return {
    agents: [...state.agents.values()].map((agent) => ({
      agent_info: infoOf(agent),
      active: agent.connected && !agent.deactivated,
      deactivated: agent.deactivated || agent.draining !== undefined,
      version: version.version,
      pid: `slave(1)@${agent.description.ip}:${agent.description.port}`,
      registered_time: timeOf(agent.registered),
      ...(agent.reregistered === undefined ? {} : { reregistered_time: timeOf(agent.reregistered) }),
      total_resources: withRole(agent.total),
      allocated_resources: withRole(agent.used),
      offered_resources: withRole(offeredOf(state, agent)),
      capabilities: agentCapabilities.map((type) => ({ type })),
      ...(agent.draining === undefined ? {} : {
        drain_info: { state: agent.draining.state, config: { mark_gone: agent.draining.markGone } },
      }),
    })),
    recovered_agents: [...state.recovered].map(([id, { hostname, port, resources }]) => ({
      id: { value: id },
      hostname,
      port,
      resources,
    })),
  };
}

function infoOf({ id, description: { hostname, port, resources, attributes = [], domain } }: MasterAgent) {
  return {
    hostname,
    port,
    resources,
    ...(attributes.length === 0 ? {} : { attributes }),
    id: { value: id },
    ...(domain === undefined ? {} : { domain }),
  };
}

function frameworksDocument({ state }: MasterCore) {
  const document = (framework: MasterFramework) => {
    const offered = offeredOf(state, framework);
    const offers = [...framework.offers].map((id) => state.allocator.offers.get(id)?.offer);
    const used = usedOf(state, framework);
    return {
      framework_info: framework.info,
      active: framework.stream !== undefined,
      connected: framework.stream !== undefined,
      recovered: framework.recovered,
      registered_time: timeOf(framework.registered ?? 0),
      reregistered_time: timeOf(framework.reregistered ?? framework.registered ?? 0),
      ...(framework.unregistered === undefined ? {} : { unregistered_time: timeOf(framework.unregistered) }),
      ...(offers.length === 0 ? {} : { offers }),
      ...(used.empty ? {} : { allocated_resources: withRole(used) }),
      ...(offered.empty ? {} : { offered_resources: withRole(offered) }),
      offer_constraints: framework.constraints ?? {},
    };
  };
  return {
    frameworks: [...state.frameworks.values()].map(document),
    completed_frameworks: [...state.removedFrameworks.values()].map(document),
  };
}

function executorsDocument({ state }: MasterCore) {
  return {
    executors: [...state.agents.values()].flatMap((agent) =>
      agent.executors().map(({ info }) => ({
        executor_info: completed(info, "mesos.v1.ExecutorInfo"),
        agent_id: { value: agent.id },
      }))
    ),
  };
}

function tasksDocument({ state }: MasterCore) {
  const frameworks = [...state.frameworks.values(), ...state.removedFrameworks.values()];
  return {
    tasks: frameworks.flatMap(({ tasks }) => [...tasks.values()].map(taskDocument)),
    unreachable_tasks: frameworks.flatMap(({ unreachable }) => [...unreachable.values()].map(taskDocument)),
    completed_tasks: frameworks.flatMap((framework) => framework.completed.map(taskDocument)),
  };
}

/** A task as the API v1 shows it. */
function taskDocument(task: MasterTask) {
  const { name, labels, discovery, container, health_check, kill_policy } = task.info;
  return {
    name,
    task_id: { value: task.id },
    framework_id: { value: task.frameworkId },
    ...(task.executorId === undefined ? {} : { executor_id: { value: task.executorId } }),
    agent_id: { value: task.agentId },
    state: task.state,
    resources: task.info.resources ?? [],
    ...(task.statuses.length === 0 ? {} : { statuses: task.statuses.map(wholeStatus) }),
    ...(task.updateState === undefined ? {} : { status_update_state: task.updateState }),
    ...(task.updateUuid === undefined ? {} : { status_update_uuid: task.updateUuid }),
    ...(labels === undefined ? {} : { labels }),
    ...(discovery === undefined ? {} : { discovery }),
    ...(container === undefined ? {} : { container }),
    ...(health_check === undefined ? {} : { health_check }),
    ...(kill_policy === undefined ? {} : { kill_policy }),
  };
}

function maintenanceStatus(core: MasterCore) {
  const machines = [...core.state.agents.values()].filter((agent) => agent.unavailability !== undefined);
  if (machines.length === 0) return {};
  return {
    draining_machines: machines.map(({ id, description: { hostname, ip } }) => ({
      id: { hostname, ip },
      statuses: [...core.inverseAnswers.get(id) ?? []].map(([frameworkId, { status, at }]) => ({
        status,
        framework_id: { value: frameworkId },
        timestamp: timeOf(at),
      })),
    })),
  };
}

function timeOf(milliseconds: number) {
  return { nanoseconds: Math.round(milliseconds * 1e6) };
}

function invalid(problem: string): string {
  return `Failed to validate master::Call: ${problem}`;
}
