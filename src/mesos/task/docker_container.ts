/** `TaskInfo.container` and `TaskInfo.command` as a task of one container. */

import type { ProblemList } from "../../compose/problem_list.ts";
import type { CommandInfo, ContainerInfo, Secret, TaskInfo, Volume } from "../wire/messages.ts";
import type { RunParameter } from "./docker_parameters.ts";
import type { ImageRun, RunMount } from "./image_run.ts";

/** Where the sandbox is mounted in every container, as the containerizers of Mesos have it. */
export const sandboxInContainer = "/mnt/mesos/sandbox";

/** Whether a container names an image that Docker can run. */
export function hasDockerImage(container: ContainerInfo | undefined): container is ContainerInfo {
  return imageOf(container) !== undefined;
}

function imageOf(container: ContainerInfo | undefined): string | undefined {
  const image = container?.docker?.image ?? container?.mesos?.image?.docker?.name;
  return image === undefined || image.trim() === "" ? undefined : image.trim();
}

/**
 * The container of a task that has one with a Docker image.
 *
 * @param words what the executor was given besides: the command, where the task has none
 */
export function runOfContainer(task: TaskInfo, words: readonly string[], problems: ProblemList): ImageRun {
  const { container, command } = task;
  const { docker } = container ?? {};
  warnOfUnused(container, problems);
  return {
    image: imageOf(container) ?? "",
    ...commandOf(command, words),
    network: networkOf(container, problems),
    ports: [...(docker?.port_mappings ?? []), ...(container?.network_infos?.[0]?.port_mappings ?? [])].map(
      (mapping) => ({
        target: mapping.container_port,
        ...(mapping.host_port === 0 ? {} : { published: mapping.host_port }),
        protocol: (mapping.protocol ?? "tcp").toLowerCase(),
      }),
    ),
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

/** What the Mesos containerizer would make of it, and an engine does not. */
function warnOfUnused(container: ContainerInfo | undefined, problems: ProblemList): void {
  const warn = (path: string, reason: string) => problems.warning(`TaskInfo.container.${path}`, reason);
  const [network, ...others] = container?.network_infos ?? [];
  if (container?.linux_info !== undefined) {
    warn("linux_info", "has no effect: set parameters of docker run, such as cap-add, pid and ipc");
  }
  if (others.length > 0) {
    warn(
      "network_infos",
      `the first alone has an effect: ${others.length} more are there; use a Compose file`,
    );
  }
  const hasAddress = (network?.ip_addresses ?? []).some(({ ip_address: address }) => address !== undefined);
  if (hasAddress) {
    warn(
      "network_infos[0].ip_addresses",
      "has no effect: a fixed address needs a Compose file with networks",
    );
  }
  if ((network?.groups ?? []).length > 0) warn("network_infos[0].groups", "has no effect");
  const image = container?.mesos?.image?.docker;
  if (image?.config !== undefined || image?.credential !== undefined) {
    warn(
      "mesos.image.docker",
      "credentials have no effect: the executor uses those of Docker's client on the agent",
    );
  }
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
  const { docker } = container ?? {};
  if (docker === undefined) return named ?? "host";
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
    return [{ ...common, kind: "bind", source: source.sandbox_path.path.replace(/^\/+/, "") }];
  }
  if (source?.secret !== undefined) return secretMount(source.secret, target, refuse);
  if (source?.csi_volume !== undefined) {
    return refuse("CSI volumes are not known to Docker: use a Docker volume");
  }
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
