import { ExitCode, type Problem, SpecError } from "../pod/errors.ts";
import type { Container, Network, Pod, Volume } from "../pod/model.ts";
import { mostContainers } from "../pod/most_containers.ts";
import { containerNameOf } from "../pod/names.ts";
import { binderRegistryOf, bindImages } from "./image_binder.ts";
import { resolvedLifecycle } from "./http_lifecycle.ts";
import type { ComposeNetwork, ComposeProject, ComposeVolume } from "./model.ts";
import { containerOf } from "./pod_container.ts";
import { readPodExtension } from "./pod_extension.ts";
import { nativeParts } from "./native_subset.ts";
import { preloadAt } from "./pod_preload.ts";
import { withPreStart } from "./pod_pre_start.ts";
import { withPins } from "../pod/pins.ts";
import { ProblemList } from "./problem_list.ts";

/** What {@linkcode podOf} needs besides the project. */
export interface PodRequest {
  readonly project: ComposeProject;
  /** Reads a file of the host; undefined when it is missing, no regular file, unreadable, or larger than 1 MiB. */
  readonly readFile: (path: string) => Uint8Array | undefined;
  /** A network mode from the command line, which wins over the file's `x-pod.network`. */
  readonly network?: string;
  /** The pod is a task of Mesos, for which `x-pod.ports` and `x-pod.hooks` have a meaning. */
  readonly forTask?: boolean;
  /** Tasks of a cluster are to be made of the pod: `x-pod.placement` and what belongs to it have a meaning as well. */
  readonly forCluster?: boolean;
}

/** A pod and what a person should know of it. */
export interface PodResult {
  readonly pod: Pod;
  readonly warnings: readonly Problem[];
  /** `x-pod.ports`, as written: which of the offered ports of a task its published ports are to have. */
  readonly offeredPorts: readonly string[];
}

/**
 * Turns a Compose project into a pod. What Docker Compose accepts but cannot be run here (a build without an image,
 * models, providers, external secrets) is refused by the field's path; what is ignored is warned about.
 *
 * @throws {SpecError} with all problems, when there is an error among them.
 */
export function podOf(request: PodRequest): PodResult {
  const { project } = request;
  const problems = new ProblemList();
  const names = Object.keys(project.services).sort();
  if (names.length === 0) {
    problems.error("services", "no service is selected: add one, or activate a profile with --profile");
  }
  for (const name of Object.keys(project.models)) {
    problems.error(
      `models.${name}`,
      "models are not run by mesolet: remove it, or run the model as a service",
    );
  }
  const { network: override, forTask = false, forCluster = false } = request;
  const runner = forTask ? "task" : forCluster ? "cluster" : "host";
  const extension = readPodExtension(project.extensions["x-pod"], names, problems, override, runner);
  const registry = binderRegistryOf(project);
  const containers = names.flatMap((name) => {
    const written = project.services[name];
    if (written === undefined) return [];
    const { service, bound } = bindImages(`services.${name}`, written, registry, problems);
    const made = withPreStart(containerOf(name, service, request, problems), service, project, problems);
    const isPinned = extension.pin.includes(name);
    return made.map((container) => withPins(container, (image) => isPinned || bound.has(image)));
  }).sort((left, right) => left.name < right.name ? -1 : 1);
  judgeBuilds(project, extension.network.mode === "services" && runner === "host", problems);
  if (!refuseTooMany(containers, problems)) refuseSharedNames(containers, project.name, problems);
  const awaited = new Set(
    containers.flatMap((container) =>
      container.dependsOn.filter((dependency) => dependency.condition === "completed").map(({ container }) =>
        container
      )
    ),
  );
  const httpLifecycle = extension.httpLifecycle === undefined
    ? undefined
    : resolvedLifecycle(extension.httpLifecycle, containers, problems);
  const isNative = forCluster && extension.cluster?.containerizer === "mesos";
  const parts = isNative
    ? nativeParts({
      project,
      containers,
      network: extension.network,
      isWritten: override !== undefined || saysNetwork(project),
      readFile: request.readFile,
    }, problems)
    : { containers, network: extension.network };
  const warnings = problems.problems.filter((problem) => problem.severity === "warning");
  if (warnings.length < problems.problems.length) throw new SpecError(problems.problems, ExitCode.data);

  const usedNetworks = new Set(
    containers.flatMap((container) => container.networks.map(({ network }) => network)),
  );
  const usedVolumes = new Set(
    containers.flatMap((container) =>
      container.mounts.flatMap((mount) =>
        mount.type === "volume" && mount.source !== undefined ? [mount.source] : []
      )
    ),
  );
  const pod: Pod = {
    name: project.name,
    source: {
      kind: "compose",
      files: project.files,
      directory: project.workingDirectory,
      environmentFiles: project.environmentFiles,
    },
    ...parts,
    networks: Object.entries(project.networks)
      .filter(([key]) => usedNetworks.has(key))
      .map(([key, network]) => networkOf(key, network))
      .sort(byKey),
    volumes: Object.entries(project.volumes)
      .filter(([key]) => usedVolumes.has(key))
      .map(([key, volume]) => volumeOf(key, volume))
      .sort(byKey),
    ...(extension.resources === undefined ? {} : { resources: extension.resources }),
    essential: extension.essential ?? names.filter((name) => !awaited.has(name)),
    essentialIsExplicit: extension.essential !== undefined,
    disabled: Object.keys(project.disabledServices).sort(),
    ...(extension.statusHooks === undefined ? {} : { statusHooks: extension.statusHooks }),
    ...(httpLifecycle === undefined ? {} : { httpLifecycle }),
    ...(extension.cluster === undefined ? {} : { cluster: extension.cluster }),
    ...(extension.preload === undefined
      ? {}
      : { preload: preloadAt(project.workingDirectory, extension.preload) }),
  };
  return { pod, warnings, offeredPorts: extension.ports };
}

/**
 * The errors of {@linkcode podOf}, of a project of which something may be missing: for those who are going to refuse it
 * anyway, and want to tell all that is wrong.
 */
export function podErrors(request: PodRequest): readonly Problem[] {
  // Without a service that is left, nobody has forgotten to select one.
  if (Object.keys(request.project.services).length === 0) return [];
  try {
    podOf(request);
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.filter(({ severity }) => severity === "error");
  }
}

function saysNetwork({ extensions }: ComposeProject): boolean {
  const written = extensions["x-pod"];
  return typeof written === "object" && written !== null && "network" in written;
}

/**
 * Nothing is built here, so a service without an image is refused. In `services` mode a pod is what Docker Compose would
 * make of the file: there it does with an image that somebody built on the engine's host, as `up` of Docker Compose does.
 */
function judgeBuilds(project: ComposeProject, useBuilt: boolean, problems: ProblemList): void {
  for (const [name, { image, build }] of Object.entries(project.services)) {
    if (build === undefined || image !== undefined) continue;
    const path = `services.${name}.build`;
    if (!useBuilt) {
      problems.error(path, "is not done by mesolet, and there is no image: name one with `image:`");
    } else {
      problems.warning(
        path,
        `is not done by mesolet: ${project.name}-${name} is used if it is on the engine's host; better name an image ` +
          "with `image:`",
      );
    }
  }
}

/** Whether there are too many to look at each. */
function refuseTooMany(containers: readonly Container[], problems: ProblemList): boolean {
  const total = containers.reduce((sum, { replicas }) => sum + replicas, 0);
  if (total <= mostContainers) return false;
  const largest = containers.reduce((one, other) => other.replicas > one.replicas ? other : one);
  problems.error(
    `services.${largest.name}.scale`,
    `makes ${total} containers of the pod, and a pod has ${mostContainers} at most: scale it down`,
  );
  return true;
}

/** Two containers cannot have one name on the engine, whether it is given or made. */
function refuseSharedNames(containers: readonly Container[], pod: string, problems: ProblemList): void {
  const owners = new Map<string, string>();
  for (const { name, containerName, replicas, preStartOf } of containers) {
    const names = containerName === undefined
      ? Array.from({ length: replicas }, (_, index) => containerNameOf(pod, name, index + 1))
      : [containerName];
    for (const each of names) {
      const owner = owners.get(each);
      if (owner !== undefined) {
        problems.error(
          preStartOf === undefined
            ? `services.${name}.container_name`
            : `services.${preStartOf.container}.pre_start`,
          `a container of ${owner} is called ${each} as well: choose another`,
        );
      } else owners.set(each, name);
    }
  }
}

function byKey(left: { readonly key: string }, right: { readonly key: string }): number {
  return left.key < right.key ? -1 : 1;
}

function networkOf(key: string, network: ComposeNetwork): Network {
  const { driver, config, options } = network.ipam;
  const hasAddressing = driver !== undefined || config !== undefined || options !== undefined;
  return {
    key,
    name: network.name,
    external: network.external ?? false,
    ...(network.driver === undefined ? {} : { driver: network.driver }),
    driverOptions: network.driver_opts ?? {},
    internal: network.internal ?? false,
    attachable: network.attachable ?? false,
    ...(network.enable_ipv4 === undefined ? {} : { enableIpv4: network.enable_ipv4 }),
    ...(network.enable_ipv6 === undefined ? {} : { enableIpv6: network.enable_ipv6 }),
    labels: network.labels ?? {},
    ...(hasAddressing
      ? {
        addressing: {
          ...(driver === undefined ? {} : { driver }),
          options: options ?? {},
          pools: (config ?? []).map((pool) => ({
            ...(pool.subnet === undefined ? {} : { subnet: pool.subnet }),
            ...(pool.ip_range === undefined ? {} : { range: pool.ip_range }),
            ...(pool.gateway === undefined ? {} : { gateway: pool.gateway }),
            auxiliaryAddresses: pool.aux_addresses ?? {},
          })),
        },
      }
      : {}),
  };
}

function volumeOf(key: string, volume: ComposeVolume): Volume {
  return {
    key,
    name: volume.name,
    external: volume.external ?? false,
    ...(volume.driver === undefined ? {} : { driver: volume.driver }),
    driverOptions: volume.driver_opts ?? {},
    labels: volume.labels ?? {},
  };
}
