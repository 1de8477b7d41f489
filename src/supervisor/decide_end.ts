import type { ContainerDetail } from "../docker/engine.ts";
import { type ContainerRecord, isEssential, nameFor, specOf } from "./container_record.ts";
import type { Draft } from "./draft.ts";
import { judgeEnd } from "./restart_policy.ts";
import type { Message, SupervisorState, Verdict } from "./supervisor_state.ts";
import { exitInWords, inWords, ordinal } from "./words.ts";

/**
 * A container was seen to have ended: it is looked at before anything is decided.
 *
 * @param more.withEngine the engine itself ended it
 */
export function beginPostMortem(
  draft: Draft,
  record: ContainerRecord,
  more: { readonly withEngine: boolean; readonly exitCode?: number | undefined },
): void {
  if (record.id === undefined) return;
  draft.update(record.key, {
    life: { kind: "dying", losses: draft.state.losses, withEngine: more.withEngine },
    finishedAt: draft.now,
    exitCode: more.exitCode,
  });
  draft.do({ kind: "look", key: record.key, id: record.id });
}

/**
 * What was found of a container that ended, or that became unhealthy. Its end is judged here, once: by its restart
 * policy, or as the engine's doing.
 */
export function onPostMortem(draft: Draft, message: Extract<Message, { kind: "post-mortem" }>): void {
  const record = draft.containers.get(message.key);
  if (record === undefined || record.id !== message.id) return;
  const { detail } = message;
  if (detail === "unknown") {
    if (record.life.kind !== "dying" && record.life.kind !== "held") return;
    // Does the engine go down, and take its containers along? That is seen when it is back.
    const retryAt = draft.now + draft.state.bounds.reconnectLast;
    const losses = record.life.losses - (record.life.kind === "dying" && record.life.withEngine ? 1 : 0);
    draft.update(record.key, { life: { kind: "held", losses, retryAt } });
    return;
  }
  if (detail === null || detail.state === "removing") {
    // Its removal is, or will be, told by an event.
    if (detail === null) forget(draft, record.key);
    return;
  }
  const hasEnded = detail.state === "exited" || detail.state === "dead";
  // It was looked at before it was started again, and what was seen then is of a former life.
  if (hasEnded && (record.life.kind === "running" || record.life.kind === "starting")) return;
  if (message.lastLog.length > 0) draft.update(record.key, { lastLog: message.lastLog });
  const updated = takeDetail(draft, record.key, detail);
  if (updated === undefined) return;
  if (!hasEnded) {
    onAlive(draft, updated, detail, message);
    return;
  }
  if (record.life.kind !== "dying" && record.life.kind !== "held") return;
  if (!draft.isKept || draft.state.work?.touches.has(message.id) === true) {
    draft.update(record.key, { life: { kind: "waiting" } });
    return;
  }
  const memory = podMemory(draft, message.podOomKills);
  const isLost = draft.state.losses > record.life.losses;
  // An engine that is restarted at once signals its containers, and answers by the time that one is looked at.
  const withEngine = record.life.kind === "dying"
    ? record.life.withEngine || (isLost && record.signalledAt !== undefined)
    : isLost;
  if (withEngine) return endedWithEngine(draft, updated);
  const signalled = record.signalledAt;
  const finished = updated.finishedAt ?? draft.now;
  if (
    record.life.kind === "dying" && signalled !== undefined && updated.hookFailure === undefined &&
    finished - signalled <= draft.state.bounds.signalMemory
  ) {
    draft.update(record.key, { life: { kind: "lingering", until: draft.now + draft.state.bounds.linger } });
    return;
  }
  judge(draft, updated, memory);
}

/** The pause after a signal from outside is over: nobody has started it again. */
export function onLingered(draft: Draft, record: ContainerRecord): void {
  judge(draft, record, false);
}

/** Decides by the restart policy what the end of a container means. */
export function judge(draft: Draft, record: ContainerRecord, podOutOfMemory: boolean): void {
  const { pod, bounds } = draft.state;
  const unhooked = record.hookFailure !== undefined;
  // However it took the stop that followed, it did not start as it is to.
  const exitCode = unhooked ? record.exitCode || 1 : record.exitCode ?? 0;
  const stoppedByHand = record.stoppedByHand && !unhooked;
  const what = record.hookFailure ?? exitInWords(exitCode, record.outOfMemory);
  if (record.role === "pause") {
    // Namespaces are gone with it: a plan stops the members, and starts all in order.
    draft.update(record.key, { life: { kind: "waiting" }, reason: what });
    draft.converge();
    return;
  }
  if (podOutOfMemory) return endOutOfMemory(draft, record, exitCode);
  const policy = specOf(pod, record)?.restart ?? { kind: "no" };
  const finished = record.finishedAt ?? draft.now;
  const goodSince = record.health === undefined ? record.startedAt : record.healthySince;
  const after = judgeEnd(policy, {
    exitCode,
    stoppedByHand,
    byHand: draft.state.settings.byHand,
    failures: record.failures,
    goodFor: goodSince === undefined ? 0 : finished - goodSince,
  }, bounds);
  switch (after.kind) {
    case "again": {
      // From the end on: what we slept through, counts. The engine's clock may be another one than ours.
      const until = Math.min(Math.max(draft.now, finished + after.pause), draft.now + after.pause);
      draft.update(record.key, {
        life: { kind: "backing-off", until },
        failures: after.failures,
        reason: `${what} (restarting in ${inWords(until - draft.now)}, ${ordinal(after.failures)} time)`,
      });
      return;
    }
    case "rest":
      draft.update(record.key, {
        life: { kind: "resting" },
        reason: `${what} (stopped by hand, and left so)`,
      });
      return evaluatePod(draft);
    case "over": {
      const order = draft.state.ends + 1;
      draft.set({ ends: order });
      const given = policy.kind === "on-failure" && exitCode !== 0 && !stoppedByHand
        ? ` (given up after ${record.failures} restarts)`
        : stoppedByHand
        ? " (stopped by hand)"
        : "";
      draft.update(record.key, {
        life: { kind: "ended", exitCode, order },
        reason: what + given,
      });
      return evaluatePod(draft);
    }
  }
}

/**
 * The pod as a whole used up its total, and the kernel chose this container to end. It might have been any: the pod
 * fails as one, whatever the container's restart policy and however little it matters by itself.
 */
function endOutOfMemory(draft: Draft, record: ContainerRecord, exitCode: number): void {
  const order = draft.state.ends + 1;
  draft.set({ ends: order });
  const reason = `${exitInWords(exitCode, true)}, as the pod used up its memory (x-pod.resources)`;
  draft.update(record.key, { life: { kind: "ended", exitCode, order }, reason });
  draft.endPod({
    phase: "failed",
    reason: `${nameFor(draft.state.pod, record)} ${reason}`,
    reasonCode: "pod-out-of-memory",
    exitCode: exitCode === 0 ? 1 : exitCode,
  });
}

/**
 * The engine went down and took the container along. It is started again at once, and its restarts are not counted:
 * it did nothing wrong. A job that had ended well is not repeated.
 */
export function endedWithEngine(draft: Draft, record: ContainerRecord): void {
  const policy = specOf(draft.state.pod, record)?.restart.kind ?? "no";
  const isDone = record.role === "container" && record.exitCode === 0 &&
    !isEssential(draft.state.pod, record) &&
    (policy === "no" || policy === "on-failure");
  const forgiven = draft.update(record.key, { stoppedByHand: false, signalledAt: undefined }) ?? record;
  if (isDone) return judge(draft, forgiven, false);
  draft.update(record.key, { life: { kind: "waiting" }, reason: "ended with the engine" });
  draft.converge();
}

/** Decides whether the ends of containers so far end the pod. */
export function evaluatePod(draft: Draft): void {
  if (!draft.isKept) return;
  const verdict = verdictOf(draft.state);
  if (verdict !== undefined) draft.endPod(verdict);
}

/** Why a pod is over of whose deciding containers none ended by itself: it has not failed, nor done its work. */
export const stoppedByHand = "stopped by hand";

/**
 * Whether the pod has ended, and how. The failure of an essential container ends it; its success does where the spec
 * names the essential ones itself, else the pod goes on until all of them have ended. Without essential containers
 * the pod ends when all have. The exit code is that of the first essential container that failed, else 0.
 */
export function verdictOf(state: SupervisorState): Verdict | undefined {
  const { pod } = state;
  const all = [...state.containers.values()].filter((record) => record.role === "container");
  const deciding = pod.essential.length === 0 ? all : all.filter((record) => isEssential(pod, record));
  const ended = deciding
    .flatMap((record) => record.life.kind === "ended" ? [{ record, ...record.life }] : [])
    .sort((one, other) => one.order - other.order);
  const failed = ended.find(({ exitCode }) => exitCode !== 0);
  const isOver = deciding.every(({ life }) => life.kind === "ended" || life.kind === "resting");
  const last = ended.at(-1);
  const decidesAlone = pod.essential.length > 0 &&
    (failed !== undefined || (pod.essentialIsExplicit && ended.length > 0));
  // While the pod is brought up, containers are still to come.
  const isComplete = isOver && deciding.length > 0 && state.mode === "running" && state.work === undefined;
  if (!decidesAlone && !isComplete) return undefined;
  if (failed !== undefined) {
    const { record, exitCode } = failed;
    return {
      phase: "failed",
      reason: `${nameFor(pod, record)} ${record.reason ?? exitInWords(exitCode, record.outOfMemory)}`,
      reasonCode: record.outOfMemory ? "container-out-of-memory" : "container-exited",
      exitCode,
    };
  }
  const reason = last === undefined
    ? stoppedByHand
    : ended.length === 1 || !isOver
    ? `${nameFor(pod, last.record)} completed`
    : "all containers completed";
  return { phase: "succeeded", reason, reasonCode: "completed", exitCode: 0 };
}

/**
 * A container is not on the engine any more. One that has ended for good is not missed, nor is one that somebody
 * stopped and then removed: that was meant (`down` of another process does so). Any other is made again.
 */
export function forget(draft: Draft, key: string): void {
  const record = draft.containers.get(key);
  if (record === undefined) return;
  const isOver = record.life.kind === "ended" || record.life.kind === "resting";
  const isMeant = !isOver && record.stoppedByHand;
  draft.update(key, {
    id: undefined,
    observed: undefined,
    health: undefined,
    healthySince: undefined,
    addresses: [],
    ...(isOver
      ? {}
      : isMeant
      ? { life: { kind: "resting" }, reason: "was stopped and removed by hand" }
      : { life: { kind: "absent" }, reason: "was removed", stoppedByHand: false }),
  });
  if (isMeant) return evaluatePod(draft);
  if (!isOver && draft.isKept) draft.converge();
}

/** Milliseconds within which a container ends whose process the kernel killed. */
const killedAtOnce = 500;

/** Takes over what an inspection tells. */
export function takeDetail(draft: Draft, key: string, detail: ContainerDetail): ContainerRecord | undefined {
  const record = draft.containers.get(key);
  if (record === undefined) return undefined;
  const isOver = detail.state === "exited" || detail.state === "dead";
  const { podOutOfMemoryAt } = draft.state;
  // Engines on cgroup v1 say so of all containers of a pod that used up its total: it was those that ended at once.
  const outOfMemory = podOutOfMemoryAt === undefined
    ? detail.outOfMemory || (isOver && record.outOfMemory)
    : isOver && Math.abs((detail.finishedAt ?? 0) - podOutOfMemoryAt) <= killedAtOnce;
  return draft.update(key, {
    startedAt: detail.startedAt,
    outOfMemory,
    addresses: detail.addresses,
    restarts: Math.max(record.restarts, detail.engineRestarts),
    health: detail.health,
    ...(isOver ? { finishedAt: detail.finishedAt, exitCode: detail.exitCode } : {}),
  });
}

function onAlive(
  draft: Draft,
  record: ContainerRecord,
  detail: ContainerDetail,
  message: Extract<Message, { kind: "post-mortem" }>,
): void {
  if (detail.state === "created") {
    draft.update(record.key, { life: { kind: "waiting" } });
    return;
  }
  // Somebody started it, and the event of it was missed or is still to come.
  if (record.life.kind !== "running" && record.life.kind !== "starting") {
    draft.update(record.key, {
      life: { kind: "running", paused: detail.state === "paused" },
      finishedAt: undefined,
      exitCode: undefined,
      reason: undefined,
      stoppedByHand: false,
    });
  }
  if (detail.health !== "unhealthy" || !draft.isKept) return;
  const said = (detail.healthOutput ?? "").trim().split("\n").at(-1) ?? "";
  const reason = said === "" ? "is unhealthy" : `is unhealthy: ${said}`;
  draft.update(record.key, { reason });
  if (!isEssential(draft.state.pod, record)) return;
  const verdict: Verdict = {
    phase: "failed",
    reason: `${nameFor(draft.state.pod, record)} ${reason}`,
    reasonCode: podMemory(draft, message.podOomKills) ? "pod-out-of-memory" : "container-unhealthy",
    exitCode: 1,
  };
  draft.endPod(verdict);
}

/** Whether the pod's own limit has had processes killed since the last look. */
function podMemory(draft: Draft, kills: number | undefined): boolean {
  if (kills === undefined) return false;
  const before = draft.state.podOomKills;
  draft.set({ podOomKills: kills });
  return before !== undefined && kills > before;
}
