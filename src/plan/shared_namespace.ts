import type { Container, ExtraHost, Namespace, NetworkAttachment, Pod } from "../pod/model.ts";
import { hostNameOf, pauseImageName, pauseNameOf } from "../pod/names.ts";
import { present } from "../pod/present.ts";
import type { PlacementProblems } from "./placement_problems.ts";
import { refuseSharedClaims, refuseSharedHostPorts } from "./port_claims.ts";

/** A pod whose containers share a network namespace, with what belongs to the namespace moved to its owner. */
export interface SharedNamespace {
  /** Owns the network and IPC namespaces: ports, addresses, host names and DNS of all members are its own. */
  readonly pause: Container;
  /** All containers of the pod; those that are in the namespace have given up what moved to the pause container. */
  readonly containers: readonly Container[];
  readonly members: ReadonlySet<string>;
}

/** The address that names of a pod resolve to in its shared namespace. */
export const loopback = "127.0.0.1";

/** Kernel parameters that belong to a namespace of the pause container: network ones, and those of System V IPC. */
const namespacedSysctl = /^(net\.|kernel\.(msg|sem|shm)|fs\.mqueue\.)/;

/**
 * Puts the containers of a pod into one network namespace: the names of all services resolve to loopback, so that a
 * Compose file which addresses its neighbours by name works unchanged, and ports are published by the pause
 * container. A container with a `network_mode` of its own stays out.
 */
export function shareNamespace(pod: Pod, problems: PlacementProblems): SharedNamespace {
  const members = new Set(membersOf(pod.containers));
  const inside = pod.containers.filter((container) => members.has(container.name));
  refuseSharedClaims(inside, problems);
  refuseSharedHostPorts(pod.containers, problems);
  if (pod.network.mode === "none") refusePublished(inside, problems);
  for (const container of pod.containers) {
    if (!members.has(container.name) && container.preStartOf === undefined) {
      problems.warning(
        container.name,
        "network_mode",
        "keeps the container out of the pod's network: the others do not reach it by its name",
      );
    }
  }
  warnOfLostNetworks(pod, inside, problems);
  return {
    pause: pauseContainer(pod, inside, problems),
    containers: pod.containers.map((container) =>
      members.has(container.name) ? withoutMoved(container) : container
    ),
    members,
  };
}

/** Containers of the pod's namespace: by default, or because they join that of one that is in it. */
function membersOf(containers: readonly Container[]): string[] {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const isMember = (container: Container, seen: ReadonlySet<string>): boolean => {
    const namespace = container.networkNamespace;
    if (namespace.kind === "pod") return true;
    if (namespace.kind !== "container" || seen.has(namespace.container)) return false;
    const owner = byName.get(namespace.container);
    return owner !== undefined && isMember(owner, new Set([...seen, owner.name]));
  };
  return containers.filter((container) => isMember(container, new Set([container.name]))).map(({ name }) =>
    name
  );
}

function withoutMoved(container: Container): Container {
  const {
    hostname: _hostname,
    domainname: _domainname,
    macAddress: _macAddress,
    ...rest
  } = container;
  const { sharedMemoryBytes: _sharedMemory, ...resources } = container.resources;
  const sharesIpc = container.ipcNamespace.kind === "pod";
  return {
    ...rest,
    ports: [],
    exposed: [],
    networks: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    links: [],
    externalLinks: [],
    sysctls: sharesIpc
      ? Object.fromEntries(Object.entries(container.sysctls).filter(([name]) => !namespacedSysctl.test(name)))
      : Object.fromEntries(Object.entries(container.sysctls).filter(([name]) => !name.startsWith("net."))),
    resources: sharesIpc ? resources : container.resources,
    networkNamespace: { kind: "pod" },
  };
}

function pauseContainer(pod: Pod, inside: readonly Container[], problems: PlacementProblems): Container {
  const network: Namespace = pod.network.mode === "none" ? { kind: "engine", mode: "none" } : { kind: "pod" };
  const hostname = oneOf(inside, "hostname", problems) ?? hostNameOf(pod.name);
  const sharedMemory = Math.max(0, ...inside.map(({ resources }) => resources.sharedMemoryBytes ?? 0));
  return {
    name: "pause",
    replicas: 1,
    containerName: pauseNameOf(pod.name),
    image: pauseImageName,
    imageIsBuilt: false,
    pull: { kind: "never" },
    command: null,
    entrypoint: null,
    environment: [],
    groups: [],
    hostname,
    ...present({
      domainname: oneOf(inside, "domainname", problems),
      macAddress: oneOf(inside, "macAddress", problems),
    }),
    tty: false,
    stdinOpen: false,
    labels: {},
    annotations: {},
    mounts: [],
    temporaryFilesystems: [],
    files: [],
    volumesFrom: [],
    storageOptions: {},
    ports: inside.flatMap(({ ports }) => ports),
    exposed: [],
    networks: externalAttachments(pod, inside),
    networkNamespace: network,
    ipcNamespace: { kind: "engine", mode: "shareable" },
    pidNamespace: { kind: "pod" },
    dns: union(inside, "dns"),
    dnsSearch: union(inside, "dnsSearch"),
    dnsOptions: union(inside, "dnsOptions"),
    extraHosts: hostsOf(pod, inside, problems),
    links: [],
    externalLinks: [],
    resources: sharedMemory === 0 ? {} : { sharedMemoryBytes: sharedMemory },
    security: {
      privileged: false,
      readOnlyRoot: true,
      capabilitiesAdded: [],
      capabilitiesDropped: ["ALL"],
      options: ["no-new-privileges"],
      unconfinedSystemPaths: false,
    },
    devices: [],
    deviceRequests: [],
    deviceCgroupRules: [],
    sysctls: sysctlsOf(inside, problems),
    ulimits: [],
    dependsOn: [],
    restart: { kind: inside.some(({ restart }) => restart.kind !== "no") ? "always" : "no" },
    // It ends at once when told to; a signal that comes before its program runs is lost, and need not cost ten seconds.
    stop: { graceMilliseconds: 1000 },
    hooks: { postStart: [], preStop: [] },
  };
}

/** Service names, aliases and linked names at loopback; then what the spec itself adds. */
function hostsOf(pod: Pod, inside: readonly Container[], problems: PlacementProblems): ExtraHost[] {
  const hosts = new Map<string, readonly string[]>();
  for (const name of loopbackNames(pod, inside)) hosts.set(name, [loopback]);
  const writtenBy = new Map<string, string>();
  for (const container of inside) {
    for (const { name, addresses } of container.extraHosts) {
      const other = writtenBy.get(name);
      if (other !== undefined && hosts.get(name)?.join() !== addresses.join()) {
        problems.warning(
          container.name,
          "extra_hosts",
          `${name} has another address in ${other}: containers of a pod share one hosts file, and this one wins`,
        );
      } else if (other === undefined && hosts.has(name)) {
        problems.warning(
          container.name,
          "extra_hosts",
          `${name} is also a name in this pod: the address given here wins`,
        );
      }
      writtenBy.set(name, container.name);
      hosts.set(name, addresses);
    }
  }
  return [...hosts].map(([name, addresses]) => ({ name, addresses }));
}

/**
 * Every name that containers of the pod know each other by. Nobody speaks with one of `pre_start`, which has ended
 * before others look for it: a new one is no reason to make a pod anew.
 */
export function loopbackNames(pod: Pod, inside: readonly Container[]): string[] {
  const names = new Set<string>();
  for (const container of inside) {
    if (container.preStartOf !== undefined) continue;
    names.add(container.name);
    if (container.containerName !== undefined) names.add(container.containerName);
    if (container.hostname !== undefined) names.add(container.hostname);
    for (let number = 1; number <= container.replicas; number++) {
      names.add(`${pod.name}-${container.name}-${number}`);
    }
    for (const { aliases } of container.networks) for (const alias of aliases) names.add(alias);
    for (const link of container.links) names.add(link.alias);
  }
  // A name that the kernel or the engine gives a meaning of its own is none of ours.
  names.delete("localhost");
  return [...names].sort();
}

/** Networks of others are joined by the pause container, under the names that its members would have on them. */
function externalAttachments(pod: Pod, inside: readonly Container[]): NetworkAttachment[] {
  const external = new Set(pod.networks.filter((network) => network.external).map(({ key }) => key));
  const attachments = new Map<string, NetworkAttachment>();
  for (const container of inside) {
    for (const attachment of container.networks) {
      if (!external.has(attachment.network)) continue;
      const known = attachments.get(attachment.network);
      attachments.set(attachment.network, {
        ...attachment,
        ...known,
        aliases: [...new Set([...(known?.aliases ?? []), container.name, ...attachment.aliases])],
      });
    }
  }
  return [...attachments.values()].sort((left, right) => left.network < right.network ? -1 : 1);
}

function warnOfLostNetworks(pod: Pod, inside: readonly Container[], problems: PlacementProblems): void {
  const advice = "set x-pod.network: services to have the file's own networks";
  for (const network of pod.networks) {
    if (network.external) continue;
    const used = inside.some(({ networks }) =>
      networks.some((attachment) => attachment.network === network.key)
    );
    if (!used) continue;
    if (network.internal) {
      problems.podWarning(
        `networks.${network.key}.internal`,
        `has no effect in a shared namespace: ${advice}`,
      );
    } else if (network.driver !== undefined || network.addressing !== undefined) {
      problems.podWarning(
        `networks.${network.key}`,
        `is not made for a pod that shares one namespace: ${advice}`,
      );
    }
  }
  for (const container of inside) {
    for (const attachment of container.networks) {
      const external = pod.networks.some((network) => network.external && network.key === attachment.network);
      const path = `networks.${attachment.network}`;
      if (external) continue;
      for (const field of ["ipv4Address", "ipv6Address", "macAddress", "interfaceName"] as const) {
        if (attachment[field] !== undefined) {
          problems.warning(
            container.name,
            path,
            `a fixed address or interface has no effect in a shared namespace: ${advice}`,
          );
          break;
        }
      }
    }
    if (container.externalLinks.length > 0) {
      problems.warning(container.name, "external_links", `has no effect in a shared namespace: ${advice}`);
    }
  }
}

function refusePublished(inside: readonly Container[], problems: PlacementProblems): void {
  for (const container of inside) {
    if (container.ports.length > 0) {
      problems.error(
        container.name,
        "ports[0]",
        "a pod without a network (x-pod.network: none) publishes no ports",
      );
    }
  }
}

function oneOf(
  inside: readonly Container[],
  field: "hostname" | "domainname" | "macAddress",
  problems: PlacementProblems,
): string | undefined {
  const written = { hostname: "hostname", domainname: "domainname", macAddress: "mac_address" }[field];
  let first: string | undefined;
  for (const container of inside) {
    const value = container[field];
    if (value === undefined) continue;
    if (first === undefined) first = value;
    else if (value !== first) {
      problems.warning(
        container.name,
        written,
        `${value} gives way to ${first}: containers of a pod share one network namespace` +
          (field === "hostname" ? "; the name resolves all the same" : ""),
      );
    }
  }
  return first;
}

function union(inside: readonly Container[], field: "dns" | "dnsSearch" | "dnsOptions"): string[] {
  return [...new Set(inside.flatMap((container) => container[field]))];
}

function sysctlsOf(inside: readonly Container[], problems: PlacementProblems): Record<string, string> {
  const result: Record<string, string> = {};
  for (const container of inside) {
    for (const [name, value] of Object.entries(container.sysctls)) {
      const moves = container.ipcNamespace.kind === "pod"
        ? namespacedSysctl.test(name)
        : name.startsWith("net.");
      if (!moves) continue;
      if (result[name] !== undefined && result[name] !== value) {
        problems.warning(
          container.name,
          `sysctls.${name}`,
          `${value} gives way to ${result[name]} of another container`,
        );
      } else result[name] = value;
    }
  }
  return result;
}
