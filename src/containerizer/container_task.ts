/** What an agent wants launched, as a task of one container. */

import { splitShellWords } from "../compose/shell_words.ts";
import { hasDockerImage } from "../mesos/task/docker_container.ts";
import { parametersOfWords, type RunParameter } from "../mesos/task/docker_parameters.ts";
import type { CommandInfo, CommandInfoURI, ContainerInfo, TaskInfo } from "../mesos/wire/messages.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import type { Launch, OlderImage } from "./messages.ts";

/** What the agent's host says of launches. */
export interface LaunchSettings {
  /** For what names no image. */
  readonly defaultImage?: string;
  /** Flags of `docker run` for every container, before those that come with it. */
  readonly parameters: readonly RunParameter[];
  /** Where Mesos has its own programs, `mesos-executor` among them. */
  readonly libexec?: string;
}

/** What is to run. */
export interface ContainerTask {
  /** The container as a task, with the resources of task and executor together. Its command has no words. */
  readonly task: TaskInfo;
  readonly frameworkId: string;
  readonly executorId: string;
  readonly command: ExecutorCommand;
  readonly uris: readonly CommandInfoURI[];
}

/** What runs in the container: a line for its shell, or words. */
export type ExecutorCommand =
  & { readonly mesosExecutor: boolean }
  & ({ readonly line: string } | { readonly words: readonly string[] });

/** The executor that tasks without one run under. */
const mesosExecutor = "mesos-executor";

/**
 * Makes a task of one container: that of the executor, or of a task without one that `mesos-executor` runs.
 *
 * @throws {MesoletError} where there is no image, or nothing to run
 */
export function containerTaskOf(launch: Launch, settings: LaunchSettings): ContainerTask {
  const { containerId, task, executor: ofLaunch } = launch;
  const custom = task === undefined ? ofLaunch : task.executor;
  const executor = ofLaunch ?? custom;
  const given = custom === undefined ? task?.command : (custom.command ?? ofLaunch?.command);
  const environment = [
    ...(executor?.command?.environment?.variables ?? []),
    ...(custom === undefined ? task?.command?.environment?.variables ?? [] : []),
  ];
  const user = given?.user ?? executor?.command?.user ?? launch.user;
  const uris = executor?.command?.uris ?? given?.uris ?? [];
  const resources = [...(task?.resources ?? []), ...(executor?.resources ?? custom?.resources ?? [])];
  const container = containerOf(launch, settings, custom?.container ?? executor?.container);
  return {
    task: present({
      name: task?.name ?? executor?.name ?? executor?.executor_id.value ?? "executor",
      task_id: { value: containerId },
      agent_id: { value: launch.agentId ?? task?.agent_id.value ?? "" },
      resources,
      container,
      command: present({ environment: { variables: environment }, user }),
      discovery: task?.discovery,
    }),
    frameworkId: executor?.framework_id?.value ?? "",
    executorId: executor?.executor_id.value ?? task?.task_id.value ?? containerId,
    command: custom === undefined
      ? commandOfMesos(executor?.command, settings)
      : commandOf(custom.command ?? ofLaunch?.command),
    uris,
  };
}

function containerOf(
  { task, olderImage }: Launch,
  { defaultImage, parameters }: LaunchSettings,
  ofExecutor: ContainerInfo | undefined,
): ContainerInfo {
  const named = [ofExecutor, task?.container].find(hasDockerImage);
  if (named !== undefined) return withParameters(named, parameters);
  const { image, options }: OlderImage = olderImage ?? { image: defaultImage ?? "", options: [] };
  if (image.trim() === "") {
    throw new MesoletError(
      "Nothing names an image: neither ContainerInfo of the executor or the task nor CommandInfo.container; give " +
        "mesolet --default-image, or the agent --default_container_image",
      ExitCode.configuration,
    );
  }
  const own = ofExecutor ?? task?.container;
  return withParameters({
    ...own,
    type: "DOCKER",
    docker: { ...own?.docker, image, parameters: [...(own?.docker?.parameters ?? []), ...flagsOf(options)] },
  }, parameters);
}

function withParameters(container: ContainerInfo, parameters: readonly RunParameter[]): ContainerInfo {
  if (parameters.length === 0) return container;
  const docker = container.docker ?? { image: container.mesos?.image?.docker?.name ?? "" };
  return {
    ...container,
    type: "DOCKER",
    docker: { ...docker, parameters: [...parameters, ...(docker.parameters ?? [])] },
  };
}

function flagsOf(options: readonly string[]): readonly RunParameter[] {
  try {
    return parametersOfWords(options.flatMap((option) => splitShellWords(option)));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MesoletError(`CommandInfo.container.options: ${cause.message}`, ExitCode.data, { cause });
  }
}

/** Without a shell the first argument is the program's own name for itself, as for `execvp`. */
function commandOf(command: CommandInfo | undefined, mesosExecutor = false): ExecutorCommand {
  const { shell = true, value = "", arguments: given = [] } = command ?? {};
  if (value.trim() === "") {
    throw new MesoletError("The executor has no command: ExecutorInfo.command.value is empty", ExitCode.data);
  }
  return shell ? { line: value, mesosExecutor } : { words: [value, ...given.slice(1)], mesosExecutor };
}

/** Agents since 0.21 say themselves how `mesos-executor` is started; before, it is known by its place. */
function commandOfMesos(
  command: CommandInfo | undefined,
  { libexec }: LaunchSettings,
): ExecutorCommand {
  if (command?.value?.endsWith(`/${mesosExecutor}`) === true) return commandOf(command, true);
  if (libexec === undefined) {
    throw new MesoletError(
      `The task has no executor, and where ${mesosExecutor} is nobody says: set MESOS_LIBEXEC_DIRECTORY, or give --mesos-libexec`,
      ExitCode.configuration,
    );
  }
  return { words: [`${libexec.replace(/\/+$/, "")}/${mesosExecutor}`], mesosExecutor: true };
}
