/** Ports of the host for the ports that a pod publishes: only those that the task was offered. */

import type { ProblemList } from "../../compose/problem_list.ts";
import type { Container, Pod, Port } from "../../pod/model.ts";
import type { OfferedPorts } from "./offered_ports.ts";
import { type PortDemand, portDemands } from "./port_demands.ts";
import { describePorts, type PortWish } from "./port_wishes.ts";
import type { AssignedPort } from "./task_pod.ts";

/** A pod whose published ports are offered ones. */
export interface PodWithPorts {
  readonly containers: readonly Container[];
  readonly assigned: readonly AssignedPort[];
}

/**
 * Gives each published port of a pod a port of the host.
 *
 * In this order: what a wish fixes; what has the name of a port of the task's discovery; what is published on a port
 * that is offered; then all others take the next free port each, containers by name and ports as they are written.
 * Entries for one port of a container that differ in protocol or address only get one together.
 */
export function assignPorts(
  pod: Pick<Pod, "containers" | "network">,
  offered: OfferedPorts,
  wishes: readonly PortWish[],
  problems: ProblemList,
): PodWithPorts {
  const { containers: wanted, onHost, demands } = portDemands(pod, wishes);
  const isOnHost = ({ name }: Container) => onHost.has(name);
  for (const { name, replicas, ports } of wanted) {
    if (replicas > 1 && ports.length > 0 && pod.network.mode === "services") {
      problems.error(
        `services.${name}.ports[0]`,
        `${replicas} replicas cannot share one offered port: run one, or make services of them`,
      );
    }
  }
  const given = distribute(demands, offered, wishes, problems);
  const published = new Map<Port, number>();
  for (const [{ entries }, port] of given) for (const entry of entries) published.set(entry, port);
  const containers = wanted.map((container) => {
    if (isOnHost(container)) return onHostPorts(container, offered, problems);
    return {
      ...container,
      ports: container.ports.map((port) => {
        const hostPort = published.get(port);
        return hostPort === undefined ? port : { ...port, published: String(hostPort) };
      }),
    };
  });
  const assigned = wanted.flatMap((container) =>
    container.ports.flatMap((port) => {
      const own = isOnHost(container) && offered.ordered.includes(port.target) ? port.target : undefined;
      const hostPort = published.get(port) ?? own;
      return hostPort === undefined ? [] : [assignedPort(container, port, hostPort, offered)];
    })
  );
  return { containers, assigned: inOrder(assigned, offered) };
}

function distribute(
  demands: readonly PortDemand[],
  offered: OfferedPorts,
  wishes: readonly PortWish[],
  problems: ProblemList,
): Map<PortDemand, number> {
  const given = new Map<PortDemand, number>();
  const taken = new Map<number, Set<string>>();
  const isFree = (port: number, { entries }: PortDemand) =>
    entries.every(({ protocol }) => !(taken.get(port)?.has(protocol) ?? false));
  const take = (demand: PortDemand, port: number) => {
    given.set(demand, port);
    const protocols = taken.get(port) ?? new Set();
    for (const { protocol } of demand.entries) protocols.add(protocol);
    taken.set(port, protocols);
  };
  for (const wish of wishes) {
    for (const demand of demands) {
      if (given.has(demand) || !isWished(demand, wish)) continue;
      if (isFree(wish.hostPort, demand)) take(demand, wish.hostPort);
      else {
        problems.error(
          `services.${demand.container}.ports[${demand.index}]`,
          `cannot have ${wish.hostPort}, as ${
            JSON.stringify(wish.text)
          } asks: another port of the pod has it`,
        );
      }
    }
  }
  const rest = () => demands.filter((demand) => !given.has(demand));
  for (const demand of rest()) {
    const names = demand.entries.map(({ name }) => name);
    const port = offered.ordered.find((each) => {
      const name = offered.names.get(each);
      return name !== undefined && names.includes(name) && isFree(each, demand);
    });
    if (port !== undefined) take(demand, port);
  }
  for (const demand of rest()) {
    const port = publishedAmong(demand.entries[0], offered).find((each) => isFree(each, demand));
    if (port !== undefined) take(demand, port);
  }
  // What is left is nobody's yet, in any protocol.
  const free = offered.ordered.filter((port) => !taken.has(port));
  for (const demand of rest()) {
    const port = free.shift();
    if (port !== undefined) take(demand, port);
    else tooFew(demand, demands.length, offered, problems);
  }
  return given;
}

function isWished({ container, entries }: PortDemand, wish: PortWish): boolean {
  return container === wish.container &&
    entries.some(({ target, protocol }) =>
      target === wish.target && (wish.protocol ?? protocol) === protocol
    );
}

/** The offered ports that an entry is published on: one, or those of a range. */
function publishedAmong(port: Port | undefined, { ordered }: OfferedPorts): number[] {
  if (port?.published === undefined) return [];
  const [first = "", last = first] = port.published.split("-");
  return ordered.filter((each) => each >= Number(first) && each <= Number(last)).sort((left, right) =>
    left - right
  );
}

function tooFew(demand: PortDemand, wanted: number, { ordered }: OfferedPorts, problems: ProblemList): void {
  const [first] = demand.entries;
  problems.error(
    `services.${demand.container}.ports[${demand.index}]`,
    `there is no port of the host left for ${first?.target}/${first?.protocol}: the pod publishes ${wanted}, and the ` +
      `task has ${ordered.length} (${describePorts(ordered)}); ask for more \`ports\``,
  );
}

function onHostPorts(container: Container, { ordered }: OfferedPorts, problems: ProblemList): Container {
  container.ports.forEach((port, index) => {
    if (ordered.includes(port.target)) return;
    problems.warning(
      `services.${container.name}.ports[${index}]`,
      `the container listens on port ${port.target} of the host itself, which is none of the task's ` +
        `(${describePorts(ordered)}): let it listen on PORT0`,
    );
  });
  // It shares the host's ports; nothing is published under another number.
  const ports = container.ports.map(({ published: _published, ...port }) => port);
  return { ...container, ports: container.networkNamespace.kind === "pod" ? ports : [] };
}

function assignedPort(
  container: Container,
  port: Port,
  hostPort: number,
  { names }: OfferedPorts,
): AssignedPort {
  const name = port.name ?? names.get(hostPort);
  return {
    container: container.name,
    target: port.target,
    protocol: port.protocol,
    hostPort,
    ...(name === undefined ? {} : { name }),
  };
}

function inOrder(assigned: readonly AssignedPort[], { ordered }: OfferedPorts): AssignedPort[] {
  const unique = new Map(
    assigned.map((port) => [`${port.container} ${port.target} ${port.protocol} ${port.hostPort}`, port]),
  );
  const place = new Map(ordered.map((port, index) => [port, index]));
  return [...unique.values()].sort((left, right) =>
    (place.get(left.hostPort) ?? 0) - (place.get(right.hostPort) ?? 0) ||
    (left.protocol < right.protocol ? -1 : left.protocol > right.protocol ? 1 : 0)
  );
}
