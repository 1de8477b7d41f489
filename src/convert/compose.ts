/** A pod as a Compose file that Docker Compose runs to the same containers, without this program. */

import type { ComposeNetwork, ComposePort, ComposeProject, ComposeService } from "../compose/model.ts";
import { printForLoading } from "../compose/print.ts";
import { ExitCode, SpecError } from "../pod/errors.ts";
import type { Container, Pod, Port } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import { PlacementProblems } from "../plan/placement_problems.ts";
import { shareNamespace } from "../plan/shared_namespace.ts";
import { type Conversion, type ConversionSource, Report } from "./conversion.ts";
import {
  allNetworkFields,
  allServiceFields,
  allVolumeFields,
  reportLost,
  type TargetFields,
} from "./field_support.ts";
import { noteValues } from "./note_values.ts";

/** What Docker Compose expresses. */
export const composeFields: TargetFields = {
  target: "Docker Compose",
  services: allServiceFields,
  volumes: allVolumeFields,
  networks: allNetworkFields,
  "x-pod": {
    name: "expressed",
    network: "expressed",
    resources: "partly",
    pin: "expressed",
    docker_registry: "expressed",
  },
};

/** What runs in the container that has the pod's network. */
export interface ComposeChoices {
  /** It is given `sleep infinity` as its command, which images of pause pass over. */
  readonly pauseImage: string;
}

/**
 * Makes the file: the network of the pod is that of one more service, whose network and IPC namespaces the others join.
 *
 * @throws {SpecError} where two services cannot share them, as `up` does
 */
export function toCompose(source: ConversionSource, { pauseImage }: ComposeChoices): Conversion {
  const report = new Report();
  const { project, pod } = source;
  reportLost(project, composeFields, report);
  noteValues(source, report, { withSecrets: false });
  const { "x-pod": _extension, ...extensions } = project.extensions;
  const limited = withLimits(project, pod, report);
  return report.conversion(
    printForLoading({ ...networked(limited, pod, pauseImage, report), extensions }, "yaml"),
  );
}

function networked(
  project: ComposeProject,
  pod: Pod,
  pauseImage: string,
  report: Report,
): ComposeProject {
  switch (pod.network.mode) {
    case "services":
      return project;
    case "host":
      return { ...project, services: mapped(project.services, onHost), networks: {} };
    case "pod":
    case "none":
    case "existing":
      return inOneNamespace(project, pod, pauseImage, report);
  }
}

/** Ports and networks mean nothing there, and Docker Compose refuses networks. */
function onHost(service: ComposeService): ComposeService {
  if (service.network_mode !== undefined) return service;
  const { ports: _ports, networks: _networks, ...rest } = service;
  return { ...rest, network_mode: "host" };
}

function inOneNamespace(
  project: ComposeProject,
  pod: Pod,
  pauseImage: string,
  report: Report,
): ComposeProject {
  const problems = new PlacementProblems("compose");
  const { pause, containers, members } = shareNamespace(pod, problems);
  if (problems.hasErrors) throw new SpecError(problems.problems, ExitCode.data);
  report.takeNotes(problems.problems);
  const name = freeName(Object.keys(project.services));
  const owner = `service:${name}`;
  const joined = Object.entries(project.services).map(([key, service]) => {
    const container = containers.find((one) => one.name === key);
    const isMember = members.has(key) && container !== undefined;
    return [key, isMember ? asMember(service, container, owner, name) : service] as const;
  });
  const joinedNetworks = new Set(joined.flatMap(([, { networks }]) => Object.keys(networks ?? {})));
  const attached = pause.networks.map(({ network }) => network);
  const kept = Object.entries(project.networks).filter(([key]) =>
    joinedNetworks.has(key) || attached.includes(key)
  );
  const own: Record<string, ComposeNetwork> = pod.network.mode === "none"
    ? {}
    : { default: ownNetwork(project, pod) };
  return {
    ...project,
    services: Object.fromEntries([
      ...joined,
      [name, pauseService(pause, pauseImage, pod.network.mode === "none")],
    ]),
    networks: { ...Object.fromEntries(kept), ...own },
  };
}

function ownNetwork(project: ComposeProject, { network }: Pod): ComposeNetwork {
  return network.mode === "existing"
    ? { name: network.network, external: true, ipam: {} }
    : { name: `${project.name}_default`, ipam: {} };
}

/** What belongs to the namespaces is the pause service's. */
function asMember(
  service: ComposeService,
  { sysctls }: Container,
  owner: string,
  pause: string,
): ComposeService {
  const {
    ports: _ports,
    expose: _expose,
    networks: _networks,
    hostname: _hostname,
    domainname: _domainname,
    mac_address: _macAddress,
    dns: _dns,
    dns_opt: _dnsOptions,
    dns_search: _dnsSearch,
    extra_hosts: _extraHosts,
    links: _links,
    external_links: _externalLinks,
    sysctls: _sysctls,
    shm_size: sharedMemory,
    ...rest
  } = service;
  const sharesIpc = service.ipc === undefined;
  return {
    ...rest,
    network_mode: owner,
    ipc: service.ipc ?? owner,
    ...(sharesIpc || sharedMemory === undefined ? {} : { shm_size: sharedMemory }),
    ...(Object.keys(sysctls).length === 0 ? {} : { sysctls: { ...sysctls } }),
    depends_on: {
      ...service.depends_on,
      [pause]: { condition: "service_started", required: true, restart: true },
    },
  };
}

function pauseService(pause: Container, image: string, isAlone: boolean): ComposeService {
  const { sharedMemoryBytes } = pause.resources;
  const attached = pause.networks.map(({ network, aliases }) =>
    [network, { aliases: [...aliases] }] as const
  );
  return {
    image,
    entrypoint: null,
    command: ["sleep", "infinity"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    read_only: true,
    ipc: "shareable",
    restart: pause.restart.kind,
    // It has nothing to bring to an end.
    stop_signal: "SIGKILL",
    ...(isAlone
      ? { network_mode: "none" }
      : { networks: { default: null, ...Object.fromEntries(attached) } }),
    ...present({
      hostname: pause.hostname,
      domainname: pause.domainname,
      mac_address: pause.macAddress,
      shm_size: sharedMemoryBytes === undefined ? undefined : String(sharedMemoryBytes),
      ports: filled(pause.ports.map(portOf)),
      dns: filled([...pause.dns]),
      dns_opt: filled([...pause.dnsOptions]),
      dns_search: filled([...pause.dnsSearch]),
      extra_hosts: filled(
        pause.extraHosts.flatMap(({ name, addresses }) => addresses.map((address) => `${name}=${address}`)),
      ),
      sysctls: Object.keys(pause.sysctls).length === 0 ? undefined : { ...pause.sysctls },
    }),
    extensions: {},
  };
}

function portOf({ target, protocol, published, hostAddress, name, applicationProtocol }: Port): ComposePort {
  return {
    mode: "ingress",
    target,
    protocol,
    ...present({ published, host_ip: hostAddress, name, app_protocol: applicationProtocol }),
  };
}

/** There is no total of several services; none has more than it, at least. */
function withLimits(project: ComposeProject, pod: Pod, report: Report): ComposeProject {
  const { milliCpus, memoryBytes } = pod.resources ?? {};
  if (milliCpus === undefined && memoryBytes === undefined) return project;
  const count = pod.containers.reduce((sum, { replicas }) => sum + replicas, 0);
  if (count > 1) {
    report.lost("x-pod.resources", "each service is held to it by itself, and not all of them together");
  }
  return {
    ...project,
    services: mapped(project.services, (service, name) => {
      const own = pod.containers.find((container) => container.name === name)?.resources ?? {};
      const hasCpus = (own.nanoCpus ?? 0) > 0 || (own.cpuQuota ?? 0) > 0;
      return {
        ...service,
        ...(milliCpus === undefined || hasCpus ? {} : { cpus: milliCpus / 1000 }),
        ...(memoryBytes === undefined || (own.memoryBytes ?? 0) > 0
          ? {}
          : { mem_limit: String(memoryBytes) }),
      };
    }),
  };
}

function freeName(taken: readonly string[]): string {
  for (let number = 1;; number++) {
    const name = number === 1 ? "pod" : `pod-${number}`;
    if (!taken.includes(name)) return name;
  }
}

function filled<Item>(list: Item[]): Item[] | undefined {
  return list.length === 0 ? undefined : list;
}

function mapped<Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, key: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
