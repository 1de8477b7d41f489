import { sandboxInContainer } from "../mesos/task/docker_container.ts";
import type { ContainerTask } from "./container_task.ts";
import type { Launch } from "./messages.ts";

type Variables = Readonly<Record<string, string>>;

/** What is said to the containerizer program alone, or is true on the host only. */
const notForExecutor = new Set([
  "MESOS_WORK_DIRECTORY",
  "MESOS_LIBEXEC_DIRECTORY",
  "MESOS_DEFAULT_CONTAINER_IMAGE",
  "MESOS_NATIVE_LIBRARY",
  "MESOS_NATIVE_JAVA_LIBRARY",
]);

const ofMesos = /^(?:MESOS_|LIBPROCESS_)/;
const ofProcess =
  /^(?:MESOS_|LIBPROCESS_|SSL_|DENO_|DOCKER_|MESOLET_)|^(?:PATH|PWD|OLDPWD|SHLVL|HOME|TERM|_)$/;

/** What the agent's environment has for every process of the container besides what is Mesos' own. */
export function variablesForContainer(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !ofProcess.test(name)));
}

/**
 * What an executor is told of its agent: what the agent has set for it, with paths as they are in the container, and
 * what the message says where the agent has set nothing.
 *
 * @param libraries what else is mounted, by the variable that names it
 */
export function executorVariables(
  launch: Launch,
  { frameworkId, executorId, command }: Pick<ContainerTask, "frameworkId" | "executorId" | "command">,
  variables: Variables,
  libraries: Variables,
): Variables {
  const given = Object.entries(variables).filter(([name]) => ofMesos.test(name) && !notForExecutor.has(name));
  const { agentId, agentPid, checkpoint, task } = launch;
  return {
    ...(frameworkId === "" ? {} : { MESOS_FRAMEWORK_ID: frameworkId }),
    MESOS_EXECUTOR_ID: executorId,
    ...(agentId === undefined ? {} : { MESOS_SLAVE_ID: agentId }),
    ...(agentPid === undefined ? {} : { MESOS_SLAVE_PID: agentPid }),
    MESOS_CHECKPOINT: checkpoint ? "1" : "0",
    // One that the agent itself listens on would be taken.
    LIBPROCESS_PORT: "0",
    ...Object.fromEntries(given),
    ...libraries,
    ...(task === undefined ? {} : { MESOS_TASK_ID: task.task_id.value }),
    ...(command.mesosExecutor && variables["MESOS_LIBEXEC_DIRECTORY"] !== undefined
      ? { MESOS_LIBEXEC_DIRECTORY: variables["MESOS_LIBEXEC_DIRECTORY"] }
      : {}),
    MESOS_DIRECTORY: sandboxInContainer,
    MESOS_SANDBOX: sandboxInContainer,
  };
}
