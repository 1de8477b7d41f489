import type { Host } from "../plan/host.ts";
import { needsForUp } from "../plan/needs.ts";
import type { EngineFacts, Observed, ObservedImage } from "../plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../plan/placed.ts";
import type { UpOptions } from "../plan/plan_options.ts";
import { restrict } from "../plan/restrict.ts";

const facts: EngineFacts = {
  kind: "docker",
  apiVersion: "1.49",
  serverVersion: "",
  operatingSystem: "linux",
  architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
  cgroupVersion: 2,
  cgroupDriver: "systemd",
  local: true,
  rootless: false,
};

/** A host for `plan --offline`: a current Docker on a Linux host. */
export const offlineHost: Host = { engine: facts, environment: [], cgroups: { usable: true } };

/**
 * An engine that holds nothing of the pod. What the pod takes from elsewhere (external networks and volumes, other
 * containers, images that are built or never pulled) counts as there: a plan without an engine cannot know better.
 */
export function observedOffline(placed: PlacedPod, options: UpOptions): Observed {
  const needs = needsForUp(placed, [], facts, options);
  const external = (name: string) => [name, { id: name, name, driver: "", labels: {} }] as const;
  const takenAsThere = new Set(
    placed.containers.filter((container) => isNotPulled(container, options)).map(({ image }) => image),
  );
  return {
    engine: facts,
    containers: [],
    otherPodContainers: 0,
    networks: new Map([
      ...needs.networks.map((name) => [name, null] as const),
      ...placed.networks.filter((network) => network.external).map(({ name }) => external(name)),
    ]),
    volumes: new Map([
      ...needs.volumes.map((name) => [name, null] as const),
      ...placed.volumes.filter((volume) => volume.external).map(({ name }) => external(name)),
    ]),
    images: new Map(needs.images.map((image) => [image, takenAsThere.has(image) ? anyImage : null])),
    externalContainers: new Map(needs.externalContainers.map((name) => [name, name])),
    restartPolicies: new Map(),
    cgroup: null,
  };
}

/** What `up` refuses although a plan without an engine does not: images that nobody pulls, and that may be absent. */
export function offlineWarnings(placed: PlacedPod, options: UpOptions): string[] {
  const { containers } = restrict(placed, options);
  return [
    ...new Set(
      containers.filter((container) => isNotPulled(container, options)).map((container) =>
        container.imageIsBuilt
          ? `${container.container} has no image but a build, and mesolet builds none: up refuses unless ` +
            `${container.image} was built on the engine's host`
          : `pulling is off for ${container.image} (pull policy never): up refuses unless it was loaded`
      ),
    ),
  ];
}

function isNotPulled({ role, imageIsBuilt, pull }: PlacedContainer, options: UpOptions): boolean {
  // The pause image is built in, and loaded where it is not there.
  if (role === "pause") return false;
  return imageIsBuilt || (options.pull ?? pull.kind) === "never";
}

const anyImage: ObservedImage = {
  id: "",
  operatingSystem: facts.operatingSystem,
  architecture: facts.architecture,
  volumes: [],
  hasHealthCheck: false,
};
