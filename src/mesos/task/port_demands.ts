/** Which ports of the host a pod needs to publish what it publishes. */

import type { Container, Pod, Port } from "../../pod/model.ts";
import type { PortWish } from "./port_wishes.ts";

/** Entries of one container's `ports` that get one port of the host together. */
export interface PortDemand {
  readonly container: string;
  /** Of the first entry, for messages. */
  readonly index: number;
  readonly entries: readonly Port[];
}

/** The ports of a pod, before they have any of the host. */
export interface PodPorts {
  /** With the ports that wishes publish. */
  readonly containers: readonly Container[];
  /** Names of the containers on the host's own network: they share its ports, and publish none. */
  readonly onHost: ReadonlySet<string>;
  /** Each needs a port of the host: containers in their order, their ports as they are written. */
  readonly demands: readonly PortDemand[];
}

/** The ports that the containers of a pod publish. */
export function portDemands(
  pod: Pick<Pod, "containers" | "network">,
  wishes: readonly PortWish[],
): PodPorts {
  const containers = pod.containers.map((container) => withWished(container, wishes));
  const modes = new Map(containers.map((each) => [each.name, networkModeOf(each, pod, containers)]));
  const named = (mode: string) => containers.filter(({ name }) => modes.get(name) === mode);
  // Without a network nothing can be published: the placement says so.
  const apart = new Set([...named("host"), ...named("none")]);
  return {
    containers,
    onHost: new Set(named("host").map(({ name }) => name)),
    demands: containers.filter((container) => !apart.has(container)).flatMap(demandsOf),
  };
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

function demandsOf(container: Container): PortDemand[] {
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
