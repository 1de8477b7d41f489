import { Label } from "../pod/labels.ts";
import { present } from "../pod/present.ts";
import type {
  ObservationNeeds,
  Observed,
  ObservedContainer,
  ObservedImage,
  ObservedMount,
  ObservedNetwork,
  ObservedVolume,
} from "../plan/observed.ts";
import { type Connection, referenceSegments, segment } from "./connection.ts";
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf, textsOf, timeOf } from "./json.ts";
import { parseState, parseStatusWords } from "./status_words.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Lists the containers of a pod, or of all pods, in one call.
 *
 * Only our own label counts: a container that Docker Compose made for a project of the same name is not ours.
 *
 * @throws {EngineError}
 */
export async function listContainers(
  connection: Connection,
  pod: string | undefined,
  signal?: AbortSignal,
): Promise<ObservedContainer[]> {
  const answer = await connection.request({
    method: "GET",
    path: "/containers/json",
    query: { all: true, filters: labelFilter(pod) },
    call: pod === undefined ? "list the containers of all pods" : `list the containers of pod ${pod}`,
    bound: TimeBounds.read,
    signal,
  });
  return listOf(answer.body).map((entry) => observedContainerOf(objectOf(entry)))
    .sort((left, right) => left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
}

function labelFilter(pod: string | undefined): string {
  return JSON.stringify({ label: [pod === undefined ? Label.pod : `${Label.pod}=${pod}`] });
}

/** Makes an observed container of one entry of a list. */
export function observedContainerOf(entry: JsonObject): ObservedContainer {
  const words = parseStatusWords(textOf(entry.Status));
  const networks: Record<string, { networkId: string; address?: string }> = {};
  for (const [name, network] of Object.entries(objectOf(objectOf(entry.NetworkSettings).Networks))) {
    const { NetworkID, IPAddress } = objectOf(network);
    networks[name] = present({ networkId: textOf(NetworkID), address: textOf(IPAddress) || undefined });
  }
  return present({
    id: textOf(entry.Id),
    name: containerNameOf(entry),
    image: textOf(entry.Image),
    imageId: textOf(entry.ImageID),
    state: parseState(textOf(entry.State)),
    health: words.health,
    exitCode: words.exitCode,
    labels: textsOf(entry.Labels),
    created: createdOf(entry.Created),
    networks,
    networkMode: textOf(objectOf(entry.HostConfig).NetworkMode),
    mounts: listOf(entry.Mounts).map((mount) => observedMountOf(objectOf(mount))),
    ports: listOf(entry.Ports).map(objectOf).filter((port) => numberOf(port.PublicPort) > 0).map((port) => ({
      target: numberOf(port.PrivatePort),
      protocol: textOf(port.Type),
      hostAddress: textOf(port.IP),
      published: numberOf(port.PublicPort),
    })),
  });
}

/**
 * The container's own name: with legacy links a container is also listed as `/other/alias`, in any order.
 */
function containerNameOf(entry: JsonObject): string {
  const names = listOf(entry.Names).map((name) => textOf(name).replace(/^\//, ""));
  return names.find((name) => !name.includes("/")) ?? names[0] ?? "";
}

/** Docker sends seconds; Podman has sent text of a time as well. */
function createdOf(created: unknown): number {
  if (typeof created === "number") return created;
  return Math.floor((timeOf(created) ?? 0) / 1000);
}

function observedMountOf(mount: JsonObject): ObservedMount {
  return present({
    type: textOf(mount.Type),
    name: textOf(mount.Name) || undefined,
    source: textOf(mount.Source),
    target: textOf(mount.Destination),
    writable: mount.RW === true,
  });
}

/** Looks up what a plan needs to know besides the containers. All look-ups run at once. */
export async function observe(
  connection: Connection,
  request: {
    readonly pod: string;
    readonly containers: readonly ObservedContainer[];
    readonly needs: ObservationNeeds;
  },
  signal?: AbortSignal,
): Promise<Omit<Observed, "engine" | "cgroup">> {
  const { pod, needs } = request;
  const [
    images,
    networks,
    volumes,
    externals,
    policies,
    labelledNetworks,
    labelledVolumes,
    otherPodContainers,
  ] = await Promise.all([
    lookUp(needs.images, (reference) => inspectImage(connection, reference, signal)),
    lookUpNetworks(connection, needs.networks, signal),
    lookUp(needs.volumes, (name) => inspectVolume(connection, name, signal)),
    lookUp(needs.externalContainers, (name) => findContainer(connection, name, signal)),
    lookUp(needs.restartPolicies, (id) => restartPolicyOf(connection, id, signal)),
    needs.labelled ? listNetworks(connection, { label: [`${Label.pod}=${pod}`] }, signal) : [],
    needs.labelled ? listVolumes(connection, pod, signal) : [],
    needs.labelled ? countOtherPodContainers(connection, pod, signal) : 0,
  ]);
  for (const network of labelledNetworks) networks.set(network.name, network);
  for (const volume of labelledVolumes) volumes.set(volume.name, volume);
  return {
    containers: request.containers,
    otherPodContainers,
    networks,
    volumes,
    images,
    externalContainers: externals,
    restartPolicies: presentOnly(policies),
  };
}

async function lookUp<T>(
  names: readonly string[],
  find: (name: string) => Promise<T | null>,
): Promise<Map<string, T | null>> {
  const unique = [...new Set(names)];
  const found = await Promise.all(unique.map(find));
  return new Map(unique.map((name, index) => [name, found[index] ?? null]));
}

/**
 * Inspects an image.
 *
 * @param reference as the spec writes it
 * @returns null when the engine does not have it
 */
export async function inspectImage(
  connection: Connection,
  reference: string,
  signal?: AbortSignal,
): Promise<ObservedImage | null> {
  const answer = await connection.request({
    method: "GET",
    path: `/images/${referenceSegments(reference)}/json`,
    call: `inspect image ${reference}`,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  return answer.status === 404 ? null : observedImageOf(objectOf(answer.body));
}

/** Of `6379/tcp`, `53/udp` …: those of TCP. */
function exposedPorts(written: readonly string[]): number[] | undefined {
  const ports = written.flatMap((text) => {
    const [, port] = /^(\d+)(?:\/tcp)?$/.exec(text) ?? [];
    return port === undefined ? [] : [Number(port)];
  });
  return ports.length === 0 ? undefined : ports.sort((left, right) => left - right);
}

/** Makes an observed image of an inspection. */
export function observedImageOf(image: JsonObject): ObservedImage {
  const config = objectOf(image.Config);
  const test = listOf(objectOf(config.Healthcheck).Test);
  return present({
    id: textOf(image.Id),
    operatingSystem: textOf(image.Os),
    architecture: textOf(image.Architecture),
    variant: textOf(image.Variant) || undefined,
    lastTagged: timeOf(objectOf(image.Metadata).LastTagTime),
    volumes: Object.keys(objectOf(config.Volumes)).sort(),
    hasHealthCheck: test.length > 0 && test[0] !== "NONE",
    exposed: exposedPorts(Object.keys(objectOf(config.ExposedPorts))),
    digests: listOf(image.RepoDigests).map(textOf),
  });
}

/**
 * Networks by exact name, in one list call: asked for one by one, an engine also answers with a network whose id
 * begins with the name. What looks like an id and is no name is then asked for by id.
 */
export async function lookUpNetworks(
  connection: Connection,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, ObservedNetwork | null>> {
  const found = new Map<string, ObservedNetwork | null>(names.map((name) => [name, null]));
  if (names.length === 0) return found;
  for (const network of await listNetworks(connection, { name: [...found.keys()] }, signal)) {
    if (found.has(network.name)) found.set(network.name, network);
  }
  const ids = names.filter((name) => found.get(name) === null && /^[0-9a-f]{12,64}$/.test(name));
  await Promise.all(ids.map(async (id) => found.set(id, await inspectNetwork(connection, id, signal))));
  return found;
}

async function listNetworks(
  connection: Connection,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<ObservedNetwork[]> {
  const answer = await connection.request({
    method: "GET",
    path: "/networks",
    query: { filters: JSON.stringify(filters) },
    call: "list networks",
    bound: TimeBounds.read,
    signal,
  });
  return listOf(answer.body).map((network) => observedNetworkOf(objectOf(network)));
}

/** A network by name or id; null when there is none. */
export async function inspectNetwork(
  connection: Connection,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<ObservedNetwork | null> {
  const answer = await connection.request({
    method: "GET",
    path: `/networks/${segment(nameOrId)}`,
    call: `inspect network ${nameOrId}`,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  return answer.status === 404 ? null : observedNetworkOf(objectOf(answer.body));
}

function observedNetworkOf(network: JsonObject): ObservedNetwork {
  return {
    id: textOf(network.Id),
    name: textOf(network.Name),
    driver: textOf(network.Driver),
    labels: textsOf(network.Labels),
  };
}

async function inspectVolume(
  connection: Connection,
  name: string,
  signal?: AbortSignal,
): Promise<ObservedVolume | null> {
  const answer = await connection.request({
    method: "GET",
    path: `/volumes/${segment(name)}`,
    call: `inspect volume ${name}`,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  return answer.status === 404 ? null : observedVolumeOf(objectOf(answer.body));
}

async function listVolumes(
  connection: Connection,
  pod: string,
  signal?: AbortSignal,
): Promise<ObservedVolume[]> {
  const answer = await connection.request({
    method: "GET",
    path: "/volumes",
    query: { filters: labelFilter(pod) },
    call: `list the volumes of pod ${pod}`,
    bound: TimeBounds.read,
    signal,
  });
  return listOf(objectOf(answer.body).Volumes).map((volume) => observedVolumeOf(objectOf(volume)));
}

function observedVolumeOf(volume: JsonObject): ObservedVolume {
  return { name: textOf(volume.Name), driver: textOf(volume.Driver), labels: textsOf(volume.Labels) };
}

/** The engine's own restart policy as `name` or `on-failure:5`; null when the container is gone. */
async function restartPolicyOf(
  connection: Connection,
  id: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const container = await inspectRaw(connection, id, signal);
  if (container === null) return null;
  const policy = objectOf(objectOf(container.HostConfig).RestartPolicy);
  const name = textOf(policy.Name) || "no";
  const retries = numberOf(policy.MaximumRetryCount);
  return name === "on-failure" && retries > 0 ? `${name}:${retries}` : name;
}

function presentOnly(found: ReadonlyMap<string, string | null>): Map<string, string> {
  const present = new Map<string, string>();
  for (const [key, value] of found) {
    if (value !== null) present.set(key, value);
  }
  return present;
}

/** The id of a container by name or id; null when there is none. */
async function findContainer(
  connection: Connection,
  name: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const container = await inspectRaw(connection, name, signal);
  return container === null ? null : textOf(container.Id);
}

/** The engine's own inspection of a container; null when it is gone. */
export async function inspectRaw(
  connection: Connection,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<JsonObject | null> {
  const answer = await connection.request({
    method: "GET",
    path: `/containers/${segment(nameOrId)}/json`,
    call: `inspect container ${nameOrId}`,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  return answer.status !== 404 && isObject(answer.body) ? answer.body : null;
}

async function countOtherPodContainers(
  connection: Connection,
  pod: string,
  signal?: AbortSignal,
): Promise<number> {
  const all = await listContainers(connection, undefined, signal);
  return all.filter((container) => container.labels[Label.pod] !== pod).length;
}
