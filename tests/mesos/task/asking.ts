import { podOfTask, type TaskPod, type TaskPodRequest } from "../../../src/mesos/task/pod_of_task.ts";
import type { SandboxFiles } from "../../../src/mesos/task/sandbox_files.ts";
import type { ContainerInfo, DiscoveryInfo, TaskInfo } from "../../../src/mesos/wire/messages.ts";
import type { Container } from "../../../src/pod/model.ts";
import { formatProblem } from "../../../src/pod/errors.ts";
import { memoryFiles } from "../../support/memory_files.ts";

/** What a test says of a task; everything else is as little as a task may have. */
export interface AskedTask extends Partial<TaskInfo> {
  readonly label?: Readonly<Record<string, string>>;
  /** Ranges: `31000-31002,31010`. */
  readonly ports?: string;
  readonly text?: string;
}

/** What a test says of the surroundings of a task. */
export interface Asked extends Partial<Omit<TaskPodRequest, "task" | "files">> {
  readonly task?: AskedTask;
  /** Files by their path in the sandbox, or absolute. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links by absolute path. */
  readonly links?: Readonly<Record<string, string>>;
}

export const sandbox = { path: "/sandbox", onHost: "/var/lib/mesos/runs/c1" };

/** The files of a sandbox in memory. */
export function sandboxFiles(
  given: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
): SandboxFiles {
  const files = Object.fromEntries(
    Object.entries(given).map((
      [path, text],
    ) => [path.startsWith("/") ? path : `${sandbox.path}/${path}`, text]),
  );
  const follow = (path: string): string => {
    const link = Object.keys(links).find((each) => path === each || path.startsWith(`${each}/`));
    return link === undefined ? path : follow(`${links[link]}${path.slice(link.length)}`);
  };
  const plain = memoryFiles(files);
  return {
    readText: (path) => plain.readText(follow(path)),
    readStandardInput: () => plain.readStandardInput(),
    kind: (path) => plain.kind(follow(path)),
    followLinks: follow,
    list: (directory) =>
      [
        ...new Set([...Object.keys(files), ...Object.keys(links)].flatMap((path) =>
          path.startsWith(`${directory}/`) ? path.slice(directory.length + 1).split("/").slice(0, 1) : []
        )),
      ].sort(),
    readBytes: (path) => {
      const text = files[follow(path)];
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
  };
}

/** A task as wire messages have it. */
export function taskInfo({ label, ports, text, ...task }: AskedTask = {}): TaskInfo {
  const ranges = (ports ?? "").split(",").filter((range) => range !== "").map((range) => {
    const [begin = "", end = begin] = range.split("-");
    return { begin: Number(begin), end: Number(end) };
  });
  return {
    name: "shop",
    task_id: { value: "shop.1" },
    agent_id: { value: "agent-1" },
    ...(label === undefined
      ? {}
      : { labels: { labels: Object.entries(label).map(([key, value]) => ({ key, value })) } }),
    ...(text === undefined ? {} : { data: new TextEncoder().encode(text) }),
    ...task,
    resources: [
      ...(task.resources ?? []),
      ...(ranges.length === 0 ? [] : [{ name: "ports", type: "RANGES", ranges: { range: ranges } } as const]),
    ],
  };
}

/** The pod of a task. */
export function podFor({ task, files, links, ...rest }: Asked): Promise<TaskPod> {
  return podOfTask({
    task: taskInfo(task),
    identity: {
      frameworkId: "framework-1",
      executorId: "executor-1",
      agentId: "agent-1",
      containerId: "c1",
      hostname: "node7.example",
    },
    sandbox,
    words: [],
    variables: {},
    users: (name) => name === "www" ? { uid: 33, gid: 44 } : undefined,
    files: sandboxFiles(files ?? {}, links),
    ...rest,
  });
}

/** The only container of a pod, or that of a name. */
export function containerOf({ pod }: TaskPod, name?: string): Container {
  const container = name === undefined
    ? pod.containers[0]
    : pod.containers.find((each) => each.name === name);
  if (container === undefined) throw new Error(`there is no container ${name}`);
  return container;
}

/** The variables of a container. */
export function variablesOf(pod: TaskPod, name?: string): Record<string, string | null> {
  return Object.fromEntries(containerOf(pod, name).environment.map(({ name, value }) => [name, value]));
}

/** Ports as text: `web:80/tcp=31000 http`. */
export function portsOf({ ports }: TaskPod): string[] {
  return ports.map(({ container, target, protocol, hostPort, name }) =>
    `${container}:${target}/${protocol}=${hostPort}${name === undefined ? "" : ` ${name}`}`
  );
}

export function warningsOf({ warnings }: TaskPod): string[] {
  return warnings.map(formatProblem);
}

export function docker(
  docker: ContainerInfo["docker"] & object,
  more: Partial<ContainerInfo> = {},
): ContainerInfo {
  return { type: "DOCKER", docker, ...more };
}

export function discovery(
  ports: readonly { readonly number: number; readonly name?: string }[],
): DiscoveryInfo {
  return { visibility: "CLUSTER", ports: { ports } };
}

/** A mount as text: `bind /a /b ro`. */
export function mountText(
  { type, source = "", target, readOnly, bind }: Container["mounts"][number],
): string {
  return `${type} ${source} ${target}${readOnly ? " ro" : ""}${
    bind?.propagation === undefined ? "" : ` ${bind.propagation}`
  }`;
}
