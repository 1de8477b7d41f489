import { Label } from "../pod/labels.ts";
import type { Container, Pod } from "../pod/model.ts";
import { containerNameOf } from "../pod/names.ts";
import type { ContainerState, ContainerStatus, PodPhase, PodReason, PodStatus } from "../pod/status.ts";
import type { ContainerDetail } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { publishedPorts } from "./published_ports.ts";
import { exitInWords } from "./words.ts";

/** What is known of a container that a list shows, for its status. */
export interface ContainerFacts {
  readonly observed: ObservedContainer;
  readonly detail?: ContainerDetail;
}

/**
 * The status of a pod that nobody here supervises, from what the engine tells: for `ps`. Without the pod's spec, what
 * is essential and which containers there are is read from the labels; inspections (`detail`) add times, restarts
 * and addresses.
 *
 * @param request.pod the spec, where it is at hand
 * @param request.now milliseconds since 1970
 */
export function statusFromEngine(
  request: {
    readonly name: string;
    readonly pod?: Pod;
    readonly containers: readonly ContainerFacts[];
    readonly now: number;
  },
): PodStatus {
  const own = request.containers.filter(({ observed }) => observed.labels[Label.role] !== "pause");
  const pause = request.containers.find(({ observed }) => observed.labels[Label.role] === "pause")?.observed;
  const listed = own.map((facts) => {
    const status = containerStatus(facts, specFor(request.pod, facts.observed), request.pod);
    return status.state === "running" ? { ...status, ports: publishedPorts(facts.observed, pause) } : status;
  });
  const containers = [...listed, ...missing(request.pod, listed)].sort(byNameAndNumber);
  const { phase, reason, reasonCode, exitCode } = judgePod(request.containers.length, containers);
  const address = podAddress(request.containers);
  return {
    pod: request.name,
    phase,
    reason,
    reasonCode,
    ...(exitCode === undefined ? {} : { exitCode }),
    containers,
    ...(address === undefined ? {} : { address }),
    observedAt: request.now,
  };
}

/** The status of one container that is on the engine. */
export function containerStatus(
  facts: ContainerFacts,
  spec: Container | undefined,
  pod: Pod | undefined,
): ContainerStatus {
  const { observed, detail } = facts;
  const name = observed.labels[Label.container] ?? observed.name;
  const ended = observed.state === "exited" || observed.state === "dead";
  const exitCode = ended ? detail?.exitCode ?? observed.exitCode : undefined;
  const outOfMemory = detail?.outOfMemory ?? false;
  const health = observed.state === "running" ? detail?.health ?? observed.health : undefined;
  const reason = exitCode !== undefined && exitCode !== 0
    ? exitInWords(exitCode, outOfMemory)
    : health === "unhealthy"
    ? "is unhealthy"
    : undefined;
  return {
    name,
    number: Number(observed.labels[Label.number] ?? 1),
    containerName: observed.name,
    id: observed.id,
    image: spec?.image ?? observed.image,
    state: stateOf(observed),
    ...(health === undefined ? {} : { health }),
    ...(exitCode === undefined ? {} : { exitCode }),
    outOfMemory,
    restarts: detail?.engineRestarts ?? 0,
    ...(detail?.startedAt === undefined ? {} : { startedAt: detail.startedAt }),
    ...(ended && detail?.finishedAt !== undefined ? { finishedAt: detail.finishedAt } : {}),
    addresses: addressesOf(observed, detail),
    ports: observed.ports,
    ...(reason === undefined ? {} : { reason }),
    essential: pod === undefined ? Label.essential in observed.labels : pod.essential.includes(name),
  };
}

/** The address of the pod's namespace; undefined where every container has its own, or none. */
export function podAddress(
  containers: readonly { readonly observed: ObservedContainer }[],
): string | undefined {
  const pause = containers.find(({ observed }) => observed.labels[Label.role] === "pause");
  if (pause === undefined) return undefined;
  return addressesOf(pause.observed, undefined)[0];
}

function addressesOf(observed: ObservedContainer, detail: ContainerDetail | undefined): string[] {
  const listed = Object.values(observed.networks).flatMap(({ address }) =>
    address === undefined || address === "" ? [] : [address]
  );
  return listed.length > 0 ? listed : [...detail?.addresses ?? []];
}

function stateOf(observed: ObservedContainer): ContainerState {
  return observed.state;
}

function specFor(pod: Pod | undefined, observed: ObservedContainer): Container | undefined {
  return pod?.containers.find((container) => container.name === observed.labels[Label.container]);
}

/** Containers that are wanted and not there. */
function missing(pod: Pod | undefined, listed: readonly ContainerStatus[]): ContainerStatus[] {
  if (pod === undefined) return [];
  return pod.containers.flatMap((container) =>
    Array.from({ length: container.replicas }, (_, index) => index + 1)
      .filter((number) => !listed.some((one) => one.name === container.name && one.number === number))
      .map((number): ContainerStatus => ({
        name: container.name,
        number,
        containerName: container.containerName ?? containerNameOf(pod.name, container.name, number),
        image: container.image,
        state: "absent",
        outOfMemory: false,
        restarts: 0,
        addresses: [],
        ports: [],
        essential: pod.essential.includes(container.name),
      }))
  );
}

interface Judgement {
  readonly phase: PodPhase;
  readonly reason: string;
  readonly reasonCode: PodReason;
  readonly exitCode?: number;
}

/** The phase that a pod is in as far as one look tells. */
function judgePod(onEngine: number, containers: readonly ContainerStatus[]): Judgement {
  if (onEngine === 0) {
    return containers.length === 0
      ? { phase: "removed", reason: "nothing of it is left", reasonCode: "none" }
      : { phase: "pending", reason: "nothing of it is made yet", reasonCode: "none" };
  }
  const essential = containers.filter((container) => container.essential);
  const deciding = essential.length === 0 ? containers : essential;
  const failed = deciding.find((container) => hasEnded(container) && (container.exitCode ?? 0) !== 0);
  const runs = containers.some(({ state }) =>
    state === "running" || state === "paused" || state === "restarting"
  );
  if (!runs && deciding.length > 0 && deciding.every(hasEnded)) {
    if (failed === undefined) {
      return { phase: "succeeded", reason: "all containers completed", reasonCode: "completed", exitCode: 0 };
    }
    return {
      phase: "failed",
      reason: `${failed.name} ${failed.reason ?? "failed"}`,
      reasonCode: failed.outOfMemory ? "container-out-of-memory" : "container-exited",
      ...(failed.exitCode === undefined ? {} : { exitCode: failed.exitCode }),
    };
  }
  const unhealthy = deciding.find(({ health }) => health === "unhealthy");
  if (unhealthy !== undefined) {
    return { phase: "running", reason: `${unhealthy.name} is unhealthy`, reasonCode: "container-unhealthy" };
  }
  if (failed !== undefined) {
    return {
      phase: "running",
      reason: `${failed.name} ${failed.reason ?? "failed"}`,
      reasonCode: "container-exited",
    };
  }
  const isUp = deciding.every(({ state, health }) =>
    (state === "running" || state === "paused" || state === "exited") && health !== "starting"
  );
  if (isUp) return { phase: "running", reason: "", reasonCode: "none" };
  const late = deciding.filter(({ state, health }) => state !== "running" || health === "starting");
  return {
    phase: "starting",
    reason: `not up yet: ${late.map(({ name }) => name).join(", ")}`,
    reasonCode: "none",
  };
}

function hasEnded(container: ContainerStatus): boolean {
  return container.state === "exited" || container.state === "dead";
}

/** The order in which a status lists containers. */
export function byNameAndNumber(one: ContainerStatus, other: ContainerStatus): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.number - other.number;
}
