/** What a task says and the pod has nothing of: each field is told by its path, none is passed over in silence. */

import type { ProblemList } from "../../compose/problem_list.ts";
import type { ContainerInfo, ExecutorInfo, TaskInfo } from "../wire/messages.ts";
import type { SpecOrigin } from "./task_pod.ts";

type Warn = (path: string, reason: string) => void;

/** Where the pod comes from, as far as it decides what else of the task counts. */
export interface UsedSpec {
  readonly origin: Pick<SpecOrigin, "rule" | "description">;
  /** As the spec is called in messages, where it is no file. */
  readonly name?: string;
}

/** Warns of what the task has besides its spec. */
export function warnOfUnusedFields(
  { task, executor, words }: {
    readonly task: TaskInfo;
    readonly executor?: ExecutorInfo;
    readonly words: readonly string[];
  },
  spec: UsedSpec,
  problems: ProblemList,
): void {
  const warn: Warn = (path, reason) => problems.warning(path, `has no effect: ${reason}`);
  const other = `the pod is that of ${spec.origin.description}`;
  if (spec.origin.rule !== "docker-container") {
    for (const field of fieldsOf(task.container)) warn(`TaskInfo.container.${field}`, other);
  }
  warnOfCommand(task, words, spec, other, warn);
  if ((task.command?.uris ?? []).length > 0) {
    warn("TaskInfo.command.uris", "an agent fetches those of the executor alone (executor.command.uris)");
  }
  for (const { key } of executor?.labels?.labels ?? []) {
    if (!/^(?:org\.apache\.aurora\.metadata\.)?mesolet\.|(?:^|\.)fileName$/.test(key)) continue;
    warn(
      `TaskInfo.executor.labels ${JSON.stringify(key)}`,
      "labels of the task are read, not of its executor",
    );
  }
}

function warnOfCommand(
  { command }: TaskInfo,
  words: readonly string[],
  { origin: { rule }, name }: UsedSpec,
  other: string,
  warn: Warn,
): void {
  const { value, shell = true, arguments: given = [] } = command ?? {};
  const isUsed = rule === "docker-container" || (rule === "image" && name === "TaskInfo.command");
  if (!isUsed) {
    if (value !== undefined && value.trim() !== "") warn("TaskInfo.command.value", other);
    if (given.length > 0) warn("TaskInfo.command.arguments", other);
  } else if (shell && given.length > 0) {
    warn("TaskInfo.command.arguments", "arguments are for a command without a shell (shell: false)");
  }
  // An image in front has them for its arguments; Marathon gives the app's `cmd` twice, in the data and here.
  const takesWords = rule === "image" ||
    (rule === "docker-container" && value === undefined && command?.arguments === undefined);
  if (words.length > 0 && !takesWords) warn("the executor's arguments", other);
}

/** The members of a container that ask for something. */
function fieldsOf(container: ContainerInfo | undefined): string[] {
  return Object.entries(container ?? {}).flatMap(([name, value]) =>
    name === "type" || value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [name]
  ).sort();
}

/** Warns of what the Mesos containerizer would make of a container, and an engine does not. */
export function warnOfUnusedContainer(container: ContainerInfo | undefined, problems: ProblemList): void {
  const warn: Warn = (path, reason) => problems.warning(`TaskInfo.container.${path}`, reason);
  if (container?.type === "MESOS" && container.mesos?.image !== undefined && container.docker !== undefined) {
    warn("docker", "has no effect: the container is of type MESOS and has an image of its own");
  }
  if (container?.linux_info !== undefined) {
    warn("linux_info", "has no effect: set parameters of docker run, such as cap-add, pid and ipc");
  }
  if (container?.tty_info?.window_size !== undefined) {
    warn("tty_info.window_size", "has no effect: nobody is at the terminal");
  }
  (container?.rlimit_info?.rlimits ?? []).forEach(({ type = "UNKNOWN" }, index) => {
    if (type === "UNKNOWN") warn(`rlimit_info.rlimits[${index}]`, "has no effect: its type is not known");
  });
  warnOfNetworks(container, warn);
  const image = container?.mesos?.image?.docker;
  if (image?.config !== undefined || image?.credential !== undefined) {
    warn(
      "mesos.image.docker",
      "credentials have no effect: the executor uses those of Docker's client on the agent",
    );
  }
}

function warnOfNetworks(container: ContainerInfo | undefined, warn: Warn): void {
  const [network, ...others] = container?.network_infos ?? [];
  if (others.length > 0) {
    warn(
      "network_infos",
      `the first alone has an effect: ${others.length} more are there; use a Compose file`,
    );
  }
  const mode = container?.docker === undefined ? "USER" : container.docker.network ?? "HOST";
  if ((network?.name ?? "") !== "" && mode !== "USER") {
    warn(
      "network_infos[0].name",
      `has no effect with docker.network ${mode}: USER joins a network by its name`,
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
  if ((network?.labels?.labels ?? []).length > 0) warn("network_infos[0].labels", "has no effect");
}
