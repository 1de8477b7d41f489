import type { ProblemList } from "../../../compose/problem_list.ts";
import type { Container, Pod } from "../../../pod/model.ts";
import { supervisionBounds } from "../../../supervisor/supervision_bounds.ts";
import type { GroupShare, GroupTask, GroupTemplate } from "./group_template.ts";
import { nativeShares } from "./native_shares.ts";
import { commandOf, containerInfoOf, healthCheckOf } from "./native_task.ts";

/** A task's id has 255 bytes at most, and the container's name is a part of it. */
const longestName = 60;

/** A pod as the group of tasks that it is under the executor of Mesos: one for each container and replica. */
export function templateOfPod(pod: Pod, problems: ProblemList): GroupTemplate {
  const shares = nativeShares(pod, problems);
  const shared = sharingPids(pod.containers);
  // Mesos wants it the same for all of a group.
  const sharesCgroups = [...shares.of.values()].every(({ limits }) => Object.keys(limits).length === 0);
  const tasks = pod.containers.flatMap((container): GroupTask[] => {
    const own = shares.of.get(container.name);
    if (own === undefined) return [];
    if (container.name.length > longestName) {
      problems.error(
        `services.${container.name}`,
        `has a name of ${container.name.length} letters, and ids of Mesos have room for ${longestName}`,
      );
    }
    const common = {
      ...own,
      name: container.name,
      command: commandOf(container),
      container: containerInfoOf(container, { shared, sharesCgroups }),
      files: container.files.flatMap(({ target, content }) =>
        content.kind === "inline" ? [{ path: target, content: content.bytes.toBase64() }] : []
      ),
      grace: graceOf(container),
      labels: container.labels,
    };
    const health = healthCheckOf(container.health);
    return Array.from({ length: container.replicas }, (_, index) => ({
      ...common,
      member: `${container.name}-${index + 1}`,
      ...(health === undefined ? {} : { health }),
    }));
  });
  if (tasks.length === 0) problems.error("services", "has no container to run: Mesos takes no empty group");
  return {
    ...(pod.network.mode === "existing" ? { network: pod.network.network } : {}),
    executor: shares.executor,
    tasks,
  };
}

/** Milliseconds that the slowest container may take to stop: they stop together. */
export function longestGrace({ tasks }: GroupTemplate): number {
  return Math.max(0, ...tasks.map(({ grace }) => grace));
}

/** All that a group has, its executor included. */
export function shareOfAll({ executor, tasks }: GroupTemplate): GroupShare {
  const all = [executor, ...tasks.map(({ share }) => share)];
  const sum = (name: keyof GroupShare) => all.reduce((total, share) => total + share[name], 0);
  return { cpus: sum("cpus"), memory: sum("memory"), disk: sum("disk"), gpus: sum("gpus") };
}

function graceOf({ stop }: Container): number {
  return stop.graceMilliseconds ?? supervisionBounds.defaultGraceSeconds * 1000;
}

/** Who shares one, and who it is shared with: that of the executor. */
function sharingPids(containers: readonly Container[]): ReadonlySet<string> {
  return new Set(
    containers.flatMap(({ name, pidNamespace }) =>
      pidNamespace.kind === "container" ? [name, pidNamespace.container] : []
    ),
  );
}
