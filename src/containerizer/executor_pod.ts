/** What an agent wants launched, as a pod of one container. */

import { podOfTask } from "../mesos/task/pod_of_task.ts";
import type { HostUser } from "../mesos/task/task_pod.ts";
import type { SandboxFiles } from "../mesos/task/sandbox_files.ts";
import { sandboxInContainer } from "../mesos/task/docker_container.ts";
import { ExitCode, MesoletError, type Problem } from "../pod/errors.ts";
import { ContainerizerLabel, MesosLabel } from "../pod/labels.ts";
import type { Container, Mount, Pod } from "../pod/model.ts";
import type { Policies } from "../policy/policies.ts";
import { type ContainerTask, containerTaskOf, type LaunchSettings } from "./container_task.ts";
import { executorVariables, variablesForContainer } from "./executor_environment.ts";
import { limitsOf } from "./limits.ts";
import type { Launch } from "./messages.ts";

/** Where the sandbox is besides, as containerizer programs for Docker had it. */
const sandboxAlias = "/mesos-sandbox";

/** What surrounds a launch. */
export interface LaunchSurroundings extends LaunchSettings {
  /** Of the process: the agent sets what its executors get. */
  readonly variables: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly policies: Policies;
  readonly files: SandboxFiles;
  readonly users: (name: string) => HostUser | undefined;
}

/** A launch as a pod. */
export interface ExecutorPod {
  readonly pod: Pod;
  readonly launched: ContainerTask;
  /** The sandbox on the agent's host. */
  readonly directory: string;
  readonly warnings: readonly Problem[];
  /** What the policies have against it by now: what is fetched may change where its paths lead. */
  readonly judgeAgain: () => readonly Problem[];
}

/**
 * Makes the pod of a launch. The container is made as that of a task, and judged as one; then it gets what makes its
 * process an executor.
 *
 * @throws {MesoletError} where it cannot be made, or is not allowed
 */
export async function executorPodOf(launch: Launch, given: LaunchSurroundings): Promise<ExecutorPod> {
  const { variables, files } = given;
  const { containerId, directory } = launch;
  if (directory === undefined) {
    throw new MesoletError(
      "The message Launch has no directory: there is no sandbox to mount",
      ExitCode.data,
    );
  }
  const launched = containerTaskOf(launch, given);
  const { task, frameworkId, executorId, command } = launched;
  const { pod, warnings, judgeAgain = () => [] } = await podOfTask({
    task,
    containerAlone: true,
    identity: {
      frameworkId,
      executorId,
      containerId,
      hostname: given.hostname,
      ...(launch.agentId === undefined ? {} : { agentId: launch.agentId }),
    },
    sandbox: { path: directory, onHost: directory },
    words: [],
    variables: variablesForContainer(variables),
    files,
    users: given.users,
    policies: given.policies,
  });
  const libraries = nativeLibraries(variables, files);
  const mounted = [
    ...Object.values(libraries),
    ...(command.mesosExecutor && given.libexec !== undefined && files.kind(given.libexec) === "directory"
      ? [given.libexec]
      : []),
  ];
  const executor = executorVariables(launch, launched, variables, libraries);
  const { resources: _inContainer, ...rest } = pod;
  return {
    pod: {
      ...rest,
      containers: pod.containers.map((container) =>
        asExecutor(container, {
          command,
          variables: executor,
          mounted,
          directory,
          limits: limitsOf(task.resources ?? []),
        })
      ),
      labels: labelsOf(launch, launched, variables),
    },
    launched,
    directory,
    warnings,
    judgeAgain,
  };
}

interface ExecutorGifts {
  readonly command: ContainerTask["command"];
  readonly variables: Readonly<Record<string, string>>;
  /** Files and directories of the host that are in the container under the same path. */
  readonly mounted: readonly string[];
  readonly directory: string;
  readonly limits: ReturnType<typeof limitsOf>;
}

function asExecutor(container: Container, gifts: ExecutorGifts): Container {
  const { command, variables, mounted, directory, limits } = gifts;
  const environment = new Map(container.environment.map(({ name, value }) => [name, value]));
  environment.delete("MESOS_TASK_ID");
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  const taken = new Set(container.mounts.map(({ target }) => target));
  const mounts = [
    ...(taken.has(sandboxAlias) ? [] : [bind(directory, sandboxAlias, false)]),
    ...[...new Set(mounted)].filter((path) => !taken.has(path)).map((path) => bind(path, path, true)),
  ];
  return {
    ...container,
    ...wordsOf(command),
    environment: [...environment].map(([name, value]) => ({ name, value }))
      .sort((one, other) => one.name < other.name ? -1 : 1),
    mounts: [...container.mounts, ...mounts],
    workingDirectory: container.workingDirectory ?? sandboxInContainer,
    resources: {
      ...container.resources,
      ...limits,
      // What does not fit is to be told, and not to be swapped.
      ...(limits.memoryBytes === undefined ? {} : { memorySwapBytes: limits.memoryBytes }),
    },
    restart: { kind: "no" },
  };
}

/** Output goes to the files of the sandbox where agents show it; a line of a shell is a shell's of its own. */
const toSandbox = `>>${sandboxInContainer}/stdout 2>>${sandboxInContainer}/stderr` as const;

function wordsOf(command: ContainerTask["command"]): Pick<Container, "entrypoint" | "command"> {
  return "line" in command
    ? { entrypoint: ["/bin/sh"], command: ["-c", `exec /bin/sh -c "$0" ${toSandbox}`, command.line] }
    : { entrypoint: ["/bin/sh"], command: ["-c", `exec "$0" "$@" ${toSandbox}`, ...command.words] };
}

function bind(source: string, target: string, readOnly: boolean): Mount {
  return { type: "bind", source, target, readOnly, bind: { createHostPath: false } };
}

/** Executors in C++ and Java find Mesos' own library by these variables. */
function nativeLibraries(
  variables: Readonly<Record<string, string>>,
  files: Pick<SandboxFiles, "kind">,
): Record<string, string> {
  return Object.fromEntries(
    ["MESOS_NATIVE_LIBRARY", "MESOS_NATIVE_JAVA_LIBRARY"].flatMap((name) => {
      const path = variables[name] ?? "";
      return path.startsWith("/") && files.kind(path) === "file" ? [[name, path]] : [];
    }),
  );
}

/** The engine is the only memory: by these a container is found again by its id, and by the agent that it is of. */
function labelsOf(
  { containerId, agentId, task }: Launch,
  { frameworkId, executorId }: ContainerTask,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    [ContainerizerLabel.container]: containerId,
    [ContainerizerLabel.workDirectory]: variables["MESOS_WORK_DIRECTORY"] ?? "",
    [ContainerizerLabel.executor]: executorId,
    ...(frameworkId === "" ? {} : { [MesosLabel.framework]: frameworkId }),
    ...(task === undefined ? {} : { [MesosLabel.task]: task.task_id.value }),
    ...(agentId === undefined ? {} : { [MesosLabel.agent]: agentId }),
  };
}
