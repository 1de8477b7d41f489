import { SpecError, UsageError } from "../pod/errors.ts";
import { hashDefinition } from "../pod/hash.ts";
import { ComposeLabel, Label, sharedNetworkName } from "../pod/labels.ts";
import type { Container, Network, Pod, Volume } from "../pod/model.ts";
import { mostContainers } from "../pod/most_containers.ts";
import { scaledReplicas } from "../pod/pre_start.ts";
import { apiAtLeast } from "./api_version.ts";
import { networkBody } from "./endpoint_body.ts";
import { checkEngineLimits } from "./engine_limits.ts";
import type { Host, PlacementOptions } from "./host.ts";
import { hostNamespace } from "./host_namespace.ts";
import { placeContainer, refuseHiddenFiles, type Surroundings } from "./place_container.ts";
import type { PlacedContainer, PlacedNetwork, PlacedPod, PlacedVolume } from "./placed.ts";
import { PlacementProblems } from "./placement_problems.ts";
import { podCgroup } from "./pod_cgroup.ts";
import { shareNamespace } from "./shared_namespace.ts";
import { sharedNetworkBody } from "./shared_network.ts";

/** A placed pod, with what a person should know of the placement. */
export interface Placement {
  readonly placed: PlacedPod;
  readonly problems: PlacementProblems["problems"];
}

/**
 * Gives a pod its place on a host: names, namespaces, networks, ports, labels, hashes, and the request bodies that
 * would make it. Pure: the same pod and host give the same result.
 *
 * @throws {SpecError} when the pod cannot run on this host, with all reasons.
 */
export function place(
  pod: Pod,
  host: Host,
  options: PlacementOptions,
): Placement {
  const problems = new PlacementProblems(pod.source.kind);
  const scaled = scale(pod, options);
  const cgroup = podCgroup(scaled, host, problems);
  const networking = scaled.network.mode;
  const shared = networking === "services" || networking === "host"
    ? undefined
    : shareNamespace(scaled, problems);
  const containers = networking === "host"
    ? hostNamespace(scaled, problems)
    : shared?.containers ?? scaled.containers;
  const surroundings: Surroundings = {
    pod: { ...scaled, containers },
    host,
    options,
    members: shared?.members ?? new Set(),
    memberPorts: new Map(scaled.containers.map(({ name, ports }) => [name, ports])),
    mainNetwork: mainNetworkOf(scaled),
    volumeNames: new Map(scaled.volumes.map(({ key, name }) => [key, name])),
    ...(cgroup === undefined ? {} : { cgroup }),
  };
  const everyone: [Container, PlacedContainer["role"]][] = [
    ...(shared === undefined ? [] : [[shared.pause, "pause"] as [Container, "pause"]]),
    ...containers.map((container) => [container, "container"] as [Container, "container"]),
  ];
  const placed = everyone.flatMap(([container, role]) => {
    checkEngineLimits(container, scaled, host.engine, problems);
    refuseHiddenFiles(container, problems);
    return Array.from(
      { length: container.replicas },
      (_, index) => placeContainer(container, role, index + 1, surroundings),
    );
  });
  if (networking === "services") warnOfNetworkLimits(scaled, host, problems);
  if (problems.hasErrors) throw new SpecError(problems.problems);
  return {
    placed: {
      name: scaled.name,
      networking: scaled.network,
      supervision: options.supervision,
      containers: placed.map(({ container }) => container),
      networks: networksOf(scaled, host, options, shared?.pause),
      volumes: [
        ...scaled.volumes.map((volume) => volumeOf(scaled, volume, options)),
        ...placed.flatMap(({ volumes }) => volumes),
      ],
      ...(cgroup === undefined ? {} : { cgroup }),
      disabled: scaled.disabled,
    },
    problems: problems.problems,
  };
}

/** An engine before API 1.48 gives every network IPv4, whatever it is asked. */
function warnOfNetworkLimits(pod: Pod, host: Host, problems: PlacementProblems): void {
  if (apiAtLeast(host.engine, "1.48")) return;
  for (const { key, enableIpv4, external } of pod.networks) {
    if (external || enableIpv4 !== false) continue;
    problems.podWarning(
      `networks.${key}.enable_ipv4`,
      `has no effect: needs Docker Engine 28 (API 1.48); this engine has API ${host.engine.apiVersion}`,
    );
  }
}

function scale(pod: Pod, options: PlacementOptions): Pod {
  if (options.scale === undefined) return pod;
  const wanted = options.scale;
  const unknown = Object.keys(wanted).filter((name) =>
    !pod.containers.some((container) => container.name === name && container.preStartOf === undefined)
  );
  if (unknown.length > 0) {
    throw new UsageError(
      `no such service to scale: ${unknown.join(", ")} (the pod has ${
        pod.containers.flatMap(({ name, preStartOf }) => preStartOf === undefined ? [name] : []).join(", ")
      })`,
    );
  }
  const containers = pod.containers.map((container) => ({
    ...container,
    replicas: scaledReplicas(container, wanted),
  }));
  const total = containers.reduce((sum, { replicas }) => sum + replicas, 0);
  if (total > mostContainers) {
    throw new UsageError(
      `--scale makes ${total} containers of the pod, and a pod has ${mostContainers} at most`,
    );
  }
  return { ...pod, containers };
}

/** The network that the pause container lives on; absent where the spec's own networks, or none, are used. */
function mainNetworkOf(pod: Pod): string | undefined {
  if (pod.network.mode === "pod") return sharedNetworkName;
  if (pod.network.mode === "existing") return pod.network.network;
  return undefined;
}

function networksOf(
  pod: Pod,
  host: Host,
  options: PlacementOptions,
  pause: Container | undefined,
): PlacedNetwork[] {
  const sendDuplicateCheck = !apiAtLeast(host.engine, "1.44");
  const ownLabels = (network: Network, definition: string) => ({
    ...pod.labels,
    [ComposeLabel.project]: pod.name,
    [ComposeLabel.network]: network.key,
    [ComposeLabel.version]: options.version,
    [ComposeLabel.configHash]: definition,
    [Label.pod]: pod.name,
    [Label.network]: network.key,
    [Label.definition]: definition,
  });
  const own = (network: Network): PlacedNetwork => {
    const { key: _key, ...rest } = network;
    const definition = hashDefinition(rest);
    return {
      key: network.key,
      name: network.name,
      external: network.external,
      shared: false,
      definition,
      body: networkBody(network, ownLabels(network, definition), sendDuplicateCheck),
    };
  };
  if (pod.network.mode === "services") return pod.networks.map(own);
  if (pause === undefined) return [];
  const joined = new Set(pause.networks.map(({ network }) => network));
  const external = pod.networks.filter(({ key }) => joined.has(key)).map(own);
  if (pod.network.mode === "existing") {
    return [
      { name: pod.network.network, external: true, shared: false, definition: "", body: {} },
      ...external,
    ];
  }
  if (pod.network.mode === "pod") return [sharedNetwork(host), ...external];
  return external;
}

function sharedNetwork(host: Host): PlacedNetwork {
  return {
    name: sharedNetworkName,
    external: false,
    shared: true,
    definition: "",
    body: sharedNetworkBody(host.engine),
  };
}

function volumeOf(pod: Pod, volume: Volume, options: PlacementOptions): PlacedVolume {
  const { key, ...rest } = volume;
  const definition = hashDefinition(rest);
  return {
    key,
    name: volume.name,
    external: volume.external,
    files: false,
    definition,
    body: {
      Name: volume.name,
      Driver: volume.driver,
      DriverOpts: Object.keys(volume.driverOptions).length === 0 ? undefined : volume.driverOptions,
      Labels: {
        ...volume.labels,
        ...pod.labels,
        [ComposeLabel.project]: pod.name,
        [ComposeLabel.volume]: key,
        [ComposeLabel.version]: options.version,
        [ComposeLabel.configHash]: definition,
        [Label.pod]: pod.name,
        [Label.volume]: key,
        [Label.definition]: definition,
      },
    },
  };
}
