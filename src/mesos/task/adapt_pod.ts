/** A pod as its spec has it, with what the task gives to every container. */

import type { ProblemList } from "../../compose/problem_list.ts";
import { MesosLabel } from "../../pod/labels.ts";
import type { Container, FileContent, Mount, Pod } from "../../pod/model.ts";
import { present } from "../../pod/present.ts";
import { sandboxInContainer } from "./docker_container.ts";
import { isWithin } from "./sandbox_files.ts";
import type { TaskChoices } from "./task_choices.ts";
import type { Variables } from "./task_environment.ts";
import type { HostUser, Sandbox, TaskPodRequest } from "./task_pod.ts";

/** What the containers of a task get besides what the spec says. */
export interface ContainerGifts {
  readonly variables: Variables;
  /** `uid:gid`, or what a label says, for containers without a user. */
  readonly user?: string;
  readonly pull?: TaskChoices["pull"];
  readonly onHost: (path: string) => string;
  readonly sandbox: Sandbox;
  /** Besides the sandbox. */
  readonly mounts: readonly Mount[];
}

/** Gives a container variables, the sandbox, a user, and paths that the engine's host knows. */
export function adaptContainer(
  container: Container,
  gifts: ContainerGifts,
  problems: ProblemList,
): Container {
  const { containerName, ...rest } = withSandbox(container, gifts, problems);
  const environment = new Map(
    Object.entries(gifts.variables).map(([name, value]) => [name, value as string | null]),
  );
  for (const { name, value } of container.environment) {
    // A name alone asks for the value of the surroundings, which are those of the task.
    if (value !== null || !environment.has(name)) environment.set(name, value);
  }
  return {
    ...rest,
    ...present({ user: container.user ?? gifts.user }),
    ...(gifts.pull === undefined ? {} : { pull: { kind: gifts.pull } }),
    environment: [...environment].map(([name, value]) => ({ name, value }))
      .sort((left, right) => left.name < right.name ? -1 : 1),
    mounts: rest.mounts.map((mount) => onHost(mount, gifts)),
    files: container.files.map((file) => ({ ...file, content: contentOnHost(file.content, gifts) })),
    networks: containerName === undefined ? container.networks : container.networks.map((network) => ({
      ...network,
      aliases: [...new Set([...network.aliases, containerName])],
    })),
  };
}

function withSandbox(
  container: Container,
  { sandbox, mounts }: ContainerGifts,
  problems: ProblemList,
): Container {
  if (container.containerName !== undefined) {
    problems.warning(
      `services.${container.name}.container_name`,
      `is another name of the container in the pod, not its name on the engine: two tasks could not both be called ` +
        container.containerName,
    );
  }
  const isThere = [...container.mounts, ...container.temporaryFilesystems, ...container.files].some((
    { target },
  ) => target === sandboxInContainer);
  if (isThere) {
    problems.warning(
      `services.${container.name}.volumes`,
      `hides the task's sandbox, which is mounted at ${sandboxInContainer} otherwise`,
    );
    return container;
  }
  const mount: Mount = {
    type: "bind",
    source: sandbox.path,
    target: sandboxInContainer,
    readOnly: false,
    bind: { createHostPath: false },
  };
  const own = new Set(container.mounts.map(({ target }) => target));
  return {
    ...container,
    mounts: [...container.mounts, mount, ...mounts.filter(({ target }) => !own.has(target))],
  };
}

function onHost(mount: Mount, gifts: ContainerGifts): Mount {
  if (mount.type !== "bind" || mount.source === undefined) return mount;
  return { ...mount, source: gifts.onHost(mount.source) };
}

function contentOnHost(content: FileContent, gifts: ContainerGifts): FileContent {
  return content.kind === "file" ? { ...content, path: gifts.onHost(content.path) } : content;
}

/**
 * Turns paths in the sandbox, as this process sees it, into paths of the engine's host; others stay as they are.
 *
 * @param real the sandbox without symbolic links
 */
export function hostPaths({ path, onHost }: Sandbox, real: string): (path: string) => string {
  return (given) => {
    for (const inside of [path, real]) {
      if (isWithin(given, inside)) return `${onHost}${given.slice(inside.length)}`;
    }
    return given;
  };
}

/**
 * The user of containers that name none, as `uid:gid` of the host.
 *
 * The images' own, unless the task's command has a user or the label `mesolet.user` says otherwise.
 */
export function userOf(
  { task, users }: Pick<TaskPodRequest, "task" | "users">,
  chosen: string | undefined,
  problems: ProblemList,
  role?: string,
): string | undefined {
  if (chosen === "role" && role === undefined) {
    problems.error("label mesolet.user", "role is that of Aurora, which says nothing of this task");
    return undefined;
  }
  const name = chosen === "role" ? role : chosen ?? task.command?.user;
  if (name === undefined || name === "image") return undefined;
  if (/^\d+:\d+$/.test(name)) return name;
  const user: HostUser | undefined = users(name);
  if (user !== undefined) return `${user.uid}:${user.gid}`;
  if (/^\d+$/.test(name)) return name;
  problems.error(
    chosen === undefined ? "TaskInfo.command.user" : "label mesolet.user",
    `${JSON.stringify(name)} is no user of this host: name one, or a uid, or image for what the images say`,
  );
  return undefined;
}

/** Labels that say whose the pod is. */
export function taskLabels(
  { task, identity }: Pick<TaskPodRequest, "task" | "identity">,
): Record<string, string> {
  const agent = identity.agentId ?? task.agent_id.value;
  return {
    [MesosLabel.framework]: identity.frameworkId,
    [MesosLabel.executor]: identity.executorId,
    [MesosLabel.task]: task.task_id.value,
    ...(agent === "" ? {} : { [MesosLabel.agent]: agent }),
    ...(identity.containerId === undefined ? {} : { [MesosLabel.container]: identity.containerId }),
  };
}

/** The spec's files and directory, as the engine's host knows them: they are in labels of the containers. */
export function sourceOnHost(source: Pod["source"], onHost: (path: string) => string): Pod["source"] {
  return {
    ...source,
    files: source.files.map(onHost),
    directory: onHost(source.directory),
    environmentFiles: source.environmentFiles.map(onHost),
  };
}
