import { sha256 } from "../../pod/sha256.ts";
import type { TaskIdentity } from "./task_pod.ts";

/** Long enough to be known, short enough for the names of containers, which are longer, to be host names. */
const longestName = 40;

/**
 * The name of a task's pod: the task's, or a chosen one, and a hash of the ids of framework, task and container. So two
 * tasks of one name, and two runs of one task, are two pods, and an executor that starts again finds its own.
 */
export function podNameOf(
  task: { readonly name: string; readonly id: string },
  identity: Pick<TaskIdentity, "frameworkId" | "containerId">,
  chosen?: string,
): string {
  const slug = (chosen ?? task.name).toLowerCase().replace(/[^a-z0-9_-]+/g, "-").slice(0, longestName)
    .replace(/^[_-]+|[_-]+$/g, "");
  const hash = sha256([identity.frameworkId, task.id, identity.containerId ?? ""].join("\0")).slice(0, 10);
  return `${slug === "" ? "task" : slug}-${hash}`;
}

/** Whether a pod of this name is one of a task; a pod of a person may look the same. */
export function isTaskPodName(name: string): boolean {
  return /^[a-z0-9].*-[0-9a-f]{10}$/.test(name);
}
