/** The variables of a task: for every container of its pod, and for the variables of its spec. */

import type { ProblemList } from "../../compose/problem_list.ts";
import type { Environment, EnvironmentVariable } from "../wire/messages.ts";
import { sandboxInContainer, secretText } from "./docker_container.ts";
import type { AuroraTask } from "./aurora_data.ts";
import type { OfferedPorts } from "./offered_ports.ts";
import type { AssignedPort, TaskPodRequest } from "./task_pod.ts";

export type Variables = Readonly<Record<string, string>>;

/** More offered ports than that have no variable each: a range of thousands would fill the environment. */
export const mostPortVariables = 256;

/** What is the executor's own, its token first of all. */
const own = /^(?:MESOS_|LIBPROCESS_)/;

/** Those of Mesos that every container has. */
const always: readonly string[] = ["MESOS_TASK_ID", "MESOS_SANDBOX"];

const taskPath = "TaskInfo.command.environment";

/**
 * What the framework set for the executor and for the task; the task's wins.
 *
 * Variables of Mesos itself, and among them the executor's token, are never among them, even if somebody sets them.
 */
export function frameworkVariables(
  { task, executor, variables }: Pick<TaskPodRequest, "task" | "executor" | "variables">,
  problems: ProblemList,
): Variables {
  const result = new Map<string, string>();
  for (const [name, value] of Object.entries(variables)) if (!own.test(name)) result.set(name, value);
  addVariables(result, executor?.command?.environment, "TaskInfo.executor.command.environment", problems);
  addVariables(result, task.command?.environment, taskPath, problems);
  return recordOf(result);
}

function addVariables(
  result: Map<string, string>,
  environment: Environment | undefined,
  path: string,
  problems: ProblemList,
): void {
  for (const variable of environment?.variables ?? []) {
    const { name } = variable;
    if (own.test(name)) {
      if (path === taskPath && !always.includes(name)) {
        problems.warning(path, `${name} is left out: variables of that name are the executor's own`);
      }
      continue;
    }
    const value = variableText(variable);
    if (name === "" || /[=\0]/.test(name) || value?.includes("\0")) {
      problems.warning(
        path,
        `${JSON.stringify(name)} is no variable that a process can have, and is left out`,
      );
    } else if (value === undefined) {
      problems.warning(
        path,
        `${name} is left out: only secrets that come with the task as text are known here`,
      );
    } else result.set(name, value);
  }
}

/** The value of a variable; undefined where it is a secret that did not come as text with the task. */
export function variableText({ type, value, secret }: EnvironmentVariable): string | undefined {
  return type === "SECRET" ? secretText(secret) : value ?? "";
}

/** Variables that say where the task runs: its ports, its host, its sandbox. They win over what the framework set. */
export function taskVariables(
  { task, identity }: Pick<TaskPodRequest, "task" | "identity">,
  offered: OfferedPorts,
  assigned: readonly AssignedPort[],
  aurora?: AuroraTask,
): Variables {
  const result = new Map<string, string>([
    ...auroraVariables(aurora),
    ["HOST", identity.hostname],
    ["MESOS_TASK_ID", task.task_id.value],
    ["MESOS_SANDBOX", sandboxInContainer],
  ]);
  const listed = offered.ordered.slice(0, mostPortVariables);
  const [first] = listed;
  if (first !== undefined) {
    result.set("PORT", String(first));
    result.set("PORTS", listed.join(","));
  }
  listed.forEach((port, index) => result.set(`PORT${index}`, String(port)));
  for (const [port, name] of offered.names) result.set(`PORT_${nameOf(name)}`, String(port));
  for (const { name, hostPort } of assigned) {
    if (name !== undefined) result.set(`PORT_${nameOf(name)}`, String(hostPort));
  }
  addContainerPorts(result, assigned);
  return recordOf(result);
}

/** What Aurora's own executor would put in place of `{{mesos.instance}}` and its kin. */
function auroraVariables(aurora: AuroraTask | undefined): [string, string][] {
  const { role, environment, job, instance } = aurora ?? {};
  const values = { ROLE: role, ENVIRONMENT: environment, JOB: job, INSTANCE: instance?.toString() };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value.includes("\0") ? [] : [[`AURORA_${name}`, value]]
  );
}

/**
 * `PORT_80` for the port 80 of a container, when no other container has one, and `PORT_WEB_80` in any case. Where UDP
 * has another port of the host than TCP, it is `PORT_WEB_53_UDP`.
 */
function addContainerPorts(result: Map<string, string>, assigned: readonly AssignedPort[]): void {
  const rank = ({ protocol }: AssignedPort) => protocol === "tcp" ? 0 : 1;
  for (const port of [...assigned].sort((left, right) => rank(left) - rank(right))) {
    const { container, target, protocol } = port;
    const text = String(port.hostPort);
    const shared = assigned.some((other) => other.target === target && other.container !== container);
    const names = [`PORT_${nameOf(container)}_${target}`, ...(shared ? [] : [`PORT_${target}`])];
    for (const name of names) {
      const isOther = rank(port) === 1 && hasTcp(port, assigned) && result.get(name) !== text;
      const key = isOther ? `${name}_${protocol.toUpperCase()}` : name;
      // Of several ports of the host for one of a container, the first counts.
      if (isFirst(port, assigned)) result.set(key, text);
    }
  }
}

function hasTcp(port: AssignedPort, assigned: readonly AssignedPort[]): boolean {
  return assigned.some((other) =>
    other.container === port.container && other.target === port.target && other.protocol === "tcp"
  );
}

function isFirst(port: AssignedPort, assigned: readonly AssignedPort[]): boolean {
  return port ===
    assigned.find((other) =>
      other.container === port.container && other.target === port.target && other.protocol === port.protocol
    );
}

/** A name as Marathon writes it into variables: capital, and `_` for what no name may hold. */
function nameOf(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

function recordOf(variables: ReadonlyMap<string, string>): Variables {
  return Object.assign(Object.create(null), Object.fromEntries(variables));
}
