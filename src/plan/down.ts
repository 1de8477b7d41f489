import { Label, sharedNetworkName } from "../pod/labels.ts";
import { pauseImageName } from "../pod/names.ts";
import { addCarriedRemovals } from "./carried_volumes.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import { observedDependents } from "./observed_order.ts";
import type { PlacedPod } from "./placed.ts";
import { isAnonymous } from "./replacement.ts";
import type { CgroupSpec, Plan } from "./step.ts";
import { StepList } from "./step_list.ts";
import { addStopSteps, isAlive } from "./stop_steps.ts";

/** What a person wants of `down`. */
export interface DownOptions {
  /** Also remove the pod's volumes, named and anonymous. */
  readonly volumes: boolean;
  readonly graceSeconds?: number;
}

/**
 * What has to be done so that nothing of a pod is left: containers in reverse order of their start, then networks,
 * copied files, the cgroup, and what the last pod of a host shared with others. Data volumes stay unless asked for.
 *
 * @param spec the placed pod, where its spec is at hand: only the spec knows the pre_stop hooks.
 */
export function planDown(pod: string, observed: Observed, options: DownOptions, spec?: PlacedPod): Plan {
  const steps = new StepList();
  const cause = "the pod is taken down";
  const dependents = observedDependents(observed.containers);
  const asCompose = spec?.networking.mode === "services";
  const hooks = new Map(spec?.containers.map((container) => [container.name, container.preStop]));
  for (const container of observed.containers) {
    const after = [...(dependents.get(container.name) ?? [])];
    const identity = identityOf(container);
    // Docker Compose stops ended containers as well, which the engine answers with "not modified".
    if (isAlive(container) || (asCompose && container.state === "exited")) {
      const preStop = hooks.get(container.name) ?? [];
      if (preStop.length === 0 && container.labels[Label.preStop] !== undefined) {
        steps.warn(
          `${container.name}: its pre_stop hooks are not run, as the spec that has them is not given`,
        );
      }
      addStopSteps(steps, container, { ...identity.wanted, preStop }, {
        cause,
        after: after.flatMap((name) => [`stop ${name}`, ...removedBefore(container, name)]),
        ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
      });
    }
    steps.add({
      id: `remove ${container.name}`,
      kind: "remove-container",
      cause,
      after: [`stop ${container.name}`, ...after.flatMap((name) => removedBefore(container, name))],
      container: identity.container,
      target: { name: container.name, id: container.id },
      force: true,
      volumes: options.volumes,
    });
  }
  const removals = steps.idsOf("remove-container");
  if (options.volumes) {
    const after = removals;
    const cause = "volumes were asked to be removed";
    for (const container of observed.containers) addCarriedRemovals(steps, container, { cause, after });
  }
  addNetworkRemovals(pod, observed, steps, removals);
  addVolumeRemovals(pod, observed, options, steps, removals);
  addSharedRemovals(observed, steps, removals);
  const cgroup = spec?.cgroup ?? cgroupOf(observed);
  if (cgroup !== undefined && observed.cgroup !== null) {
    steps.add({
      id: `remove cgroup ${cgroup.parent}`,
      kind: "remove-cgroup",
      cause,
      after: removals,
      cgroup,
    });
  }
  if (!options.volumes) noteAnonymousVolumes(observed, steps);
  return steps.finish(pod);
}

/** The owner of namespaces is removed after everyone who lives in them; others need not wait for each other. */
function removedBefore(container: ObservedContainer, dependent: string): string[] {
  return container.labels[Label.role] === "pause" ? [`remove ${dependent}`] : [];
}

function identityOf(container: ObservedContainer) {
  const name = container.labels[Label.container] ?? container.name;
  const number = Number(container.labels[Label.number] ?? 1);
  return { container: { name, number }, wanted: { name: container.name, container: name, number } };
}

function addNetworkRemovals(
  pod: string,
  observed: Observed,
  steps: StepList,
  after: readonly string[],
): void {
  for (const network of observed.networks.values()) {
    if (network === null || network.labels[Label.pod] !== pod) continue;
    steps.add({
      id: `remove network ${network.name}`,
      kind: "remove-network",
      cause: "it was made for the pod",
      after,
      name: network.name,
      networkId: network.id,
    });
  }
}

function addVolumeRemovals(
  pod: string,
  observed: Observed,
  options: DownOptions,
  steps: StepList,
  after: readonly string[],
): void {
  for (const volume of observed.volumes.values()) {
    if (volume === null || volume.labels[Label.pod] !== pod) continue;
    const files = volume.labels[Label.role] === "files";
    if (!files && !options.volumes) continue;
    steps.add({
      id: `remove volume ${volume.name}`,
      kind: "remove-volume",
      cause: files ? "it held copies of secrets and configs" : "volumes were asked to be removed",
      after,
      name: volume.name,
    });
  }
}

/** The last pod of the host takes along what all pods share. */
function addSharedRemovals(observed: Observed, steps: StepList, after: readonly string[]): void {
  if (observed.otherPodContainers > 0) return;
  const pauses = observed.containers.filter((container) => container.labels[Label.role] === "pause");
  if (pauses.length === 0) return;
  const cause = "no other pod of this host uses it";
  if (
    pauses.some((container) =>
      sharedNetworkName in container.networks || container.networkMode === sharedNetworkName
    )
  ) {
    steps.add({
      id: `remove network ${sharedNetworkName}`,
      kind: "remove-network",
      cause,
      after,
      optional: true,
      name: sharedNetworkName,
      ifUnused: true,
    });
  }
  steps.add({
    id: `remove image ${pauseImageName}`,
    kind: "remove-image",
    cause,
    after,
    optional: true,
    image: pauseImageName,
  });
}

/** The pod's cgroup as its containers remember it. */
export function cgroupOf(observed: Pick<Observed, "containers" | "engine">): CgroupSpec | undefined {
  const { cgroupDriver, cgroupVersion } = observed.engine;
  if (cgroupDriver === "none") return undefined;
  for (const container of observed.containers) {
    const parent = container.labels[Label.cgroup];
    if (parent !== undefined) return { parent, driver: cgroupDriver, version: cgroupVersion };
  }
  return undefined;
}

function noteAnonymousVolumes(observed: Observed, steps: StepList): void {
  const names = observed.containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ type, name }) =>
      type === "volume" && name !== undefined && isAnonymous(name) ? [name] : []
    )
  );
  const kept = [...new Set(names)].sort();
  if (kept.length === 0) return;
  steps.warn(
    `${kept.length} anonymous volume(s) with the pod's data are kept (down -v removes them): ${
      kept.map((name) => name.slice(0, 12)).join(", ")
    }`,
  );
}
