import type { Pod } from "../pod/model.ts";
import { bringsImage, type Plan } from "../plan/step.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { type ContainerRecord, keyOf, mayRun, specOf, wantedRecords } from "./container_record.ts";
import { evaluatePod, judge } from "./decide_end.ts";
import type { Draft } from "./draft.ts";
import { leaveAlone, type LeftContainer } from "./leave_alone.ts";
import { backOff } from "./restart_policy.ts";
import type { Message, WorkResult } from "./supervisor_state.ts";

/** A plan is made: it is walked, but for what is the restart policies' to decide. */
export function onPlanned(draft: Draft, message: Extract<Message, { kind: "planned" }>): void {
  const { work } = draft.state;
  if (work?.generation !== message.generation || !draft.isKept) return;
  const plan = leaveAlone(message.plan, leftContainers(draft));
  draft.set({
    work: {
      ...work,
      stage: "walking",
      touches: touchedBy(plan, message.containers),
      pulls: plan.steps.filter(bringsImage).length,
    },
  });
  const ids = new Map(message.containers.map(({ name, id }) => [name, id]));
  draft.do({ kind: "walk", generation: message.generation, plan, ids });
}

function leftContainers(draft: Draft): LeftContainer[] {
  return [...draft.containers.values()].flatMap((record) => {
    const { kind } = record.life;
    if (record.role === "pause" || kind === "absent" || kind === "waiting" || kind === "running") return [];
    const { name, number, containerName } = record;
    return [{ name, number, containerName, exists: record.id !== undefined }];
  });
}

/** Ids of the containers that a plan stops, kills or removes. */
function touchedBy(plan: Plan, containers: readonly ObservedContainer[]): ReadonlySet<string> {
  const ids = new Map(containers.map(({ name, id }) => [name, id]));
  const touched = new Set<string>();
  for (const step of plan.steps) {
    if (
      step.kind === "stop-container" || step.kind === "kill-container" || step.kind === "remove-container"
    ) {
      const id = step.target.id ?? ids.get(step.target.name);
      if (id !== undefined) touched.add(id);
    }
  }
  return touched;
}

/**
 * A change failed, and what was there before is put back: what a replacement does from now on is nobody's concern, and
 * what it replaced is the container again.
 */
export function onPuttingBack(draft: Draft, message: Extract<Message, { kind: "putting-back" }>): void {
  const { work } = draft.state;
  if (work?.generation !== message.generation) return;
  const discarded = touchedBy(message.plan, []);
  draft.set({ discarded });
  for (const record of [...draft.containers.values()]) {
    if (record.id === undefined || !discarded.has(record.id)) continue;
    const back = message.plan.steps.find((step) =>
      step.kind === "rename-container" && step.to === record.containerName
    );
    const id = back !== undefined && "target" in back ? back.target.id : undefined;
    draft.update(record.key, { id, life: { kind: id === undefined ? "absent" : "waiting" } });
  }
}

/** A plan was walked, or could not be made. */
export function onWorkEnded(draft: Draft, message: Extract<Message, { kind: "work-ended" }>): void {
  const { work } = draft.state;
  if (work?.generation !== message.generation) return;
  const again = draft.state.workWanted;
  draft.set({ work: undefined, workEndedAt: draft.now, workWanted: false });
  if (!draft.isKept) return;
  const { result } = message;
  if (result.kind === "failed" && !again) return onWorkFailed(draft, result);
  if (result.kind === "succeeded") {
    const satisfied = work.pod === draft.state.pod;
    draft.set({ mode: "running", workFailures: 0, trouble: undefined, satisfied });
    evaluatePod(draft);
  }
  if (again) draft.startWork();
  else if (result.kind === "succeeded" && result.changed) draft.list();
}

function onWorkFailed(draft: Draft, result: Extract<WorkResult, { kind: "failed" }>): void {
  const { state } = draft;
  if (result.engineGone) {
    draft.trouble(result.reason, "engine-unavailable");
    draft.set({ retryAt: draft.now + state.bounds.reconnectLast });
    return;
  }
  if (result.container !== undefined && result.lastLog.length > 0) {
    draft.update(keyOf("container", result.container.name, result.container.number), {
      lastLog: result.lastLog,
    });
  }
  if (state.mode === "launching" && state.settings.whenLaunchFails === "end") {
    const verdict = {
      phase: "failed",
      reason: result.reason,
      reasonCode: result.reasonCode,
      exitCode: 1,
    } as const;
    // What ran before is not ours to take down.
    if (state.adopted) return draft.leave(verdict);
    return draft.endPod(verdict, { remove: true });
  }
  const failures = state.workFailures + 1;
  draft.trouble(result.reason, result.reasonCode);
  draft.set({ workFailures: failures, retryAt: draft.now + backOff(failures, state.bounds) });
  draft.list();
}

/** A container was started again, or could not be. */
export function onRestarted(draft: Draft, message: Extract<Message, { kind: "restarted" }>): void {
  const record = draft.containers.get(message.key);
  if (record === undefined || record.id !== message.id) return;
  if (message.failure === undefined) {
    const life = record.life.kind === "starting" ? { life: { kind: "running", paused: false } as const } : {};
    draft.update(record.key, { ...life, restarts: record.restarts + 1 });
    return;
  }
  if (message.failure.byHook && draft.isKept && mayRun(record) && !message.failure.engineGone) {
    // What it runs without is not known to anybody later. So it ends, and is tried again as after any other end.
    const { reason } = message.failure;
    draft.update(record.key, { hookFailure: reason, reason });
    draft.do({ kind: "stop-unhooked", key: record.key, id: message.id });
    return;
  }
  if (record.life.kind !== "starting") return;
  if (!draft.isKept || message.failure.engineGone) {
    draft.update(record.key, { life: { kind: "waiting" } });
    draft.converge();
    return;
  }
  const failed = draft.update(record.key, {
    startFailed: true,
    exitCode: 1,
    finishedAt: draft.now,
    startedAt: undefined,
    healthySince: undefined,
  });
  if (failed === undefined) return;
  judge(draft, failed, false);
  draft.update(record.key, { reason: `could not be started: ${message.failure.reason}` });
}

/** The back-off of a container is over. */
export function onBackOffOver(draft: Draft, record: ContainerRecord): void {
  if (record.id === undefined || record.startFailed || ownsNamespaces(draft, record)) {
    // More is to be done than one start: a plan finds out what, and in which order.
    draft.update(record.key, { life: { kind: "waiting" } });
    draft.converge();
    return;
  }
  draft.update(record.key, { life: { kind: "starting" } });
  draft.do({ kind: "restart", key: record.key, id: record.id });
}

/** Whether running containers live in namespaces of this one: they lost them when it ended. */
function ownsNamespaces(draft: Draft, owner: ContainerRecord): boolean {
  return [...draft.containers.values()].some((record) => {
    if (!mayRun(record) || record.key === owner.key) return false;
    if (record.observed?.networkMode === `container:${owner.id}`) return true;
    const spec = specOf(draft.state.pod, record);
    return [spec?.networkNamespace, spec?.ipcNamespace, spec?.pidNamespace].some((namespace) =>
      namespace?.kind === "container" && namespace.container === owner.name
    );
  });
}

/** What is wanted changed. */
export function onEdit(draft: Draft, pod: Pod): void {
  if (!draft.isKept) return;
  const wanted = new Map(wantedRecords(pod).map((record) => [record.key, record]));
  for (const key of [...draft.containers.keys()]) {
    if (key !== "pause" && !wanted.has(key)) draft.containers.delete(key);
  }
  for (const [key, record] of wanted) if (!draft.containers.has(key)) draft.containers.set(key, record);
  draft.set({ pod, workFailures: 0, worksInRow: 0, trouble: undefined, satisfied: false });
  if (!draft.state.listed) return;
  if (draft.state.work === undefined) return draft.startWork();
  draft.set({ workWanted: true });
  draft.do({ kind: "abort-work" });
}
