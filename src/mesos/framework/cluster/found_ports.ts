/** Ports of a task whose record was lost, by what its executor tells of them. */

import type { TaskStatus } from "../../wire/messages.ts";
import type { PodWish } from "../wish/pod_wish.ts";

/**
 * The ports of the host, in the order of the needs; none where one of them cannot be known: a task on the host's network
 * tells of none, and two containers may have one and the same port.
 */
export function foundPorts({ container_status }: TaskStatus, { needs, task }: PodWish): readonly number[] {
  const mappings = (container_status?.network_infos ?? []).flatMap(({ port_mappings = [] }) => port_mappings);
  const ports: number[] = [];
  for (const [index, { fixed }] of needs.ports.entries()) {
    const found = task.ports.filter(({ need }) => need === index).flatMap(({ target, protocol }) => {
      const isAlone = task.ports.filter((other) =>
        other.target === target && other.protocol === protocol
      ).length === 1;
      if (!isAlone) return [];
      return mappings.filter((one) => one.container_port === target && (one.protocol ?? "tcp") === protocol)
        .map(({ host_port }) => host_port);
    });
    const port = fixed ?? found[0];
    if (port === undefined) return [];
    ports.push(port);
  }
  return ports;
}
