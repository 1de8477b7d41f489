/** Where pods can be reached, for load balancers and scripts: in the forms of Marathon, which such programs read. */

import type { ClusterPod } from "../cluster/cluster_pod.ts";
import { isReady } from "../cluster/decide_instances.ts";
import type { TaskRecord } from "../cluster/records.ts";

/** One instance that is ready, as Marathon's `/v2/tasks` has it. */
export interface EndpointTask {
  /** `/` and the pod's name. */
  readonly appId: string;
  readonly id: string;
  readonly slaveId: string;
  readonly host: string;
  /** Of the host, in the order of `servicePorts`. */
  readonly ports: readonly number[];
  /** What the containers listen on. */
  readonly servicePorts: readonly number[];
  readonly state: "TASK_RUNNING";
  /** RFC 3339: since when it is ready. */
  readonly startedAt?: string;
}

/**
 * Every published port of every pod in a line: the pod's name, the port of the container, and `host:port` of each instance
 * that is ready, a tab behind each. A pod without ports has a space in place of the port, and the hosts with a space
 * behind each. That is what Marathon gives as `text/plain`, byte for byte.
 */
export function endpointLines(pods: Iterable<ClusterPod>): string {
  let text = "";
  for (const pod of sorted(pods)) {
    const tasks = readyTasks(pod);
    const ports = pod.target?.task.ports ?? [];
    if (ports.length === 0) {
      text += `${pod.name}\t \t${tasks.map(({ agent }) => `${agent.hostname} `).join("")}\n`;
      continue;
    }
    for (const { target, need } of ports) {
      const hosts = tasks.map((task) => `${task.agent.hostname}:${task.ports[need] ?? 0}\t`);
      text += `${pod.name}\t${target}\t${hosts.join("")}\n`;
    }
  }
  return text;
}

/** The same as data. */
export function endpointTasks(pods: Iterable<ClusterPod>): EndpointTask[] {
  return sorted(pods).flatMap((pod) => {
    const ports = pod.target?.task.ports ?? [];
    return readyTasks(pod).map((task): EndpointTask => ({
      appId: `/${pod.name}`,
      id: task.id,
      slaveId: task.agent.id,
      host: task.agent.hostname,
      ports: ports.map(({ need }) => task.ports[need] ?? 0),
      servicePorts: ports.map(({ target }) => target),
      state: "TASK_RUNNING",
      ...(task.readySince === undefined ? {} : { startedAt: new Date(task.readySince).toISOString() }),
    }));
  });
}

function sorted(pods: Iterable<ClusterPod>): ClusterPod[] {
  // Those that are to go are not to be found any more.
  return [...pods].filter(({ target }) => target !== undefined).sort((one, other) =>
    one.name < other.name ? -1 : 1
  );
}

/** Those that are to be reached: ready, and not on their way out. Ports of another version may be other ones. */
function readyTasks(pod: ClusterPod): TaskRecord[] {
  const { target } = pod;
  if (target === undefined) return [];
  return [...pod.tasks.values()]
    .filter((task) =>
      task.phase === "launched" && isReady(task, target) &&
      task.ports.length === target.needs.ports.length
    )
    .sort((one, other) => one.slot - other.slot || one.intendedAt - other.intendedAt);
}
