import type { AssignedPort, TaskSettings } from "../mesos/task/task_pod.ts";
import type { HttpLifecycle } from "../pod/http_lifecycle.ts";
import type { StatusHook } from "../pod/status_hook.ts";
import type { PlannedTask } from "./plan_task.ts";

/** What the executor makes of a task, for people: where the pod comes from, its ports, settings and variables. */
export function printTask({ task, pod: { pod, origin, ports, settings } }: PlannedTask): string {
  const { network, resources } = pod;
  const total = [
    ...(resources?.milliCpus === undefined ? [] : [`${resources.milliCpus / 1000} CPUs`]),
    ...(resources?.memoryBytes === undefined ? [] : [`${resources.memoryBytes / 1024 / 1024} MiB`]),
  ];
  const rows: [string, readonly string[]][] = [
    ["task", [task.name === task.task_id.value ? task.name : `${task.task_id.value} (${task.name})`]],
    ["spec", [origin.description]],
    ["pod", [`${pod.name}, network ${network.mode === "existing" ? network.network : network.mode}`]],
    ["essential", [pod.essential.join(", ") || "none: the pod ends when all have ended"]],
    ["total", [total.join(", ") || "no limit"]],
    ["ports", ports.length === 0 ? ["none"] : ports.map(portText)],
    ["settings", [settingTexts(settings).join(", ")]],
    ["hooks", settings.statusHooks.length === 0 ? ["none"] : settings.statusHooks.map(hookText)],
    ...lifecycleRow(pod.httpLifecycle),
    ["variables", [variableNames(pod).join(", ")]],
  ];
  return rows.flatMap(([name, lines]) =>
    lines.map((line, index) => `${(index === 0 ? `${name}:` : "").padEnd(11)}${line}\n`)
  ).join("");
}

function portText({ container, target, protocol, hostPort, name }: AssignedPort): string {
  return `${hostPort} → ${container}:${target}/${protocol}${name === undefined ? "" : ` (${name})`}`;
}

function settingTexts(settings: TaskSettings): string[] {
  const seconds = (value: number | undefined) => value === undefined ? undefined : `${value / 1000} s`;
  const values: Readonly<Record<string, string | undefined>> = {
    "launch timeout": seconds(settings.launchTimeout),
    "stop timeout": seconds(
      settings.stopGraceSeconds === undefined ? undefined : settings.stopGraceSeconds * 1000,
    ),
    service: settings.isService === true ? "yes: it is not to end" : undefined,
    "pull retries": settings.pullRetries?.toString(),
    "keep failed": String(settings.keepFailed),
    "remove volumes": String(settings.removeVolumes),
    "remove images": String(settings.removeImages),
    "check container": settings.checkContainer,
    log: `${settings.log.files} × ${settings.log.maximumBytes / 1024} KiB`,
    cgroup: settings.cgroup,
  };
  return Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [`${name} ${value}`]);
}

function hookText({ moment, action, timeout, onFailure }: StatusHook): string {
  const what = action.kind === "post" ? `POST ${action.url}` : action.command.join(" ");
  return `${moment}: ${what} (${timeout / 1000} s, on failure ${onFailure})`;
}

/** What it is asked before it is stopped. */
function lifecycleRow(lifecycle: HttpLifecycle | undefined): [string, readonly string[]][] {
  if (lifecycle === undefined) return [];
  const requests = lifecycle.requests.map(({ path, wait }) => `POST ${path} (${wait / 1000} s)`);
  return [["lifecycle", [`port ${lifecycle.port}: ${requests.join(", ")}`]]];
}

/** Names alone: values may be secrets. */
function variableNames({ containers }: PlannedTask["pod"]["pod"]): string[] {
  return [...new Set(containers.flatMap(({ environment }) => environment.map(({ name }) => name)))].sort();
}

/** The same for programs. */
export function taskAsJson(
  { task, pod: { pod, origin, ports, settings, warnings } }: PlannedTask,
): Record<string, unknown> {
  return {
    id: task.task_id.value,
    name: task.name,
    origin,
    network: pod.network,
    essential: pod.essential,
    resources: pod.resources ?? {},
    ports,
    settings,
    variables: variableNames(pod),
    labels: pod.labels ?? {},
    warnings,
  };
}
