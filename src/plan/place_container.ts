import { hashContainer, hashDefinition } from "../pod/hash.ts";
import { ComposeLabel, Label } from "../pod/labels.ts";
import type { Container, Namespace, Pod, Port, ProjectedFile } from "../pod/model.ts";
import { containerNameOf, filesVolumeNameOf, pauseNameOf } from "../pod/names.ts";
import { formatDigests } from "../pod/pins.ts";
import { present } from "../pod/present.ts";
import { apiAtLeast } from "./api_version.ts";
import { containerBody } from "./container_body.ts";
import { endpointsOf } from "./endpoints.ts";
import type { Host, PlacementOptions } from "./host.ts";
import { hookBody } from "./hook_body.ts";
import { engineRestartPolicy } from "./host_config.ts";
import type { PlacementProblems } from "./placement_problems.ts";
import { linkTexts } from "./links.ts";
import type { PlacedContainer, PlacedVolume } from "./placed.ts";
import { loopback } from "./shared_namespace.ts";
import { type CgroupSpec, type CopiedFile, type EngineBody, idOf } from "./step.ts";

/** What is around a container that is placed. */
export interface Surroundings {
  readonly pod: Pod;
  readonly host: Host;
  readonly options: PlacementOptions;
  /** Containers that join the pause container's namespaces. */
  readonly members: ReadonlySet<string>;
  /** What the pause container publishes for them, by name. */
  readonly memberPorts: ReadonlyMap<string, readonly Port[]>;
  /** The network of the pause container. */
  readonly mainNetwork?: string | undefined;
  readonly volumeNames: ReadonlyMap<string, string>;
  readonly cgroup?: CgroupSpec;
}

/** Places one replica of a container; with it come the volumes that hold its copied files. */
export function placeContainer(
  container: Container,
  role: PlacedContainer["role"],
  number: number,
  surroundings: Surroundings,
): { readonly container: PlacedContainer; readonly volumes: readonly PlacedVolume[] } {
  const { pod, host, options } = surroundings;
  const name = container.containerName ?? containerNameOf(pod.name, container.name, number);
  const references = new Set<string>();
  const refer = (to: string): string => {
    references.add(to);
    return idOf(to);
  };
  const member = role === "container" && surroundings.members.has(container.name);
  const networkMode = networkModeOf(container, member, surroundings, refer);
  const endpoints = member ? [] : endpointsOf(container, role, name, surroundings);
  const oneCall = apiAtLeast(host.engine, "1.44");
  const inCreate = oneCall ? endpoints : endpoints.slice(0, 1);
  const usesNetworks = networkMode === undefined;
  const primary = endpoints[0];
  const links = pod.network.mode === "services" ? linkTexts(container, pod) : [];
  const volumesFrom = container.volumesFrom.map(({ from, readOnly }) => {
    const id = "container" in from ? refer(nameOfFirst(from.container, pod)) : from.external;
    return readOnly ? `${id}:ro` : id;
  });
  const filesVolumes = filesVolumesOf(container, name);
  const enginePolicy = options.supervision === "mesolet"
    ? engineRestartPolicy(undefined)
    : container.restart.kind === "no" && container.restart.verbatim === undefined
    ? {}
    : engineRestartPolicy(container.restart);
  const ipcMode = namespaceMode(container.ipcNamespace, member, pod, refer);
  const pidMode = namespaceMode(container.pidNamespace, false, pod, refer);
  const cgroupParent = container.resources.cgroupParent ?? surroundings.cgroup?.parent;
  const names = role === "pause" ? loopbackHosts(container) : [];
  // A pause container that resolves more names than are asked for will do: see `decide.ts`.
  const hashed = role === "pause"
    ? { ...container, extraHosts: container.extraHosts.filter(({ name }) => !names.includes(name)) }
    : container;
  const hooked = { networking: pod.network, supervision: options.supervision };
  const hash = hashContainer(hashed, pod.source.directory, {
    network: member ? "pod" : surroundings.mainNetwork,
    mode: pod.network.mode,
    networks: member ? undefined : networkDefinitions(container, pod),
    cgroup: surroundings.cgroup?.parent,
  });
  const body = containerBody(
    container,
    present({
      networkMode: networkMode ?? primary?.network ?? "none",
      endpoints: usesNetworks && primary !== undefined
        ? Object.fromEntries(inCreate.map(({ network, body }) => [network, body]))
        : undefined,
      macAddress: oneCall ? undefined : container.macAddress,
      ipcMode,
      pidMode,
      cgroupParent,
      enginePolicy,
      links,
      volumesFrom,
      publish: !member,
      volumeNames: surroundings.volumeNames,
      filesVolumes,
      environment: role === "pause" ? [] : host.environment,
      labels: {
        ...labelsOf(container, role, number, hash, surroundings),
        ...(role === "pause" ? { [Label.names]: names.join(",") } : {}),
        ...(member ? portsLabel(surroundings.memberPorts.get(container.name) ?? []) : {}),
        ...(references.size === 0 ? {} : { [Label.uses]: [...references].sort().map(idOf).join(",") }),
      },
    }),
  );
  const placed: PlacedContainer = present({
    role,
    container: container.name,
    number,
    name,
    image: container.image,
    imageIsBuilt: container.imageIsBuilt,
    platform: container.platform,
    pull: container.pull,
    mountedImages: container.mounts.flatMap(({ type, source }) =>
      type === "image" && source !== undefined ? [source] : []
    ),
    hash,
    body,
    bodyReferences: [...references].sort(),
    // Names of replicas are resolved, but a pod that is scaled is not made anew for them.
    names: names.filter((each) => !isReplicaName(each, pod.name)),
    externalContainers: externalContainersOf(container),
    volumesDefinition: volumesDefinitionOf(pod),
    filesVolumes: filesVolumes.map(({ name }) => name),
    laterNetworks: oneCall ? [] : endpoints.slice(1).map(({ network, body }) => ({ network, body })),
    networks: endpoints.map(({ network }) => network),
    volumes: container.mounts.flatMap((mount) =>
      mount.type === "volume" && mount.source !== undefined
        ? [{ name: surroundings.volumeNames.get(mount.source) ?? mount.source, target: mount.target }]
        : []
    ),
    anonymousVolumeTargets: container.mounts.flatMap((mount) =>
      mount.type === "volume" && mount.source === undefined ? [mount.target] : []
    ),
    files: container.files.flatMap(copiedFile),
    dependsOn: container.dependsOn,
    preStartOf: container.preStartOf,
    hasHealthCheck: container.health !== undefined && container.health.test[0] !== "NONE",
    postStart: container.hooks.postStart.map((hook) => hookBody(hook, hooked)),
    preStop: container.hooks.preStop.map((hook) => hookBody(hook, hooked)),
    enginePolicy,
  });
  return {
    container: placed,
    volumes: filesVolumes.map(({ name: volume }) => filesVolume(volume, name, surroundings)),
  };
}

function portsLabel(ports: readonly Port[]): Record<string, string> {
  if (ports.length === 0) return {};
  return {
    [Label.ports]: [...new Set(ports.map(({ target, protocol }) => `${target}/${protocol}`))].join(","),
  };
}

function volumesDefinitionOf(pod: Pod): string {
  return hashDefinition({ volumes: pod.volumes });
}

function externalContainersOf(container: Container): string[] {
  const names = [container.networkNamespace, container.ipcNamespace, container.pidNamespace].flatMap((
    namespace,
  ) => namespace.kind === "external" ? [namespace.container] : []);
  const volumes = container.volumesFrom.flatMap(({ from }) => "external" in from ? [from.external] : []);
  return [...new Set([...names, ...volumes])].sort();
}

function isReplicaName(name: string, pod: string): boolean {
  return name.startsWith(`${pod}-`) && /-\d+$/.test(name);
}

function loopbackHosts(pause: Container): string[] {
  return pause.extraHosts.flatMap(({ name, addresses }) => addresses.join() === loopback ? [name] : [])
    .sort();
}

/** A network whose definition changed is made anew, and so is what is on it. */
function networkDefinitions(container: Container, pod: Pod): string[] {
  return container.networks.flatMap(({ network: key }) => {
    const network = pod.networks.find((each) => each.key === key);
    return network === undefined ? [] : [network.external ? network.name : hashDefinition({ ...network })];
  });
}

/** Verbatim network mode; undefined where the container's networks (or the lack of any) decide. */
function networkModeOf(
  container: Container,
  member: boolean,
  { pod }: Surroundings,
  refer: (name: string) => string,
): string | undefined {
  if (member) return `container:${refer(pauseNameOf(pod.name))}`;
  const namespace = container.networkNamespace;
  switch (namespace.kind) {
    case "pod":
      return undefined;
    case "engine":
      return namespace.mode;
    case "container":
      return `container:${refer(nameOfFirst(namespace.container, pod))}`;
    case "external":
      return `container:${namespace.container}`;
  }
}

function namespaceMode(
  namespace: Namespace,
  shared: boolean,
  pod: Pod,
  refer: (name: string) => string,
): string | undefined {
  switch (namespace.kind) {
    case "pod":
      return shared ? `container:${refer(pauseNameOf(pod.name))}` : undefined;
    case "engine":
      return namespace.mode;
    case "container":
      return `container:${refer(nameOfFirst(namespace.container, pod))}`;
    case "external":
      return `container:${namespace.container}`;
  }
}

/** The name on the engine of the first replica of a container. */
function nameOfFirst(container: string, pod: Pod): string {
  const fixed = pod.containers.find(({ name }) => name === container)?.containerName;
  return fixed ?? containerNameOf(pod.name, container, 1);
}

function labelsOf(
  container: Container,
  role: PlacedContainer["role"],
  number: number,
  hash: string,
  { pod, options, cgroup }: Surroundings,
): Record<string, string> {
  const dependencies = container.dependsOn;
  const essential = role === "container" && pod.essential.includes(container.name);
  const restart = container.restart.maximumRetries === undefined
    ? container.restart.kind
    : `${container.restart.kind}:${container.restart.maximumRetries}`;
  const compose: Record<string, string> = role === "pause" ? {} : present({
    [ComposeLabel.project]: pod.name,
    [ComposeLabel.service]: container.name,
    [ComposeLabel.version]: options.version,
    [ComposeLabel.oneOff]: "False",
    [ComposeLabel.number]: String(number),
    [ComposeLabel.configHash]: hash,
    [ComposeLabel.dependsOn]: dependencies
      .map(({ container: name, condition, restart }) => `${name}:${composeConditions[condition]}:${restart}`)
      .join(","),
    [ComposeLabel.workingDirectory]: pod.source.directory,
    [ComposeLabel.configFiles]: pod.source.files.join(","),
    [ComposeLabel.environmentFile]: pod.source.environmentFiles.length === 0
      ? undefined
      : pod.source.environmentFiles.join(","),
  }) as Record<string, string>;
  return {
    ...compose,
    ...pod.labels,
    [Label.pod]: pod.name,
    [Label.role]: role,
    [Label.container]: container.name,
    [Label.number]: String(number),
    [Label.hash]: hash,
    ...(container.pinned === undefined ? {} : {
      [Label.digests]: formatDigests(container.pinned.digests),
      [Label.pinnedSpec]: container.pinned.spec,
    }),
    [Label.version]: options.version,
    [Label.source]: pod.source.kind,
    [Label.supervision]: options.supervision,
    [Label.definition]: volumesDefinitionOf(pod),
    [Label.restart]: restart,
    [Label.dependsOn]: dependencies
      .map((each) => `${each.container}:${each.condition}:${each.restart}:${each.required}`)
      .join(","),
    ...(essential ? { [Label.essential]: pod.essentialIsExplicit ? "any-end" : "failure" } : {}),
    ...(container.hooks.preStop.length === 0
      ? {}
      : { [Label.preStop]: String(container.hooks.preStop.length) }),
    ...(cgroup === undefined ? {} : { [Label.cgroup]: cgroup.parent }),
  };
}

const composeConditions = {
  started: "service_started",
  healthy: "service_healthy",
  completed: "service_completed_successfully",
} as const;

function copiedFile(file: ProjectedFile): CopiedFile[] {
  if (file.content.kind !== "inline") return [];
  return [{
    path: file.target,
    bytes: file.content.bytes,
    uid: Number(file.uid ?? 0),
    gid: Number(file.gid ?? 0),
    mode: file.mode ?? 0o444,
  }];
}

/**
 * Directories of copied files that have to be volumes: the Engine copies nothing into a container whose root is
 * read-only, but it does into a volume of it; and what is copied below a tmpfs is hidden when that is mounted.
 */
function filesVolumesOf(
  container: Container,
  name: string,
): { readonly name: string; readonly target: string }[] {
  const writable = new Set(
    container.mounts.filter(({ readOnly, type }) => !readOnly && type !== "tmpfs").map(({ target }) =>
      target
    ),
  );
  const temporary = temporaryTargets(container);
  const directories = new Set<string>();
  for (const file of container.files) {
    if (file.content.kind !== "inline") continue;
    const directory = file.target.slice(0, file.target.lastIndexOf("/")) || "/";
    const hidden = temporary.some((target) => directory.startsWith(`${target}/`));
    if ((container.security.readOnlyRoot || hidden) && !writable.has(directory)) directories.add(directory);
  }
  return [...directories].sort().map((target, index) => ({ name: filesVolumeNameOf(name, index), target }));
}

function temporaryTargets(container: Container): string[] {
  return [
    ...container.temporaryFilesystems.map(({ target }) => target),
    ...container.mounts.filter(({ type }) => type === "tmpfs").map(({ target }) => target),
  ];
}

/** A copied file right in a tmpfs can be in no volume: it is known before anything is made. */
export function refuseHiddenFiles(container: Container, problems: PlacementProblems): void {
  const temporary = new Set(temporaryTargets(container));
  for (const file of container.files) {
    const directory = file.target.slice(0, file.target.lastIndexOf("/")) || "/";
    if (file.content.kind !== "inline" || !temporary.has(directory)) continue;
    problems.error(
      container.name,
      "tmpfs",
      `hides ${file.target}, which is copied into the container before it starts: leave ${directory} to the ` +
        `${file.kind}, or take the ${file.kind} from a file`,
    );
  }
}

function filesVolume(volume: string, container: string, { pod, options }: Surroundings): PlacedVolume {
  const body: EngineBody = {
    Name: volume,
    Labels: {
      ...pod.labels,
      [Label.pod]: pod.name,
      [Label.role]: "files",
      [Label.container]: container,
      [Label.version]: options.version,
    },
  };
  return { key: volume, name: volume, external: false, files: true, definition: "", body };
}
