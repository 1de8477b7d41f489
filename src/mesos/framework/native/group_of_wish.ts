/** What is launched of a pod for the containerizer of Mesos: a group of tasks under the executor of Mesos. */

import { imageByDigest, parseDigests } from "../../../pod/pins.ts";
import type {
  ContainerInfo,
  ContainerInfoDockerInfoPortMapping as PortMapping,
  ExecutorInfo,
  Image,
  Labels,
  TaskInfo,
  Volume,
} from "../../wire/messages.ts";
import type { TaskGroup, TaskPlace } from "../cluster/messages.ts";
import { memberId } from "../cluster/task_id.ts";
import { digestsLabel } from "../pinned_wishes.ts";
import { discoveryOf, executorMargin, labelsOf } from "../task/task_of_wish.ts";
import type { PodWish, TaskPort } from "../wish/pod_wish.ts";
import type { GroupTask, GroupTemplate } from "./group_template.ts";
import { shareOut } from "./share_out.ts";
import { longestGrace } from "./template_of_pod.ts";

/**
 * Makes the group of a wish that has a template for one.
 *
 * @param user of the agents, that the executor runs as and each container that says none; absent: the framework's
 */
export function groupOfWish(
  wish: PodWish,
  template: GroupTemplate,
  place: TaskPlace,
  user: string | undefined,
): TaskGroup {
  const { tasks, executor, network } = template;
  const ports = tasks.map((task) => portsOf(task, template, wish));
  const [own = [], ...shares] = shareOut(place.taken.resources, [
    { ...executor, ports: [] },
    ...tasks.map(({ share }, index) => ({
      ...share,
      ports: [...new Set((ports[index] ?? []).filter(({ isFirst }) => isFirst).map(({ need }) => need))]
        .flatMap((need) => place.taken.ports[need] ?? []),
    })),
  ]);
  const digests = parseDigests(wish.task.labels[digestsLabel] ?? "") ?? new Map<string, string>();
  return {
    executor: {
      type: "DEFAULT",
      executor_id: { value: place.executorId },
      framework_id: { value: place.frameworkId },
      name: wish.name,
      resources: own,
      shutdown_grace_period: { nanoseconds: (longestGrace(template) + executorMargin) * 1e6 },
      labels: labelsOf(wish, place),
      ...(network === undefined ? {} : { container: networkOf(network, wish, place) }),
    } satisfies ExecutorInfo,
    tasks: tasks.map((task, index): TaskInfo => ({
      name: `${wish.name}-${task.member}`,
      task_id: { value: memberId(place.id, task.member) },
      agent_id: { value: place.agent.id },
      resources: shares[index] ?? [],
      command: {
        ...task.command,
        ...(user === undefined || task.command.user !== undefined ? {} : { user }),
      },
      container: withFiles(withDigests(task.container, digests), task),
      ...(task.health === undefined ? {} : { health_check: task.health }),
      kill_policy: { grace_period: { nanoseconds: task.grace * 1e6 } },
      labels: withOwn(task, labelsOf(wish, place)),
      discovery: discoveryOf(wish, place, ports[index] ?? []),
      ...limitsOf(task),
    })),
  };
}

interface OwnPort extends TaskPort {
  /** No other one before has its need: two protocols of one number are one port for Mesos. */
  readonly isFirst: boolean;
}

/** All replicas of a container with ports are one. */
function portsOf({ member, name }: GroupTask, { tasks }: GroupTemplate, { task }: PodWish): OwnPort[] {
  if (tasks.find((one) => one.name === name)?.member !== member) return [];
  return task.ports
    .map((port, index) => ({
      ...port,
      isFirst: task.ports.findIndex(({ need }) => need === port.need) === index,
    }))
    .filter(({ container }) => container === name);
}

/** Containers are on the network of their executor. */
function networkOf(name: string, { task }: PodWish, { taken }: TaskPlace): ContainerInfo {
  const mappings = task.ports.flatMap(({ need, target, protocol }): PortMapping[] => {
    const host = taken.ports[need];
    return host === undefined ? [] : [{ host_port: host, container_port: target, protocol }];
  });
  return {
    type: "MESOS",
    network_infos: [{ name, ...(mappings.length === 0 ? {} : { port_mappings: mappings }) }],
  };
}

function withFiles(container: ContainerInfo, { files }: GroupTask): ContainerInfo {
  if (files.length === 0) return container;
  const secrets = files.map(({ path, content }): Volume => ({
    mode: "RO",
    container_path: path,
    source: { type: "SECRET", secret: { type: "VALUE", value: { data: Uint8Array.fromBase64(content) } } },
  }));
  return { ...container, volumes: [...container.volumes ?? [], ...secrets] };
}

function withDigests(container: ContainerInfo, digests: ReadonlyMap<string, string>): ContainerInfo {
  if (digests.size === 0) return container;
  const pinned = (image: Image): Image => {
    const name = image.docker?.name ?? "";
    const digest = digests.get(name);
    return digest === undefined ? image : { ...image, docker: { name: imageByDigest(name, digest) } };
  };
  const { mesos, volumes } = container;
  return {
    ...container,
    ...(mesos?.image === undefined ? {} : { mesos: { image: pinned(mesos.image) } }),
    ...(volumes === undefined ? {} : {
      volumes: volumes.map((volume) =>
        volume.image === undefined ? volume : { ...volume, image: pinned(volume.image) }
      ),
    }),
  };
}

function withOwn({ name, labels }: GroupTask, { labels: common = [] }: Labels): Labels {
  const all = { ...labels, "mesolet.container": name };
  const taken = new Set(common.map(({ key }) => key));
  const own = Object.entries(all).filter(([key]) => !taken.has(key)).map(([key, value]) => ({ key, value }));
  return { labels: [...common, ...own] };
}

function limitsOf({ limits }: GroupTask): Pick<TaskInfo, "limits"> {
  const entries = Object.entries(limits).map(([name, amount]) => [name, { value: amount / 1000 }] as const);
  return entries.length === 0 ? {} : { limits: Object.fromEntries(entries) };
}
