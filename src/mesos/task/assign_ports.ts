/** Ports of the host for the ports that a pod publishes: only those that the task was offered. */

import type { ProblemList } from "../../compose/problem_list.ts";
import type { Container, Pod, Port } from "../../pod/model.ts";
import type { OfferedPorts } from "./offered_ports.ts";
import { describePorts, type PortWish } from "./port_wishes.ts";
import type { AssignedPort } from "./task_pod.ts";

/** A pod whose published ports are offered ones. */
export interface PodWithPorts {
  readonly containers: readonly Container[];
  readonly assigned: readonly AssignedPort[];
}

/** Entries of one container's `ports` that get one port of the host together. */
interface Demand {
  readonly container: string;
  /** Of the first entry, for messages. */
  readonly index: number;
  readonly entries: readonly Port[];
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
  const wanted = pod.containers.map((container) => withWished(container, wishes));
  const modes = new Map(wanted.map((each) => [each.name, networkModeOf(each, pod, wanted)]));
  const isOnHost = ({ name }: Container) => modes.get(name) === "host";
  // Without a network nothing can be published: the placement says so.
  const demands = wanted.filter(({ name }) => !["host", "none"].includes(modes.get(name) ?? ""))
    .flatMap(demandsOf);
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

/** A wish for a port that is not published publishes it. */
function withWished(container: Container, wishes: readonly PortWish[]): Container {
  const ports = [...container.ports];
  for (const { container: name, target, protocol } of wishes) {
    const isIt = (port: Port) => port.target === target && (protocol ?? port.protocol) === port.protocol;
    if (name === container.name && !ports.some(isIt)) ports.push({ target, protocol: protocol ?? "tcp" });
  }
  return { ...container, ports };
}

/** The network mode that a container ends up in; that of the container whose network it joins. */
function networkModeOf(
  container: Container,
  pod: Pick<Pod, "network">,
  all: readonly Container[],
  seen: ReadonlySet<string> = new Set(),
): string | undefined {
  const { networkNamespace: namespace, name } = container;
  if (namespace.kind === "pod") return pod.network.mode;
  if (namespace.kind === "engine") return namespace.mode;
  if (namespace.kind === "external" || seen.has(name)) return undefined;
  const owner = all.find((each) => each.name === namespace.container);
  return owner === undefined ? undefined : networkModeOf(owner, pod, all, new Set([...seen, name]));
}

function demandsOf(container: Container): Demand[] {
  const demands = new Map<string, { container: string; index: number; entries: Port[] }>();
  container.ports.forEach((port, index) => {
    const key = `${port.target} ${port.published ?? ""}`;
    const known = demands.get(key);
    const isSame = (entry: Port) =>
      entry.protocol === port.protocol && (entry.hostAddress ?? "") === (port.hostAddress ?? "");
    if (known === undefined) demands.set(key, { container: container.name, index, entries: [port] });
    else if (!known.entries.some(isSame)) known.entries.push(port);
    // The same once more: with a port of its own.
    else demands.set(`${key} ${index}`, { container: container.name, index, entries: [port] });
  });
  return [...demands.values()];
}

function distribute(
  demands: readonly Demand[],
  offered: OfferedPorts,
  wishes: readonly PortWish[],
  problems: ProblemList,
): Map<Demand, number> {
  const given = new Map<Demand, number>();
  const taken = new Map<number, Set<string>>();
  const isFree = (port: number, { entries }: Demand) =>
    entries.every(({ protocol }) => !(taken.get(port)?.has(protocol) ?? false));
  const take = (demand: Demand, port: number) => {
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

function isWished({ container, entries }: Demand, wish: PortWish): boolean {
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

function tooFew(demand: Demand, wanted: number, { ordered }: OfferedPorts, problems: ProblemList): void {
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
