import { Label, sharedNetworkName, sharedNetworkRole } from "../pod/labels.ts";
import { pauseImageName } from "../pod/names.ts";
import { addCarriedRemovals } from "./carried_volumes.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import { observedDependents } from "./observed_order.ts";
import type { PlacedPod } from "./placed.ts";
import { isAnonymous } from "./replacement.ts";
import { cgroupOfPod } from "./pod_cgroup.ts";
import type { Plan } from "./step.ts";
import { StepList } from "./step_list.ts";
import { addStopSteps, isAlive, preStopOf, specIdentity } from "./stop_steps.ts";

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
    const identity = specIdentity(container);
    // Docker Compose stops ended containers as well, which the engine answers with "not modified".
    if (isAlive(container) || (asCompose && container.state === "exited")) {
      const preStop = preStopOf(container, hooks, steps);
      addStopSteps(steps, container, {
        name: container.name,
        container: identity.name,
        number: identity.number,
        preStop,
      }, {
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
      container: identity,
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
  addSharedRemovals(observed, spec, steps, removals);
  addCgroupRemoval(pod, observed, steps, { cause, after: removals });
  if (!options.volumes) noteAnonymousVolumes(observed, steps);
  return steps.finish(pod);
}

/** What goes with the last container of a pod, whoever removes it: its cgroup, and what the last pod of a host shared. */
export function addRemovalsOfEmptyPod(
  pod: string,
  observed: Observed,
  steps: StepList,
  after: readonly string[],
): void {
  addSharedRemovals(observed, undefined, steps, after);
  addCgroupRemoval(pod, observed, steps, { cause: "nothing of the pod is left", after });
}

function addCgroupRemoval(
  pod: string,
  observed: Observed,
  steps: StepList,
  why: { readonly cause: string; readonly after: readonly string[] },
): void {
  const cgroup = cgroupOfPod(pod, observed.containers, observed.engine);
  if (cgroup === undefined || (observed.cgroup ?? null) === null) return;
  steps.add({ id: `remove cgroup ${cgroup.parent}`, kind: "remove-cgroup", ...why, cgroup });
}

/** The owner of namespaces is removed after everyone who lives in them; others need not wait for each other. */
function removedBefore(container: ObservedContainer, dependent: string): string[] {
  return container.labels[Label.role] === "pause" ? [`remove ${dependent}`] : [];
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
      // A container of others on it is no reason to call the pod not gone.
      optional: true,
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

/**
 * The last pod of the host takes along what all pods share. The image by itself is a sign of a crash between loading it
 * and making the pause container; a pod of another network mode has nothing to do with it.
 */
function addSharedRemovals(
  observed: Observed,
  spec: PlacedPod | undefined,
  steps: StepList,
  after: readonly string[],
): void {
  if (observed.otherPodContainers > 0) return;
  const cause = "no other pod of this host uses it";
  const network = observed.networks.get(sharedNetworkName) ?? null;
  const paused = observed.containers.some((container) => container.labels[Label.role] === "pause");
  const imageThere = (observed.images.get(pauseImageName) ?? null) !== null;
  const mayHaveLoaded = spec === undefined ||
    (spec.networking.mode !== "services" && spec.networking.mode !== "host");
  if (network !== null && network.labels[Label.role] === sharedNetworkRole) {
    steps.add({
      id: `remove network ${sharedNetworkName}`,
      kind: "remove-network",
      cause,
      after,
      optional: true,
      name: sharedNetworkName,
      networkId: network.id,
      ifUnused: true,
    });
  }
  if (!imageThere || !(paused || network !== null || mayHaveLoaded)) return;
  steps.add({
    id: `remove image ${pauseImageName}`,
    kind: "remove-image",
    cause,
    after,
    optional: true,
    image: pauseImageName,
  });
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
    `${kept.length} anonymous volume(s) with the pod's data are kept (docker volume rm removes them): ${
      kept.map((name) => name.slice(0, 12)).join(", ")
    }`,
  );
}
