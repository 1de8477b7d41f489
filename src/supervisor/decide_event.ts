import type { EngineEvent } from "../docker/engine.ts";
import { type ContainerRecord, isEssential, keyFromLabels, newRecord } from "./container_record.ts";
import { beginPostMortem, forget } from "./decide_end.ts";
import type { Draft } from "./draft.ts";

/** Something happened to a container of the pod. */
export function onEvent(draft: Draft, event: EngineEvent): void {
  const record = recordFor(draft, event);
  if (record === undefined) return;
  switch (event.action) {
    case "create":
      return;
    case "start":
      return onStart(draft, record, event);
    case "die":
      return onDie(draft, record, event);
    case "kill":
      draft.update(record.key, { signalledAt: event.time });
      return;
    case "stop":
      return onStop(draft, record);
    case "oom":
      if (record.role === "pause") return onPodOutOfMemory(draft, event.time);
      draft.update(record.key, {
        outOfMemory: true,
        reason: "a process of it was killed for lack of memory",
      });
      return;
    case "destroy":
      if (draft.state.work?.touches.has(event.containerId) !== true) forget(draft, record.key);
      return;
    case "health":
      return onHealth(draft, record, event);
    case "pause":
    case "unpause":
      if (record.life.kind === "running") {
        draft.update(record.key, { life: { kind: "running", paused: event.action === "pause" } });
      }
      return;
    case "rename":
    case "update":
      // The next list shows it.
      return;
  }
}

/** The record that an event is about; undefined when it is about a container that is not, or not any more, ours. */
function recordFor(draft: Draft, event: EngineEvent): ContainerRecord | undefined {
  if (draft.state.discarded.has(event.containerId)) return undefined;
  const known = draft.byId(event.containerId);
  if (known !== undefined) return known;
  if (event.action !== "start" && event.action !== "create") return undefined;
  const key = keyFromLabels(event.labels);
  if (key === undefined) return undefined;
  if (key === "pause" && !draft.containers.has(key)) {
    const pause = newRecord({ name: "pause", number: 1, role: "pause", containerName: event.containerName });
    draft.containers.set(key, pause);
  }
  const record = draft.containers.get(key);
  // While a container is replaced there are two of it: the one that is started is the right one.
  if (record === undefined || (event.action === "create" && record.id !== undefined)) return undefined;
  // Another container than before: what that one did is not its fault.
  return draft.update(key, {
    id: event.containerId,
    containerName: event.containerName,
    failures: 0,
    life: { kind: "waiting" },
    reason: undefined,
  });
}

function onStart(draft: Draft, record: ContainerRecord, event: EngineEvent): void {
  if (record.life.kind === "running") return;
  draft.update(record.key, {
    life: { kind: "running", paused: false },
    startedAt: event.time,
    finishedAt: undefined,
    exitCode: undefined,
    health: undefined,
    healthySince: undefined,
    outOfMemory: false,
    signalledAt: undefined,
    stoppedByHand: false,
    startFailed: false,
    hookFailure: undefined,
    reason: undefined,
    lastLog: [],
  });
}

function onDie(draft: Draft, record: ContainerRecord, event: EngineEvent): void {
  if (!draft.isKept || draft.state.work?.touches.has(event.containerId) === true) {
    draft.update(record.key, {
      life: { kind: "waiting" },
      exitCode: event.exitCode,
      finishedAt: event.time,
      health: undefined,
    });
    return;
  }
  const isJudged = record.life.kind === "running" || record.life.kind === "starting" ||
    record.life.kind === "waiting" || record.life.kind === "absent" ||
    // It was found ended, and now the event of it is told: it did not end with the engine.
    record.life.kind === "held";
  if (!isJudged) return;
  const withEngine = wasEndedByEngine(draft, record, event);
  beginPostMortem(draft, record, { withEngine, exitCode: event.exitCode });
}

/**
 * An engine that was killed and comes back stops the containers that it finds running, and tells so afterwards: a
 * signal and an end while nobody listened. It cannot be told apart from a person who did the same in that time.
 */
function wasEndedByEngine(draft: Draft, record: ContainerRecord, event: EngineEvent): boolean {
  const { outage, bounds } = draft.state;
  if (outage === undefined || record.signalledAt === undefined) return false;
  const from = outage.from - bounds.clockSkew;
  const to = outage.to ?? draft.now;
  return [event.time, record.signalledAt].every((time) => time >= from && time <= to);
}

/** The stop of a person is told after the end that it caused. */
function onStop(draft: Draft, record: ContainerRecord): void {
  if (!draft.isKept || draft.state.work?.touches.has(record.id ?? "") === true) return;
  draft.update(record.key, { stoppedByHand: true });
}

function onHealth(draft: Draft, record: ContainerRecord, event: EngineEvent): void {
  if (event.health === undefined || record.life.kind !== "running") return;
  const changes = event.health === "healthy"
    ? { wasHealthy: true, healthySince: record.healthySince ?? event.time, reason: undefined }
    : event.health === "unhealthy"
    ? { healthySince: undefined, reason: "is unhealthy" }
    : {};
  draft.update(record.key, { health: event.health, ...changes });
  const matters = event.health === "unhealthy" && draft.isKept && isEssential(draft.state.pod, record);
  if (matters) draft.do({ kind: "look", key: record.key, id: event.containerId });
}

/**
 * The pause container needs next to no memory and has no limit of its own: it is told of a lack of memory only when
 * the pod as a whole has used up its total. On cgroup v1 every container of the pod is told so, whoever's process the
 * kernel chose, so what the others were told before is taken back; who ended of it is seen by its end.
 */
function onPodOutOfMemory(draft: Draft, time: number): void {
  if (draft.state.pod.resources?.memoryBytes === undefined) return;
  draft.set({ podOutOfMemoryAt: time });
  for (const { key, outOfMemory, life } of [...draft.containers.values()]) {
    if (outOfMemory && life.kind === "running") draft.update(key, { outOfMemory: false, reason: undefined });
  }
  draft.endPod({
    phase: "failed",
    reason: "the pod used up its memory (x-pod.resources), and the kernel killed a process of it",
    reasonCode: "pod-out-of-memory",
    exitCode: 137,
  });
}
