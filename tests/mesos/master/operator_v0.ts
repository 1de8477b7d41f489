import type { Attribute, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { Amounts } from "./amounts.ts";
import type { MasterAgent } from "./master_agent.ts";
import type { MasterFramework } from "./master_framework.ts";
import type { MasterState } from "./master_state.ts";
import type { MasterTask } from "./master_task.ts";
import { completed } from "../agent/event_record.ts";
import { isTerminal } from "../agent/task_states.ts";

/** Of the build that was recorded. */
export const version = {
  build_date: "2026-11-20 12:00:00 UTC",
  build_time: 1_795_176_000,
  build_user: "local",
  git_sha: "c1b42f79d157aa900be5cbb0c1023f1479962aa7",
  version: "1.12.0",
};

/** What every agent of this version can do. */
export const agentCapabilities: readonly string[] = [
  "MULTI_ROLE",
  "HIERARCHICAL_ROLE",
  "RESERVATION_REFINEMENT",
  "RESOURCE_PROVIDER",
  "RESIZE_VOLUME",
  "AGENT_OPERATION_FEEDBACK",
  "AGENT_DRAINING",
  "TASK_RESOURCE_LIMITS",
];

/** `/state`: everything. The flags are those that a test can set. */
export function stateDocument(state: MasterState): unknown {
  const { masterInfo, agents } = state;
  const { id, pid, port, hostname } = masterInfo;
  const all = [...agents.values()];
  const active = all.filter((agent) => agent.connected && !agent.deactivated).length;
  return {
    ...version,
    start_time: state.started / 1_000,
    elected_time: state.started / 1_000,
    id,
    pid,
    hostname,
    capabilities: (masterInfo.capabilities ?? []).map(({ type }) => type),
    activated_slaves: active,
    deactivated_slaves: all.length - active,
    unreachable_slaves: state.unreachable.size,
    leader: pid,
    leader_info: { id, pid, port, hostname },
    flags: {},
    slaves: all.map(agentSummary),
    recovered_slaves: recoveredDocument(state),
    frameworks: [...state.frameworks.values()].map((framework) => frameworkDocument(state, framework)),
    completed_frameworks: [...state.removedFrameworks.values()].map((framework) =>
      frameworkDocument(state, framework)
    ),
    orphan_tasks: [],
    unregistered_frameworks: [],
  };
}

/** `/slaves`. */
export function agentsDocument(state: MasterState): unknown {
  return {
    slaves: [...state.agents.values()].map((agent) => ({
      ...agentSummary(agent),
      reserved_resources_full: {},
      unreserved_resources_full: withRole(agent.total),
      used_resources_full: withRole(agent.used),
      offered_resources_full: withRole(offeredOf(state, agent)),
    })),
    recovered_slaves: recoveredDocument(state),
  };
}

/** `/frameworks`. */
export function frameworksDocument(state: MasterState): unknown {
  return {
    frameworks: [...state.frameworks.values()].map((framework) => frameworkDocument(state, framework)),
    completed_frameworks: [...state.removedFrameworks.values()].map((framework) =>
      frameworkDocument(state, framework)
    ),
    unregistered_frameworks: [],
  };
}

/** `/tasks`: those that run and those that have ended. */
export function tasksDocument(state: MasterState): unknown {
  const frameworks = [...state.frameworks.values(), ...state.removedFrameworks.values()];
  return {
    tasks: frameworks.flatMap((framework) =>
      [...framework.tasks.values(), ...framework.unreachable.values(), ...framework.completed]
        .map((task) => taskDocument(framework, task))
    ),
  };
}

/** Everything with the role that a resource without one belongs to. */
export function withRole(amounts: Amounts): readonly unknown[] {
  return amounts.toResources().map((resource) => ({ ...resource, role: "*" }));
}

/** What is offered of an agent, or to a framework. */
export function offeredOf(state: MasterState, one: MasterAgent | MasterFramework): Amounts {
  return [...one.offers].reduce(
    (sum, id) => sum.plus(state.allocator.offers.get(id)?.resources ?? Amounts.none),
    Amounts.none,
  );
}

/** What tasks and executors of a framework use. */
export function usedOf(state: MasterState, framework: MasterFramework): Amounts {
  const executors = [...state.agents.values()].flatMap((
    agent,
  ) => [...agent.executorsOf(framework.id).values()]);
  const parts = [
    ...[...framework.tasks.values()].filter((task) => !task.ended).map((task) => task.resources),
    ...executors.map(({ resources }) => Amounts.of(resources)),
  ];
  return parts.reduce((sum, part) => sum.plus(part), Amounts.none);
}

function agentSummary(agent: MasterAgent) {
  const { hostname, ip, port, attributes = [], domain } = agent.description;
  return {
    id: agent.id,
    hostname,
    port,
    attributes: Object.fromEntries(
      attributes.map((attribute) => [attribute.name, attributeValue(attribute)]),
    ),
    ...(domain === undefined ? {} : { domain }),
    pid: `slave(1)@${ip}:${port}`,
    registered_time: agent.registered / 1_000,
    ...(agent.reregistered === undefined ? {} : { reregistered_time: agent.reregistered / 1_000 }),
    resources: model(agent.total),
    used_resources: model(agent.used),
    offered_resources: model(agent.total.minus(agent.available).minus(agent.used.allocatedTo(undefined))),
    reserved_resources: {},
    unreserved_resources: model(agent.total),
    active: agent.connected && !agent.deactivated,
    deactivated: agent.deactivated || agent.draining !== undefined,
    version: version.version,
    capabilities: agentCapabilities,
    ...(agent.draining === undefined ? {} : {
      drain_info: {
        state: agent.draining.state,
        config: { mark_gone: agent.draining.markGone },
      },
    }),
  };
}

function recoveredDocument(state: MasterState): readonly unknown[] {
  return [...state.recovered].map(([id, { hostname, port, resources }]) => ({
    id,
    hostname,
    port,
    resources: model(Amounts.of(resources)),
  }));
}

function attributeValue({ scalar, text, ranges, set }: Attribute): unknown {
  if (scalar !== undefined) return scalar.value;
  if (text !== undefined) return text.value;
  if (ranges !== undefined) {
    return `[${(ranges.range ?? []).map(({ begin, end }) => `${begin}-${end}`).join(", ")}]`;
  }
  return `{${(set?.item ?? []).join(", ")}}`;
}

function frameworkDocument(state: MasterState, framework: MasterFramework) {
  const { info } = framework;
  const used = model(usedOf(state, framework));
  return {
    id: framework.id,
    name: info.name,
    used_resources: used,
    offered_resources: model(offeredOf(state, framework)),
    capabilities: (info.capabilities ?? []).map(({ type }) => type),
    hostname: info.hostname ?? "",
    webui_url: info.webui_url ?? "",
    active: framework.stream !== undefined,
    connected: framework.stream !== undefined,
    recovered: framework.recovered,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: (framework.registered ?? 0) / 1_000,
    unregistered_time: (framework.unregistered ?? 0) / 1_000,
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    resources: used,
    roles: framework.roles,
    tasks: [...framework.tasks.values()].map((task) => taskDocument(framework, task)),
    unreachable_tasks: [...framework.unreachable.values()].map((task) => taskDocument(framework, task)),
    completed_tasks: framework.completed.map((task) => taskDocument(framework, task)),
    offers: [...framework.offers].map((id) => state.allocator.offers.get(id)?.offer),
    executors: [...state.agents.values()].flatMap((agent) =>
      [...agent.executorsOf(framework.id).values()].map((executor) => ({
        executor_id: executor.executor_id.value,
        name: executor.name ?? "",
        framework_id: framework.id,
        command: { argv: [], uris: [], ...executor.command },
        resources: model(Amounts.of(executor.resources)),
        role: executor.resources?.[0]?.allocation_info?.role ?? "*",
        type: executor.type,
        slave_id: agent.id,
      }))
    ),
    offer_constraints: framework.constraints ?? {},
  };
}

/** A task as the API before v1 shows it. */
export function taskDocument(framework: { readonly id: string }, task: MasterTask) {
  const { name, labels, discovery, resources } = task.info;
  return {
    id: task.id,
    name,
    framework_id: framework.id,
    executor_id: task.executorId ?? "",
    slave_id: task.agentId,
    state: task.unreachableSince === undefined || isTerminal(task.state) ? task.state : "TASK_UNREACHABLE",
    resources: model(task.resources),
    role: resources?.[0]?.allocation_info?.role ?? "*",
    statuses: task.statuses.map(statusDocument),
    ...(labels === undefined ? {} : { labels: labels.labels ?? [] }),
    ...(discovery === undefined ? {} : { discovery }),
  };
}

/** A status with the defaults that Mesos writes out. */
export function wholeStatus(status: TaskStatus): TaskStatus {
  // The defaults are those of the schema, so it is as well typed as before.
  return completed(status, "mesos.v1.TaskStatus") as TaskStatus;
}

function statusDocument(status: TaskStatus) {
  const { state, timestamp, labels, container_status, healthy } = wholeStatus(status);
  const { executor_pid: _, ...container } = container_status ?? {};
  return {
    state,
    timestamp,
    ...(labels === undefined ? {} : { labels: labels.labels ?? [] }),
    ...(container_status === undefined ? {} : { container_status: container }),
    ...(healthy === undefined ? {} : { healthy }),
  };
}

/** Amounts by name, with nothing for the usual ones that are not there. */
function model(amounts: Amounts): Readonly<Record<string, number | string>> {
  return { disk: 0, mem: 0, gpus: 0, cpus: 0, ...amounts.byName() };
}
