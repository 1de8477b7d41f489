/** Where pods are reached, in the forms of Marathon's `/v2/tasks`, which load balancers and scripts read. */

import type { ReachablePod } from "../operator/reachable_pod.ts";
import { present } from "../pod/present.ts";

/** One instance that is ready, as Marathon has it in JSON. */
export interface MarathonTask {
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
export function marathonLines(pods: readonly ReachablePod[]): string {
  let text = "";
  for (const { pod, ports, instances } of pods) {
    if (ports.length === 0) {
      text += `${pod}\t \t${instances.map(({ agent }) => `${agent.hostname} `).join("")}\n`;
      continue;
    }
    for (const { target, places } of ports) {
      text += `${pod}\t${target}\t${places.map(({ host, port }) => `${host}:${port}\t`).join("")}\n`;
    }
  }
  return text;
}

/** The same as data. */
export function marathonTasks(pods: readonly ReachablePod[]): MarathonTask[] {
  return pods.flatMap(({ pod, ports, instances }) => {
    const byTask = new Map<string, { readonly target: number; readonly port: number }[]>();
    for (const { target, places } of ports) {
      for (const { task, port } of places) {
        const own = byTask.get(task);
        if (own === undefined) byTask.set(task, [{ target, port }]);
        else own.push({ target, port });
      }
    }
    return instances.map(({ task, agent, since }) => {
      const own = byTask.get(task) ?? [];
      return present({
        appId: `/${pod}`,
        id: task,
        slaveId: agent.id,
        host: agent.hostname,
        ports: own.map(({ port }) => port),
        servicePorts: own.map(({ target }) => target),
        state: "TASK_RUNNING" as const,
        startedAt: since === undefined ? undefined : new Date(since).toISOString(),
      });
    });
  });
}
