import { Label, sharedNetworkName } from "../pod/labels.ts";
import { pauseImageName } from "../pod/names.ts";
import { decide } from "./decide.ts";
import { withMountedImages } from "./mounted_images.ts";
import type { EngineFacts, ObservationNeeds, Observed, ObservedContainer } from "./observed.ts";
import type { PlacedContainer, PlacedPod } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";
import { cgroupOfPod } from "./pod_cgroup.ts";

/**
 * What has to be looked up before `up` can be planned, given the one list of containers. When every container is as
 * wanted, that is only the images: their ids show whether a tag moved. Networks and volumes are looked up when
 * something has to be made.
 */
export function needsForUp(
  placed: PlacedPod,
  containers: readonly ObservedContainer[],
  engine: EngineFacts,
  options: UpOptions,
): ObservationNeeds {
  const bare: Observed = {
    engine,
    containers,
    otherPodContainers: 0,
    networks: new Map(),
    volumes: new Map(),
    images: new Map(),
    externalContainers: new Map(),
    restartPolicies: new Map(),
  };
  const decisions = decide(placed, bare, options);
  // The pause image has one content for ever: only making a pause container needs it.
  const keepsPause = decisions.wanted.every(({ wanted, action }) =>
    wanted.role !== "pause" || action === "keep"
  );
  const images = [...new Set(withMountedImages(placed.containers).map(({ image }) => image))]
    .filter((image) => image !== pauseImageName || !keepsPause)
    .sort();
  // A container that is kept but not running may have lost its networks as well.
  const settled = decisions.wanted.length > 0 &&
    decisions.wanted.every((decision) =>
      decision.action === "keep" &&
      (decision.existing.state === "running" || decision.existing.state === "exited") &&
      decision.existing.labels[Label.definition] === decision.wanted.volumesDefinition
    );
  const stale = decisions.wanted.flatMap((decision) =>
    (decision.action === "keep" || decision.action === "rename") && placed.supervision === "engine" &&
      decision.existing.labels[Label.supervision] !== "engine"
      ? [decision.existing.id]
      : []
  );
  // A pod that gave up its total may have a cgroup still.
  const cgroup = placed.cgroup ?? cgroupOfPod(placed.name, containers, engine);
  return {
    images,
    networks: settled ? [] : placed.networks.map(({ name }) => name).sort(),
    volumes: settled ? [] : placed.volumes.map(({ name }) => name).sort(),
    labelled: false,
    externalContainers: settled ? [] : externalContainersOf(placed.containers),
    restartPolicies: stale.sort(),
    ...(cgroup === undefined ? {} : { cgroup }),
  };
}

/**
 * What has to be looked up before a pod can be taken down: everything that carries its label, its cgroup, and what
 * all pods share, in case this was the last of them.
 */
export function needsForDown(
  pod: string,
  containers: readonly ObservedContainer[],
  engine: EngineFacts,
): ObservationNeeds {
  const cgroup = cgroupOfPod(pod, containers, engine);
  return {
    images: [pauseImageName],
    networks: [sharedNetworkName],
    volumes: [],
    labelled: true,
    externalContainers: [],
    restartPolicies: [],
    ...(cgroup === undefined ? {} : { cgroup }),
  };
}

function externalContainersOf(containers: readonly PlacedContainer[]): string[] {
  return [...new Set(containers.flatMap(({ externalContainers }) => externalContainers))].sort();
}
