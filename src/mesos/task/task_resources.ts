import type { ProblemList } from "../../compose/problem_list.ts";
import type { Container, Pod, PodResources } from "../../pod/model.ts";
import { present } from "../../pod/present.ts";
import type { TaskInfo } from "../wire/messages.ts";

/** Mesos counts memory and disk in units of 2²⁰ bytes. */
const mebibyte = 1024 * 1024;

/**
 * The total of a task's pod: its `cpus` and `mem`, of whatever reservation, unless `limits` says otherwise. Infinity is
 * no limit. What cannot be held to is told.
 */
export function podResourcesOf(
  task: Pick<TaskInfo, "resources" | "limits">,
  pod: Pick<Pod, "containers" | "resources">,
  problems: ProblemList,
): PodResources | undefined {
  const amounts = scalarsOf(task);
  for (const [name, amount] of amounts) {
    if (name === "cpus" || name === "mem" || amount === 0) continue;
    if (name === "disk") {
      problems.warning("TaskInfo.resources.disk", "is not enforced: containers may use more disk");
    } else if (name !== "gpus") problems.warning(`TaskInfo.resources.${name}`, "has no effect");
    else if (!pod.containers.some(asksForDevices)) {
      problems.warning(
        "TaskInfo.resources.gpus",
        "has no effect: no container of the pod asks for devices with gpus or deploy.resources",
      );
    }
  }
  for (const name of Object.keys(task.limits ?? {})) {
    if (name !== "cpus" && name !== "mem") problems.warning(`TaskInfo.limits.${name}`, "has no effect");
  }
  const cpus = limitOf(task, "cpus", amounts);
  const memory = limitOf(task, "mem", amounts);
  const total = present({
    milliCpus: cpus === undefined
      ? undefined
      : cpus === Infinity
      ? undefined
      : Math.max(1, Math.round(cpus * 1000)),
    memoryBytes: memory === undefined || memory === Infinity ? undefined : Math.round(memory * mebibyte),
  });
  const { milliCpus, memoryBytes } = pod.resources ?? {};
  warnOfOther("cpus", milliCpus, total.milliCpus, problems);
  warnOfOther("memory", memoryBytes, total.memoryBytes, problems);
  const combined: PodResources = {
    // Infinity was chosen; only where the task says nothing is the spec's own total left.
    ...(cpus !== undefined || milliCpus === undefined ? {} : { milliCpus }),
    ...(memory !== undefined || memoryBytes === undefined ? {} : { memoryBytes }),
    ...total,
  };
  return Object.keys(combined).length === 0 ? undefined : combined;
}

/** Scalar resources by name, added up; anything but ranges and sets that Mesos knows by itself. */
function scalarsOf({ resources = [] }: Pick<TaskInfo, "resources">): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const { name, scalar } of resources) {
    if (name === "ports") continue;
    // A resource of another kind is there all the same: what has no effect is told.
    amounts.set(name, (amounts.get(name) ?? 0) + (scalar?.value ?? 1));
  }
  return amounts;
}

function limitOf(
  { limits }: Pick<TaskInfo, "limits">,
  name: "cpus" | "mem",
  amounts: ReadonlyMap<string, number>,
): number | undefined {
  const amount = limits?.[name]?.value ?? amounts.get(name);
  return amount === undefined || Number.isNaN(amount) || amount <= 0 ? undefined : amount;
}

function asksForDevices({ deviceRequests, devices }: Container): boolean {
  return deviceRequests.length > 0 || devices.length > 0;
}

function warnOfOther(
  name: "cpus" | "memory",
  ofSpec: number | undefined,
  ofTask: number | undefined,
  problems: ProblemList,
): void {
  if (ofSpec === undefined || ofTask === undefined || ofSpec === ofTask) return;
  problems.warning(`x-pod.resources.${name}`, "gives way to what the task has");
}
