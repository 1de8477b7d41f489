/** `TaskInfo.container` and `TaskInfo.command` as a task of one container. */

import type { ProblemList } from "../../compose/problem_list.ts";
import type {
  CommandInfo,
  ContainerInfo,
  NetworkInfoPortMapping,
  Secret,
  TaskInfo,
  Volume,
} from "../wire/messages.ts";
import type { RunParameter } from "./docker_parameters.ts";
import type { ImageRun, RunMount, RunPort } from "./image_run.ts";
import { warnOfUnusedContainer } from "./unused_fields.ts";

/** Where the sandbox is mounted in every container, as the containerizers of Mesos have it. */
export const sandboxInContainer = "/mnt/mesos/sandbox";

/** Whether a container names an image that Docker can run. */
export function hasDockerImage(container: ContainerInfo | undefined): container is ContainerInfo {
  return imageOf(container) !== undefined;
}

function imageOf(container: ContainerInfo | undefined): string | undefined {
  const image = dockerOf(container)?.image ?? container?.mesos?.image?.docker?.name;
  // Mesos once wanted the scheme in front.
  const name = image?.trim().replace(/^docker:\/\/\/?/, "");
  return name === "" ? undefined : name;
}

/** What is for Docker; nothing where the container is of type MESOS and has an image as such. */
function dockerOf(container: ContainerInfo | undefined): ContainerInfo["docker"] {
  return container?.type === "MESOS" && container.mesos?.image !== undefined ? undefined : container?.docker;
}

/**
 * The container of a task that has one with a Docker image.
 *
 * @param words what the executor was given besides: the command, where the task has none
 */
export function runOfContainer(task: TaskInfo, words: readonly string[], problems: ProblemList): ImageRun {
  const { container, command } = task;
  const docker = dockerOf(container);
  warnOfUnusedContainer(container, problems);
  return {
    image: imageOf(container) ?? "",
    ...commandOf(command, words),
    network: networkOf(container, problems),
    ports: [
      ...portsOf(docker?.port_mappings, "docker.port_mappings", problems),
      ...portsOf(container?.network_infos?.[0]?.port_mappings, "network_infos[0].port_mappings", problems),
    ],
    publishOffered: false,
    privileged: docker?.privileged ?? false,
    pullAlways: docker?.force_pull_image ?? container?.mesos?.image?.cached === false,
    ...(container?.hostname === undefined ? {} : { hostname: container.hostname }),
    environment: {},
    mounts: (container?.volumes ?? []).flatMap((volume, index) =>
      mountOf(volume, `TaskInfo.container.volumes[${index}]`, docker?.volume_driver, problems)
    ),
    parameters: [...limitsOf(container), ...(docker?.parameters ?? [])],
  };
}

function portsOf(
  mappings: readonly NetworkInfoPortMapping[] | undefined,
  field: string,
  problems: ProblemList,
): RunPort[] {
  return (mappings ?? []).flatMap(({ host_port: published, container_port: target, protocol }, index) => {
    const path = `TaskInfo.container.${field}[${index}]`;
    if (target < 1 || target > 65_535) {
      problems.error(`${path}.container_port`, `${target} is no port`);
      return [];
    }
    return [{
      target,
      ...(published === 0 ? {} : { published, path: `${path}.host_port` }),
      protocol: (protocol ?? "tcp").toLowerCase(),
    }];
  });
}

/** Resource limits and the terminal of a container, as flags of `docker run`. */
function limitsOf(container: ContainerInfo | undefined): RunParameter[] {
  const limits = (container?.rlimit_info?.rlimits ?? []).flatMap((
    { type = "UNKNOWN", soft = -1, hard = -1 },
  ) =>
    type === "UNKNOWN"
      ? []
      : [{ key: "ulimit", value: `${type.replace(/^RLMT_/, "").toLowerCase()}=${soft}:${hard}` }]
  );
  return container?.tty_info === undefined ? limits : [...limits, { key: "tty", value: "true" }];
}

/**
 * As Mesos' own Docker executor has it: a shell command takes the place of the image's entrypoint, arguments are given
 * to it.
 */
export function commandOf(
  command: CommandInfo | undefined,
  words: readonly string[] = [],
): Pick<ImageRun, "entrypoint" | "command"> {
  const value = command?.value;
  if (command === undefined || (value === undefined && command.arguments === undefined)) {
    return words.length === 0 ? {} : { command: words };
  }
  if (command.shell ?? true) {
    return value === undefined ? {} : { entrypoint: ["/bin/sh"], command: ["-c", value] };
  }
  return { command: [...(value === undefined ? [] : [value]), ...(command.arguments ?? [])] };
}

/** In words of `x-pod.network`. */
function networkOf(container: ContainerInfo | undefined, problems: ProblemList): string {
  const named = container?.network_infos?.[0]?.name;
  const docker = dockerOf(container);
  if (docker === undefined) return named === undefined || named === "" ? "host" : named;
  // Without a mode the definition of Mesos says HOST.
  const mode = docker.network ?? "HOST";
  return networkNamed(mode, named, () => {
    problems.error(
      "TaskInfo.container.network_infos[0].name",
      "is missing: a network of type USER needs the name of one that exists",
    );
  });
}

/** A network mode of Mesos in words of `x-pod.network`. */
export function networkNamed(mode: string, name: string | undefined, missing: () => void): string {
  if (mode === "HOST") return "host";
  if (mode === "NONE") return "none";
  if (mode !== "USER") return "pod";
  if (name === undefined || name === "") missing();
  return name ?? "pod";
}

function mountOf(
  volume: Volume,
  path: string,
  volumeDriver: string | undefined,
  problems: ProblemList,
): RunMount[] {
  const target = volume.container_path.startsWith("/")
    ? volume.container_path
    : `${sandboxInContainer}/${volume.container_path}`;
  const common = { target, readOnly: volume.mode === "RO" };
  const refuse = (reason: string): [] => {
    problems.error(path, reason);
    return [];
  };
  const { source, image, host_path: hostPath } = volume;
  if (image !== undefined) {
    return image.docker === undefined
      ? refuse("an image that is mounted has to be a Docker image")
      : [{ ...common, kind: "image", source: image.docker.name }];
  }
  if (source?.docker_volume !== undefined) {
    const { name, driver, driver_options: options } = source.docker_volume;
    return [{
      ...common,
      kind: "volume",
      name,
      ...(driver === undefined ? {} : { driver }),
      ...(options?.parameter === undefined
        ? {}
        : { options: Object.fromEntries(options.parameter.map(({ key, value }) => [key, value])) }),
    }];
  }
  if (source?.host_path !== undefined) {
    const propagation = propagations[source.host_path.mount_propagation?.mode ?? "UNKNOWN"];
    return [{
      ...common,
      kind: "bind",
      source: source.host_path.path,
      ...(propagation === undefined ? {} : { propagation }),
    }];
  }
  // The sandbox of an executor is that of its tasks, so the parent's is the same.
  if (source?.sandbox_path !== undefined) {
    const { path: inside } = source.sandbox_path;
    return inside.startsWith("/") || inside.split("/").includes("..")
      ? refuse(`${JSON.stringify(inside)} is no path in the sandbox`)
      : [{ ...common, kind: "bind", source: inside }];
  }
  if (source?.secret !== undefined) return secretMount(source.secret, target, refuse);
  if (source?.csi_volume !== undefined) {
    return refuse("CSI volumes are not known to Docker: use a Docker volume");
  }
  if (source !== undefined) return refuse("its source is of a kind that is not known here");
  if (hostPath === undefined) return [{ ...common, kind: "volume" }];
  if (volumeDriver !== undefined && !hostPath.startsWith("/")) {
    return [{ ...common, kind: "volume", name: hostPath, driver: volumeDriver }];
  }
  return [{ ...common, kind: "bind", source: hostPath }];
}

const propagations: Readonly<Record<string, string | undefined>> = {
  HOST_TO_CONTAINER: "rslave",
  BIDIRECTIONAL: "rshared",
};

function secretMount(secret: Secret, target: string, refuse: (reason: string) => []): RunMount[] {
  const text = secretText(secret);
  return text === undefined
    ? refuse("only a secret that comes with the task as text can be mounted, not a reference or binary data")
    : [{ target, readOnly: true, kind: "content", text }];
}

/** The text of a secret that comes by value; undefined for a reference, and for what is not UTF-8. */
export function secretText(secret: Secret | undefined): string | undefined {
  if (secret?.value === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(secret.value.data);
  } catch {
    // Docker takes files and variables as text here.
    return undefined;
  }
}
