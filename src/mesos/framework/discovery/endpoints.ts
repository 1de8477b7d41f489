/** Where pods of a cluster can be reached. */

import type { ReachablePod } from "../../../operator/reachable_pod.ts";
import { present } from "../../../pod/present.ts";
import type { ClusterPod } from "../cluster/cluster_pod.ts";
import { isReady } from "../cluster/decide_instances.ts";
import type { TaskRecord } from "../cluster/records.ts";

/** Every pod that is wanted, sorted by name, with its instances that are ready. */
export function reachablePods(pods: Iterable<ClusterPod>): ReachablePod[] {
  // Those that are to go are not to be found any more.
  return [...pods].flatMap(({ name, target, tasks }): ReachablePod[] => {
    if (target === undefined) return [];
    const ready = readyTasks(tasks.values(), target);
    return [{
      pod: name,
      ports: target.task.ports.map((port) => ({
        name: port.name,
        container: port.container,
        target: port.target,
        protocol: port.protocol,
        places: ready.map(({ slot, id, agent, ports }) => ({
          slot,
          task: id,
          host: agent.hostname,
          port: ports[port.need] ?? 0,
        })),
      })),
      instances: ready.map(({ slot, id, agent, readySince }) =>
        present({
          slot,
          task: id,
          agent: { id: agent.id, hostname: agent.hostname },
          since: readySince,
        })
      ),
    }];
  }).sort((one, other) => one.pod < other.pod ? -1 : 1);
}

/** Those that are to be reached: ready, and not on their way out. Ports of another version may be other ones. */
function readyTasks(
  tasks: Iterable<TaskRecord>,
  target: NonNullable<ClusterPod["target"]>,
): TaskRecord[] {
  return [...tasks]
    .filter((task) =>
      task.phase === "launched" && isReady(task, target) &&
      task.ports.length === target.needs.ports.length
    )
    .sort((one, other) => one.slot - other.slot || one.intendedAt - other.intendedAt);
}
