import type { ContainerState, ContainerStatus, PodPhase, PodReason, PodStatus } from "../pod/status.ts";
import { type ContainerRecord, isEssential, nameFor, specOf } from "./container_record.ts";
import { runningImage } from "../plan/running_image.ts";
import { digestIn } from "../pod/pins.ts";
import { publishedPorts } from "./published_ports.ts";
import type { SupervisorState } from "./supervisor_state.ts";

/**
 * The status of a supervised pod: what its supervisor knows, in the form that every source reports.
 *
 * @param now milliseconds since 1970
 */
export function statusOf(state: SupervisorState, now: number): PodStatus {
  const records = [...state.containers.values()];
  const pause = records.find((record) => record.role === "pause");
  const containers = records
    .filter((record) => record.role === "container")
    .map((record) => statusOfContainer(state, record, pause))
    .sort(byNameAndNumber);
  // That of the pod's namespace; there is none where every container has its own.
  const [address] = addressesOf(pause);
  const isOver = state.mode === "ended" || state.mode === "stopping";
  const exitCode = isOver ? state.verdict?.exitCode : undefined;
  return {
    pod: state.pod.name,
    phase: phaseOf(state),
    ...reasonOf(state, records),
    ...(exitCode === undefined ? {} : { exitCode }),
    containers,
    ...(address === undefined ? {} : { address }),
    observedAt: now,
  };
}

function phaseOf(state: SupervisorState): PodPhase {
  switch (state.mode) {
    case "stopping":
      return "stopping";
    case "ended":
      // A pod that ended by itself is what it came to, also when nothing of it is kept.
      if (state.removed && state.stop?.byRequest === true && state.verdict?.phase !== "failed") {
        return "removed";
      }
      return state.verdict?.phase ?? livePhaseOf(state);
    default:
      return livePhaseOf(state);
  }
}

function livePhaseOf(state: SupervisorState): PodPhase {
  if (state.reached) return "running";
  if (state.mode === "running" || state.adopted) return "starting";
  if (state.work !== undefined && state.work.pulls > 0) return "pulling";
  return state.work?.stage === "walking" ? "starting" : "pending";
}

function reasonOf(
  state: SupervisorState,
  records: readonly ContainerRecord[],
): { readonly reason: string; readonly reasonCode: PodReason } {
  if (state.verdict !== undefined) {
    const left = state.leftBehind === undefined ? "" : `; ${state.leftBehind}`;
    return { reason: state.verdict.reason + left, reasonCode: state.verdict.reasonCode };
  }
  if (state.trouble !== undefined) return state.trouble;
  const off = records.filter((record) => record.role === "container" && isOff(record));
  // What is essential is what a person has to know first.
  const record = off.find((one) => isEssential(state.pod, one)) ?? off[0];
  if (record?.reason === undefined) return { reason: "", reasonCode: "none" };
  return {
    reason: `${nameFor(state.pod, record)} ${record.reason}`,
    reasonCode: record.life.kind === "running"
      ? "container-unhealthy"
      : record.outOfMemory
      ? "container-out-of-memory"
      : "container-exited",
  };
}

function isOff(record: ContainerRecord): boolean {
  switch (record.life.kind) {
    case "running":
      return record.health === "unhealthy";
    case "ended":
      return record.life.exitCode !== 0;
    case "backing-off":
    case "resting":
      return true;
    default:
      return false;
  }
}

function statusOfContainer(
  state: SupervisorState,
  record: ContainerRecord,
  pause: ContainerRecord | undefined,
): ContainerStatus {
  const { observed } = record;
  const runs = record.life.kind === "running";
  const exitCode = runs ? undefined : record.exitCode;
  const failed = exitCode !== undefined && exitCode !== 0 || record.health === "unhealthy";
  const addresses = addressesOf(record);
  const image = specOf(state.pod, record)?.image ?? observed?.image ?? "";
  const digest = observed === undefined ? digestIn(image) : runningImage(observed).digest;
  return {
    name: record.name,
    number: record.number,
    containerName: record.containerName,
    ...(record.id === undefined ? {} : { id: record.id }),
    image,
    ...(digest === undefined ? {} : { digest }),
    state: stateOf(record),
    ...(record.health === undefined || !runs ? {} : { health: record.health }),
    ...(exitCode === undefined ? {} : { exitCode }),
    outOfMemory: record.outOfMemory,
    restarts: record.restarts,
    ...(record.startedAt === undefined ? {} : { startedAt: record.startedAt }),
    ...(record.finishedAt === undefined || runs ? {} : { finishedAt: record.finishedAt }),
    ...(record.life.kind === "backing-off" ? { startsAgainAt: record.life.until } : {}),
    addresses: runs ? addresses.length > 0 ? addresses : record.addresses : [],
    ports: runs ? publishedPorts(observed, pause?.observed) : [],
    ...(record.reason === undefined ? {} : { reason: record.reason }),
    ...(failed && record.lastLog.length > 0 ? { lastLog: record.lastLog } : {}),
    essential: isEssential(state.pod, record),
  };
}

/** The addresses that the engine lists of a container. */
function addressesOf(record: ContainerRecord | undefined): string[] {
  return Object.values(record?.observed?.networks ?? {}).flatMap(({ address }) =>
    address === undefined || address === "" ? [] : [address]
  );
}

/** The order in which a status lists containers. */
function byNameAndNumber(one: ContainerStatus, other: ContainerStatus): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.number - other.number;
}

function stateOf(record: ContainerRecord): ContainerState {
  switch (record.life.kind) {
    case "absent":
      return "absent";
    case "waiting":
      if (record.id === undefined) return "absent";
      return record.exitCode === undefined ? "created" : "exited";
    case "running":
      return record.life.paused ? "paused" : "running";
    case "backing-off":
      return "backing-off";
    case "starting":
      return "restarting";
    default:
      return record.id === undefined ? "absent" : "exited";
  }
}
