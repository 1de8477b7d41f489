import { place, type Placement } from "../../src/plan/place.ts";
import type { Host } from "../../src/plan/host.ts";
import type { EngineFacts, Observed, ObservedContainer, ObservedImage } from "../../src/plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../../src/plan/placed.ts";
import type { EngineBody, Json } from "../../src/plan/step.ts";
import { type ComposePodOptions, podOfText } from "./compose_pod.ts";

/** A Docker Engine as Debian 12 has it. */
export const engineFacts: EngineFacts = {
  kind: "docker",
  apiVersion: "1.41",
  serverVersion: "20.10.24",
  operatingSystem: "linux",
  architecture: "amd64",
  cgroupVersion: 2,
  cgroupDriver: "cgroupfs",
  local: true,
  rootless: false,
};

export const host: Host = { engine: engineFacts, environment: [], cgroups: { usable: true } };

/** Loads and places a Compose text. */
export async function placementOf(
  text: string,
  options: ComposePodOptions & {
    readonly host?: Partial<Host>;
    readonly supervision?: "mesolet" | "engine";
  } = {},
): Promise<Placement> {
  const { pod } = await podOfText(text, options);
  return place(pod, { ...host, ...options.host }, {
    supervision: options.supervision ?? "mesolet",
    version: "test",
  });
}

/** An image that is there. */
export const anImage: ObservedImage = {
  id: "sha256:0001",
  operatingSystem: "linux",
  architecture: "amd64",
  volumes: [],
  hasHealthCheck: false,
};

/** A container as it would be listed had the engine made exactly what was placed. */
export function asMade(
  container: PlacedContainer,
  change: Partial<ObservedContainer> = {},
): ObservedContainer {
  const hostConfig = objectOf(container.body["HostConfig"]);
  const filled = (value: Json | undefined) =>
    String(value ?? "").replace(/<id:([^>]+)>/g, (_, name: string) => idFor(name));
  return {
    id: idFor(container.name),
    name: container.name,
    image: container.image,
    imageId: anImage.id,
    state: "running",
    labels: Object.fromEntries(
      Object.entries(objectOf(container.body["Labels"])).map(([name, value]) => [name, filled(value)]),
    ),
    created: 1_700_000_000,
    networks: Object.fromEntries(container.networks.map((name) => [name, { networkId: `net-${name}` }])),
    networkMode: filled(hostConfig["NetworkMode"]),
    mounts: container.volumes.map(({ name, target }) => ({
      type: "volume",
      name,
      source: `/volumes/${name}`,
      target,
      writable: true,
    })),
    ports: [],
    ...change,
  };
}

/** The id that {@linkcode asMade} gives to a container of this name. */
export function idFor(name: string): string {
  return [...name].map((letter) => letter.charCodeAt(0).toString(16)).join("").padEnd(64, "0").slice(0, 64);
}

/** What is seen when everything of a placed pod is there and runs; containers that the function drops are not. */
export function allThere(
  placed: PlacedPod,
  change: (container: PlacedContainer) => Partial<ObservedContainer> | "absent" = () => ({}),
  more: Partial<Observed> = {},
): Observed {
  const containers = placed.containers.flatMap((container) => {
    const changed = change(container);
    return changed === "absent" ? [] : [asMade(container, changed)];
  });
  return {
    engine: engineFacts,
    containers,
    otherPodContainers: 0,
    networks: new Map(placed.networks.map((network) => [network.name, {
      id: `net-${network.name}`,
      name: network.name,
      driver: "bridge",
      labels: network.external ? {} : labelsOf(network.body),
    }])),
    volumes: new Map(placed.volumes.map((volume) => [volume.name, {
      name: volume.name,
      driver: "local",
      labels: volume.external ? {} : labelsOf(volume.body),
    }])),
    images: new Map(placed.containers.map(({ image }) => [image, anImage])),
    externalContainers: new Map(),
    restartPolicies: new Map(),
    ...(placed.cgroup === undefined ? {} : { cgroup: placed.cgroup }),
    ...more,
  };
}

/** What is seen on an engine that has the images and nothing else. */
export function nothingThere(placed: PlacedPod, more: Partial<Observed> = {}): Observed {
  return {
    ...allThere(placed),
    containers: [],
    networks: new Map(placed.networks.map(({ name, external }) => [
      name,
      external ? { id: `net-${name}`, name, driver: "bridge", labels: {} } : null,
    ])),
    volumes: new Map(placed.volumes.map(({ name, external }) => [
      name,
      external ? { name, driver: "local", labels: {} } : null,
    ])),
    ...(placed.cgroup === undefined ? {} : { cgroup: null }),
    ...more,
  };
}

function labelsOf(body: EngineBody): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOf(body["Labels"])).map(([name, value]) => [name, String(value)]),
  );
}

/** A member of a body that is an object. */
export function objectOf(value: Json | undefined): Record<string, Json | undefined> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...Object(value) } : {};
}
