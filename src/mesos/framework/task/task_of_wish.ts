/** What is launched: a wish and its place as a task with an executor of its own. */

import type { Labels } from "../../wire/messages_basics.ts";
import type { CommandInfo } from "../../wire/messages_container.ts";
import type { DiscoveryInfo, ExecutorInfo, TaskInfo } from "../../wire/messages_task.ts";
import type { TaskPlace } from "../cluster/messages.ts";
import { executorShare } from "../wish/executor_share.ts";
import type { PodWish, TaskPort } from "../wish/pod_wish.ts";
import { splitResources } from "./split_resources.ts";

/** What tasks are made with, besides wishes. */
export interface TaskSetup {
  readonly program: ExecutorProgram;
  /** The user of the agents that executors run as; absent: that of the framework. */
  readonly user?: string;
  /** For executors, such as DOCKER_HOST; what is not about the executor itself its containers get as well. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What tasks may do beyond the default policy of their agents: `RULE` or `RULE=VALUE`. */
  readonly grants?: readonly string[];
}

/** Where agents have the program from. */
export type ExecutorProgram =
  /** They fetch it, once: the URI has the version in it, since a cache knows a file by its URI alone. */
  | { readonly kind: "uri"; readonly uri: string }
  /** It is there, at this absolute path. */
  | { readonly kind: "file"; readonly path: string };

/** What the fetched program is called in the sandbox. */
const programName = "mesolet";

/** From the end of a pod to that of its executor: updates have to be acknowledged. In milliseconds. */
export const executorMargin = 5_000;

/**
 * Makes tasks for a cluster to launch.
 *
 * The task has no kill policy: the containers of a pod have each its own grace, and a grace of the task would be taken
 * for that of each of them. It has no health check either: the executor tells of the health of the containers.
 */
export function taskBuilder(setup: TaskSetup): (wish: PodWish, place: TaskPlace) => TaskInfo {
  return (wish, place) => {
    const { task: resources, executor: own } = splitResources(place.taken.resources, executorShare);
    const labels = labelsOf(wish, place);
    return {
      name: wish.name,
      task_id: { value: place.id },
      agent_id: { value: place.agent.id },
      resources,
      executor: {
        type: "CUSTOM",
        executor_id: { value: place.executorId },
        framework_id: { value: place.frameworkId },
        name: wish.name,
        command: commandOf(setup, wish),
        resources: own,
        shutdown_grace_period: { nanoseconds: (wish.stopTime + executorMargin) * 1e6 },
      } satisfies ExecutorInfo,
      data: Uint8Array.fromBase64(wish.task.payload),
      labels,
      discovery: discoveryOf(wish, place, wish.task.ports),
    } satisfies TaskInfo;
  };
}

function commandOf(
  { program, user, environment = {}, grants = [] }: TaskSetup,
  { task: { uris } }: PodWish,
): CommandInfo {
  const words = ["executor", ...grants.flatMap((grant) => ["--allow", grant])];
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const fetched = uris.map((value) => ({ value }));
  const common = {
    ...(variables.length === 0 ? {} : { environment: { variables } }),
    ...(user === undefined ? {} : { user }),
  };
  if (program.kind === "file") {
    return {
      shell: false,
      value: program.path,
      arguments: [program.path, ...words],
      ...(fetched.length === 0 ? {} : { uris: fetched }),
      ...common,
    };
  }
  const binary = {
    value: program.uri,
    output_file: programName,
    executable: true,
    extract: false,
    cache: true,
  };
  // In place of the shell, so that signals for the one are for the other.
  const line = words.map((word) => /^[\w-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
  return { value: `exec ./${programName} ${line.join(" ")}`, uris: [binary, ...fetched], ...common };
}

/** With these the state can be known again that a framework lost; the executor passes over them. */
export function labelsOf({ name, version, task }: PodWish, { slot }: TaskPlace): Labels {
  const labels = {
    "mesolet.pod": name,
    "mesolet.instance": String(slot),
    "mesolet.version": version,
    ...task.labels,
  };
  return { labels: Object.entries(labels).map(([key, value]) => ({ key, value })) };
}

/** Ports in the order of PORT0, PORT1 …, which is that of the needs: the executor gives them out by it. */
export function discoveryOf(
  { name, version }: PodWish,
  { taken }: TaskPlace,
  given: readonly TaskPort[],
): DiscoveryInfo {
  const ports = [...given].sort((one, other) => one.need - other.need).flatMap((port) => {
    const number = taken.ports[port.need];
    if (number === undefined) return [];
    const labels = { "mesolet.container": port.container, "mesolet.port": String(port.target) };
    return [{
      number,
      name: port.name,
      protocol: port.protocol,
      visibility: "CLUSTER" as const,
      labels: { labels: Object.entries(labels).map(([key, value]) => ({ key, value })) },
    }];
  });
  return {
    visibility: "CLUSTER",
    name,
    version,
    ...(ports.length === 0 ? {} : { ports: { ports } }),
  };
}
