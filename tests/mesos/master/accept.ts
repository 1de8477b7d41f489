import type {
  ExecutorInfo,
  OfferOperation,
  Resource,
  SchedulerCallAccept,
  TaskInfo,
  TaskState,
  TaskStatusReason,
} from "../../../src/mesos/wire/messages.ts";
import { Amounts, upgraded } from "./amounts.ts";
import { type MasterAgent, taskKey } from "./master_agent.ts";
import type { MasterFramework } from "./master_framework.ts";
import type { MasterState } from "./master_state.ts";
import { masterStatus, MasterTask } from "./master_task.ts";
import { resourceProblem } from "./resource_rules.ts";
import { groupProblem, type LaunchSite, taskProblem } from "./task_rules.ts";

/** For how long what is left of an offer is not offered again, if the framework does not say; seconds. */
export const usualRefusal = 5;

/** One ACCEPT while it is carried out. */
interface Acceptance {
  readonly state: MasterState;
  readonly framework: MasterFramework;
  readonly agent: MasterAgent;
  readonly role: string;
  /** What is left of the offers. */
  left: Amounts;
}

/** Carries an ACCEPT out. */
export function accept(state: MasterState, framework: MasterFramework, call: SchedulerCallAccept): void {
  const ids = (call.offer_ids ?? []).map(({ value }) => value);
  const operations = call.operations ?? [];
  const problem = offersProblem(state, framework, ids);
  const [first] = ids.map((id) => state.allocator.offers.get(id)).filter((open) => open !== undefined);
  const agent = first === undefined ? undefined : state.agents.get(first.agentId);
  if (problem !== undefined || first === undefined || agent === undefined) {
    for (const id of ids) state.allocator.close(id);
    for (const operation of operations) refuseOffers(state, framework, operation, problem ?? "");
    return;
  }
  let offered = Amounts.none;
  for (const id of ids) offered = offered.plus(state.allocator.remove(id)?.resources ?? Amounts.none);
  const acceptance: Acceptance = { state, framework, agent, role: first.role, left: offered };
  for (const operation of operations) perform(acceptance, operation);
  if (!acceptance.left.empty) {
    state.allocator.giveBack(first, acceptance.left, call.filters?.refuse_seconds ?? usualRefusal);
  }
}

/** What speaks against using these offers together, in the words of the master. */
export function offersProblem(
  { allocator }: MasterState,
  framework: MasterFramework,
  ids: readonly string[],
): string | undefined {
  if (ids.length === 0) return "No offers specified";
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return `Duplicate offer ${twice} in offer list`;
  const opens = [];
  for (const id of ids) {
    const open = allocator.offers.get(id);
    if (open === undefined) return `Offer ${id} is no longer valid`;
    opens.push({ id, open });
  }
  for (const { id, open: { frameworkId } } of opens) {
    if (frameworkId !== framework.id) {
      return `Offer ${id} has invalid framework ${frameworkId} while framework ${framework.id} is expected`;
    }
  }
  const [first] = opens;
  for (const { id, open } of opens) {
    if (open.role !== first?.open.role) {
      return `Aggregated offers must be allocated to the same role. Offer ${id} uses role '${open.role} but ` +
        `another is using role '${first?.open.role}`;
    }
  }
  for (const { id, open } of opens) {
    if (open.agentId !== first?.open.agentId) {
      return `Aggregated offers must belong to one single agent. Offer ${id} uses agent ${open.agentId} and ` +
        `agent ${first?.open.agentId}`;
    }
  }
  return undefined;
}

/** The tasks that an operation is to launch. */
export function tasksOf(operation: OfferOperation): readonly TaskInfo[] {
  return operation.type === "LAUNCH"
    ? operation.launch?.task_infos ?? []
    : operation.type === "LAUNCH_GROUP"
    ? operation.launch_group?.task_group.tasks ?? []
    : [];
}

function refuseOffers(
  state: MasterState,
  framework: MasterFramework,
  operation: OfferOperation,
  problem: string,
): void {
  const message = `Task launched with invalid offers: ${problem}`;
  refuseTasks(
    state,
    framework,
    tasksOf(operation),
    framework.orLost("TASK_DROPPED"),
    "REASON_INVALID_OFFERS",
    message,
  );
  drop(state, framework, operation, `Operation attempted with invalid offers: ${problem}`);
}

function perform(acceptance: Acceptance, operation: OfferOperation): void {
  const { state, framework, role } = acceptance;
  switch (operation.type) {
    case "LAUNCH":
    case "LAUNCH_GROUP": {
      const grouped = operation.type === "LAUNCH_GROUP";
      const reason = grouped ? "REASON_TASK_GROUP_INVALID" : "REASON_TASK_INVALID";
      const tasks = tasksOf(operation).map((task) => withAllocation(task, role));
      const problem = operation.id !== undefined
        ? `The 'id' field was set in an offer operation, but operation feedback is not supported for the ` +
          `${operation.type} operation`
        : tasks.flatMap(resourcesIn).map(resourceProblem).find((problem) => problem !== undefined);
      if (problem !== undefined) {
        return refuseTasks(state, framework, tasks, "TASK_ERROR", reason, problem);
      }
      const executor = operation.launch_group?.executor;
      if (grouped && executor !== undefined) {
        return launchGroup(acceptance, executorWithAllocation(executor, role), tasks);
      }
      for (const task of tasks) launch(acceptance, task);
      return;
    }
    default:
      return drop(state, framework, operation, `Not authorized to ${operation.type}`);
  }
}

function launch(acceptance: Acceptance, task: TaskInfo): void {
  const { state, framework, agent } = acceptance;
  const problem = taskProblem(task, siteOf(acceptance));
  if (problem !== undefined) {
    return refuseTasks(state, framework, [task], "TASK_ERROR", "REASON_TASK_INVALID", problem);
  }
  const { executor } = task;
  if (executor !== undefined) begin(acceptance, executor);
  add(acceptance, task, executor?.executor_id.value);
  agent.link.launch({ framework: framework.info, executor, tasks: [task], group: false });
}

function launchGroup(acceptance: Acceptance, executor: ExecutorInfo, given: readonly TaskInfo[]): void {
  const { state, framework, agent } = acceptance;
  const tasks = given.map((task) => ({ ...task, executor: task.executor ?? executor }));
  const problem = groupProblem(tasks, executor, siteOf(acceptance));
  if (problem !== undefined) {
    const reason = "REASON_TASK_GROUP_INVALID";
    return refuseTasks(state, framework, tasks, "TASK_ERROR", reason, problem);
  }
  begin(acceptance, executor);
  for (const task of tasks) add(acceptance, task, executor.executor_id.value);
  agent.link.launch({ framework: framework.info, executor, tasks, group: true });
}

/** Charges an executor that the master does not believe to be there. */
function begin(acceptance: Acceptance, executor: ExecutorInfo): void {
  const { state, framework, agent } = acceptance;
  if (agent.executorsOf(framework.id).has(executor.executor_id.value)) return;
  const resources = Amounts.of(executor.resources);
  agent.addExecutor(framework.id, executor);
  state.use(agent, resources);
  acceptance.left = acceptance.left.minus(resources);
}

function add(acceptance: Acceptance, info: TaskInfo, executorId: string | undefined): void {
  const { state, framework, agent } = acceptance;
  const task = new MasterTask(framework.id, agent.id, info, executorId);
  framework.tasks.set(task.id, task);
  agent.tasks.set(taskKey(framework.id, task.id), task);
  state.use(agent, task.resources);
  acceptance.left = acceptance.left.minus(task.resources);
}

function siteOf({ framework, agent, left }: Acceptance): LaunchSite {
  return {
    frameworkId: framework.id,
    agentId: agent.id,
    offered: left,
    executor: (id) => agent.executorsOf(framework.id).get(id),
    task: (id) =>
      framework.tasks.has(id) ? "running" : framework.unreachable.has(id) ? "unreachable" : undefined,
  };
}

function refuseTasks(
  state: MasterState,
  framework: MasterFramework,
  tasks: readonly TaskInfo[],
  taskState: TaskState,
  reason: TaskStatusReason,
  message: string,
): void {
  for (const { task_id, agent_id } of tasks) {
    const status = masterStatus(task_id.value, taskState, state.settings.now());
    state.tellStatus(framework, { ...status, message, reason, agent_id });
  }
}

/** An operation other than a launch is not carried out; who asked to hear of it does. */
function drop(
  state: MasterState,
  framework: MasterFramework,
  operation: OfferOperation,
  message: string,
): void {
  if (operation.id === undefined || operation.type === "LAUNCH" || operation.type === "LAUNCH_GROUP") return;
  const status = { operation_id: operation.id, state: "OPERATION_ERROR" as const, message };
  state.tell(framework, { type: "UPDATE_OPERATION_STATUS", update_operation_status: { status } });
}

function resourcesIn(task: TaskInfo): readonly Resource[] {
  return [...task.resources ?? [], ...task.executor?.resources ?? []];
}

/** What has no allocation gets that of the offers. */
function withAllocation(task: TaskInfo, role: string): TaskInfo {
  return {
    ...task,
    ...(task.resources === undefined ? {} : { resources: allocated(task.resources, role) }),
    ...(task.executor === undefined ? {} : { executor: executorWithAllocation(task.executor, role) }),
  };
}

function executorWithAllocation(executor: ExecutorInfo, role: string): ExecutorInfo {
  if (executor.resources === undefined) return executor;
  return { ...executor, resources: allocated(executor.resources, role) };
}

function allocated(resources: readonly Resource[], role: string): readonly Resource[] {
  return resources.map((resource) => ({
    ...upgraded(resource),
    allocation_info: resource.allocation_info ?? { role },
  }));
}
