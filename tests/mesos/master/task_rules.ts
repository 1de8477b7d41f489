import type { ExecutorInfo, KillPolicy, Resource, TaskInfo } from "../../../src/mesos/wire/messages.ts";
import { Amounts } from "./amounts.ts";
import { idProblem } from "./id_rules.ts";
import { protobufText } from "./protobuf_text.ts";
import { allocationProblem, overlap } from "./resource_rules.ts";

/** What a launch is judged against. */
export interface LaunchSite {
  readonly frameworkId: string;
  readonly agentId: string;
  /** What is left of the accepted offers. */
  readonly offered: Amounts;
  /** The executor of the framework that the master believes to run on the agent. */
  executor(id: string): ExecutorInfo | undefined;
  /** Whether the framework has such a task that has not ended, or that is unreachable. */
  task(id: string): "running" | "unreachable" | undefined;
}

/** What a group's executor must have at least. */
const leastCpus = 0.01;
const leastMemory = 32;

/** What speaks against a task that is launched by itself, in the words of the master and in its order. */
export function taskProblem(task: TaskInfo, site: LaunchSite): string | undefined {
  return ownProblem(task, site) ?? withExecutorProblem(task, site) ??
    (task.container?.linux_info?.share_cgroups === false
      ? "Only tasks in a task group may have 'share_cgroups' set to 'false'"
      : undefined);
}

/** What speaks against a group; its tasks have its executor. */
export function groupProblem(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  site: LaunchSite,
): string | undefined {
  for (const task of tasks) {
    const problem = ownProblem(task, site) ?? memberProblem(task);
    if (problem !== undefined) return `Task '${task.task_id.value}' is invalid: ${problem}`;
  }
  return executorProblem(executor, site) ?? groupExecutorProblem(tasks, executor) ??
    groupResourcesProblem(tasks, executor, site);
}

function ownProblem(task: TaskInfo, site: LaunchSite): string | undefined {
  const id = task.task_id.value;
  const wrongId = idProblem(id);
  if (wrongId !== undefined) return wrongId;
  const known = site.task(id);
  if (known === "running") return `Task has duplicate ID: ${id}`;
  if (known === "unreachable") return `Task reuses the ID of an unreachable task: ${id}`;
  if (task.agent_id.value !== site.agentId) {
    return `Task uses invalid agent ${task.agent_id.value} while agent ${site.agentId} is expected`;
  }
  if (isNegative(task.kill_policy)) return "Task's 'kill_policy.grace_period' must be non-negative";
  if ((task.max_completion_time?.nanoseconds ?? 0) < 0) {
    return "Task's `max_completion_time` must be non-negative";
  }
  return checksProblem(task) ?? taskResourcesProblem(task.resources ?? []) ?? limitsProblem(task);
}

function isNegative(policy: KillPolicy | undefined): boolean {
  return (policy?.grace_period?.nanoseconds ?? 0) < 0;
}

function checksProblem({ check, health_check }: TaskInfo): string | undefined {
  if (check !== undefined) {
    const why = check.type === undefined
      ? "CheckInfo must specify 'type'"
      : check.type === "COMMAND" && check.command === undefined
      ? "Expecting 'command' to be set for COMMAND check"
      : check.type === "HTTP" && check.http === undefined
      ? "Expecting 'http' to be set for HTTP check"
      : check.type === "TCP" && check.tcp === undefined
      ? "Expecting 'tcp' to be set for TCP check"
      : undefined;
    if (why !== undefined) return `Task uses invalid check: ${why}`;
  }
  if (health_check !== undefined) {
    const why = health_check.type === undefined
      ? "HealthCheck must specify 'type'"
      : health_check.type === "COMMAND" && health_check.command === undefined
      ? "Expecting 'command' to be set for COMMAND health check"
      : health_check.type === "HTTP" && health_check.http === undefined
      ? "Expecting 'http' to be set for HTTP health check"
      : health_check.type === "TCP" && health_check.tcp === undefined
      ? "Expecting 'tcp' to be set for TCP health check"
      : undefined;
    if (why !== undefined) return `Task uses invalid health check: ${why}`;
  }
  return undefined;
}

function taskResourcesProblem(resources: readonly Resource[]): string | undefined {
  if (resources.length === 0) return "Task uses no resources";
  const problem = allocationProblem(resources);
  return problem === undefined ? undefined : `Invalid task resources: ${problem}`;
}

function limitsProblem({ limits = {}, resources }: TaskInfo): string | undefined {
  if (Object.keys(limits).some((name) => name !== "cpus" && name !== "mem")) {
    return "Only cpus and mem may be included in a task's resource limits";
  }
  const requested = Amounts.of(resources);
  if (limits.cpus !== undefined) {
    const cpus = requested.scalar("cpus");
    if (cpus === undefined) return "When a CPU limit is specified, a CPU request must also be specified";
    if (limits.cpus.value < cpus) return "The cpu limit must be greater than or equal to the cpu request";
  }
  if (limits.mem !== undefined) {
    const memory = requested.scalar("mem");
    if (memory === undefined) {
      return "When a memory limit is specified, a memory request must also be specified";
    }
    if (limits.mem.value < memory) {
      return "The memory limit must be greater than or equal to the memory request";
    }
  }
  return undefined;
}

function withExecutorProblem(task: TaskInfo, site: LaunchSite): string | undefined {
  const { executor } = task;
  if ((executor === undefined) === (task.command === undefined)) {
    return "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present";
  }
  let total = Amounts.of(task.resources);
  if (executor !== undefined) {
    const problem = executorProblem(executor, site);
    if (problem !== undefined) return problem;
    if (executor.type !== undefined && executor.type !== "CUSTOM") {
      return "'ExecutorInfo.type' must be 'CUSTOM'";
    }
    if (executor.command === undefined) return "'ExecutorInfo.command' must be set";
    if (executor.container?.linux_info?.share_cgroups === true) {
      return "The 'share_cgroups' field cannot be set to 'true' on executor containers";
    }
    const own = executor.resources ?? [];
    if (site.executor(executor.executor_id.value) === undefined) total = total.plus(Amounts.of(own));
    if (overlap([task.resources ?? [], own])) {
      return `There are overlapping resources in the task resources ${Amounts.of(task.resources)} and ` +
        `executor resources ${Amounts.of(own)}`;
    }
  }
  if (site.offered.contains(total)) return undefined;
  return `Total resources ${total} required by task and its executor is more than available ${site.offered}`;
}

/** Also for an executor of a group. */
function executorProblem(executor: ExecutorInfo, site: LaunchSite): string | undefined {
  const wrongId = idProblem(executor.executor_id.value);
  if (wrongId !== undefined) return wrongId;
  if (executor.type === "DEFAULT" && executor.command !== undefined) {
    return "'ExecutorInfo.command' must not be set for 'DEFAULT' executor";
  }
  if (executor.type === "CUSTOM" && executor.command === undefined) {
    return "'ExecutorInfo.command' must be set for 'CUSTOM' executor";
  }
  if ((executor.shutdown_grace_period?.nanoseconds ?? 0) < 0) {
    return "ExecutorInfo's 'shutdown_grace_period' must be non-negative";
  }
  const { framework_id } = executor;
  if (framework_id === undefined) return "'ExecutorInfo.framework_id' must be set";
  if (framework_id.value !== site.frameworkId) {
    return `ExecutorInfo has an invalid FrameworkID (Actual: ${framework_id.value} vs Expected: ` +
      `${site.frameworkId})`;
  }
  const problem = allocationProblem(executor.resources ?? []);
  if (problem !== undefined) return `Invalid executor resources: ${problem}`;
  const existing = site.executor(executor.executor_id.value);
  if (existing === undefined || sameText(existing, executor)) return undefined;
  const line = "-".repeat(60);
  return "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.\n" +
    `${line}\nExisting ExecutorInfo:\n${protobufText(existing, "ExecutorInfo")}\n` +
    `${line}\nExecutorInfo:\n${protobufText(executor, "ExecutorInfo")}\n${line}\n`;
}

function sameText(one: ExecutorInfo, other: ExecutorInfo): boolean {
  return protobufText(one, "ExecutorInfo") === protobufText(other, "ExecutorInfo");
}

function memberProblem(task: TaskInfo): string | undefined {
  if (task.container?.type === "DOCKER") return "Docker ContainerInfo is not supported on the task";
  if (Object.keys(task.limits ?? {}).length > 0 && task.container?.linux_info?.share_cgroups !== false) {
    return "Resource limits may only be set for tasks within a task group when the 'share_cgroups' field is " +
      "set to 'false'.";
  }
  return undefined;
}

function groupExecutorProblem(tasks: readonly TaskInfo[], executor: ExecutorInfo): string | undefined {
  const id = executor.executor_id.value;
  if (executor.type === undefined) return "'ExecutorInfo.type' must be set";
  if (executor.container?.type === "DOCKER") {
    return "Docker ContainerInfo is not supported on the executor";
  }
  for (const task of tasks) {
    if (task.executor !== undefined && !sameText(task.executor, executor)) {
      return `The \`ExecutorInfo\` of task '${task.task_id.value}' is different from executor '${id}'`;
    }
  }
  const own = Amounts.of(executor.resources);
  const cpus = own.scalar("cpus");
  if (cpus === undefined || cpus < leastCpus) {
    return `Executor '${id}' uses less CPUs (${cpus ?? "None"}) than the minimum required (${leastCpus})`;
  }
  const memory = own.scalar("mem");
  if (memory === undefined || memory < leastMemory) {
    const given = memory === undefined ? "None" : `${memory}MB`;
    return `Executor '${id}' uses less memory (${given}) than the minimum required (${leastMemory}MB)`;
  }
  return own.scalar("disk") === undefined ? `Executor '${id}' uses no disk` : undefined;
}

function groupResourcesProblem(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  site: LaunchSite,
): string | undefined {
  const parts = tasks.map((task) => task.resources ?? []);
  const own = executor.resources ?? [];
  if (overlap([...parts, own])) {
    const texts = parts.map((part) => Amounts.of(part).toString()).join(", ");
    return `There are overlapping resources in the task group's task resources { ${texts} } and/or executor ` +
      `resources ${Amounts.of(own)}`;
  }
  let total = Amounts.of(parts.flat());
  if (site.executor(executor.executor_id.value) === undefined) total = total.plus(Amounts.of(own));
  if (site.offered.contains(total)) return undefined;
  return `Total resources ${total} required by task group and its executor are more than available ` +
    `${site.offered}`;
}
