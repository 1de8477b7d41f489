import type { ContainerDetail } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { isLeftover, isPassing, isSetAside } from "../plan/passing.ts";
import { type ContainerRecord, isEssential, keyFromLabels, newRecord, specOf } from "./container_record.ts";
import { beginPostMortem, evaluatePod, forget, judge, takeDetail } from "./decide_end.ts";
import type { Draft } from "./draft.ts";
import type { Message, SupervisorState } from "./supervisor_state.ts";

/** Ids of listed containers that have to be inspected, so that a list can be judged. */
export function needsDetail(state: SupervisorState, containers: readonly ObservedContainer[]): string[] {
  return [...byKey(containers)].flatMap(([key, observed]) => {
    const record = state.containers.get(key);
    if (record === undefined && key !== "pause") return [];
    if (!state.listed) return observed.state === "created" ? [] : [observed.id];
    const isNew = record === undefined || record.id !== observed.id || record.startedAt === undefined;
    return isNew && isAlive(observed) ? [observed.id] : [];
  });
}

/**
 * The pod was listed. The first list is what is found at the beginning; later ones are compared with what is known,
 * since events may have been missed. A list may be older than an event that has come meanwhile: where they differ,
 * the container is looked at.
 */
export function onListed(draft: Draft, message: Extract<Message, { kind: "listed" }>): void {
  const isFirst = !draft.state.listed;
  draft.set({ listing: false, listed: true, lostSince: undefined });
  if (draft.state.trouble?.reasonCode === "engine-unavailable") draft.set({ trouble: undefined });
  if (message.podOomKills !== undefined && draft.state.podOomKills === undefined) {
    draft.set({ podOomKills: message.podOomKills });
  }
  const found = byKey(message.containers);
  const pause = found.get("pause");
  if (pause !== undefined && !draft.containers.has("pause")) {
    draft.containers.set(
      "pause",
      newRecord({ name: "pause", number: 1, role: "pause", containerName: pause.name }),
    );
  }
  if (isFirst) adopt(draft, message, found);
  else compare(draft, found, message.details);
  draft.set({ lossesListed: draft.state.losses });
  if (!draft.isKept) return;
  const isUnmet = [...draft.containers.values()].some(({ life }) =>
    life.kind === "waiting" || life.kind === "absent"
  );
  if (isFirst) draft.startWork(message.containers);
  else if (isUnmet && draft.state.work === undefined) draft.converge(message.containers);
}

/** What is there when the supervision begins. */
function adopt(
  draft: Draft,
  { containers, details, history }: Extract<Message, { kind: "listed" }>,
  found: ReadonlyMap<string, ObservedContainer>,
): void {
  const ended: string[] = [];
  // Where a change was broken off, what has ended was ended by it.
  const changing = new Set(containers.filter(isPassing).map(({ labels }) => keyFromLabels(labels)));
  let runs = false;
  for (const record of [...draft.containers.values()]) {
    const observed = found.get(record.key);
    if (observed === undefined) continue;
    const detail = details.get(observed.id) ?? undefined;
    draft.update(record.key, { id: observed.id, observed, containerName: observed.name });
    if (detail !== undefined) takeDetail(draft, record.key, detail);
    const past = history?.get(observed.id);
    const estimate = detail === undefined ? 0 : estimatedRestarts(observed, detail, draft);
    const restarts = Math.max(estimate, past?.restarts ?? 0);
    // What the engine remembers is exact where it remembers anything.
    const failures = past?.failures ?? restarts;
    if (isAlive(observed)) {
      if (record.role === "container") runs = true;
      draft.update(record.key, {
        life: { kind: "running", paused: observed.state === "paused" },
        restarts,
        failures: past?.failures ?? 0,
        ...healthOf(observed, detail),
      });
      lookIfUnhealthy(draft, record.key);
      continue;
    }
    draft.update(record.key, { life: { kind: "waiting" }, restarts, failures });
    if (observed.state === "exited" || observed.state === "dead") {
      // The list knows the code as well, should the inspection have come too late.
      if (detail === undefined) draft.update(record.key, { exitCode: observed.exitCode });
      if (record.role === "container" && !changing.has(record.key)) ended.push(record.key);
    }
  }
  draft.set({ adopted: runs });
  if (draft.state.settings.found !== "judge") return;
  const wanted = [...draft.containers.values()].filter(({ role }) => role === "container");
  const isDone = ended.length === wanted.length &&
    wanted.every((record) => record.exitCode === 0 && endsByItself(draft, record));
  const byThemselves = ended.every((key) =>
    history?.get(draft.containers.get(key)?.id ?? "")?.endedByItself === true
  );
  // All ended, and not all well: the host was restarted, or the pod was stopped. It is brought up as wanted.
  if (!runs && !isDone && (ended.length === 0 || !byThemselves)) return;
  if (isDone) draft.set({ mode: "running" });
  for (const key of ended) {
    const record = draft.containers.get(key);
    if (record !== undefined && draft.isKept) judge(draft, record, false);
  }
  evaluatePod(draft);
}

function endsByItself(draft: Draft, record: ContainerRecord): boolean {
  const kind = specOf(draft.state.pod, record)?.restart.kind;
  return kind === "no" || kind === "on-failure";
}

/**
 * How often a container was started again before we came. The engine does not count what a supervisor starts; but a
 * container that was started long after it was made was started at least twice.
 */
function estimatedRestarts(observed: ObservedContainer, detail: ContainerDetail, draft: Draft): number {
  const started = detail.startedAt ?? 0;
  const isAgain = started - observed.created * 1000 >= draft.state.bounds.backOffFirst;
  return Math.max(detail.engineRestarts, isAgain ? 1 : 0);
}

/** Compares a list with what is known. */
function compare(
  draft: Draft,
  found: ReadonlyMap<string, ObservedContainer>,
  details: ReadonlyMap<string, ContainerDetail | null>,
): void {
  for (const record of [...draft.containers.values()]) {
    const observed = found.get(record.key);
    const touches = draft.state.work?.touches;
    if (observed === undefined) {
      if (record.id !== undefined && touches?.has(record.id) !== true) forget(draft, record.key);
      continue;
    }
    if (record.id !== observed.id) {
      draft.update(record.key, {
        life: { kind: "waiting" },
        startedAt: undefined,
        failures: 0,
        reason: undefined,
      });
    }
    draft.update(record.key, { id: observed.id, observed, containerName: observed.name });
    const detail = details.get(observed.id) ?? undefined;
    if (detail !== undefined && isAlive(observed)) takeDetail(draft, record.key, detail);
    if (touches?.has(observed.id) === true) continue;
    compareLife(draft, record.key, observed, detail);
  }
}

function compareLife(
  draft: Draft,
  key: string,
  observed: ObservedContainer,
  detail: ContainerDetail | undefined,
): void {
  const record = draft.containers.get(key);
  if (record === undefined) return;
  const { life } = record;
  if (isAlive(observed)) {
    if (life.kind === "running") {
      draft.update(key, healthOf(observed, detail, record));
      lookIfUnhealthy(draft, key);
    } else if (life.kind !== "dying" && life.kind !== "held" && life.kind !== "starting") {
      draft.do({ kind: "look", key, id: observed.id });
    }
    return;
  }
  if (observed.state === "created") {
    if (life.kind === "running") draft.update(key, { life: { kind: "waiting" } });
    return;
  }
  if (life.kind === "running") {
    const { losses, lossesListed, bounds } = draft.state;
    if (losses === lossesListed) {
      beginPostMortem(draft, record, { withEngine: false, exitCode: observed.exitCode });
    } else {
      // An engine that was not restarted is about to tell of the end: then it is the container's own.
      draft.update(key, {
        exitCode: observed.exitCode,
        life: { kind: "held", losses: lossesListed, retryAt: draft.now + bounds.replay },
      });
    }
  } else if (life.kind === "held") {
    draft.do({ kind: "look", key, id: observed.id });
  }
}

function healthOf(
  observed: ObservedContainer,
  detail: ContainerDetail | undefined,
  record?: ContainerRecord,
): Partial<ContainerRecord> {
  const health = detail?.health ?? observed.health;
  if (health === undefined) return {};
  if (health !== "healthy") return { health };
  // Since when it is healthy is not told: at best since its start.
  const since = record?.healthySince ?? detail?.startedAt ?? record?.startedAt;
  return { health, wasHealthy: true, ...(since === undefined ? {} : { healthySince: since }) };
}

function lookIfUnhealthy(draft: Draft, key: string): void {
  const record = draft.containers.get(key);
  if (record?.id === undefined || record.health !== "unhealthy" || !draft.isKept) return;
  if (isEssential(draft.state.pod, record)) draft.do({ kind: "look", key, id: record.id });
}

/** The container that counts of each key: while one is replaced, there are two. */
function byKey(containers: readonly ObservedContainer[]): ReadonlyMap<string, ObservedContainer> {
  const chosen = new Map<string, ObservedContainer>();
  for (const container of containers) {
    const key = keyFromLabels(container.labels);
    if (key === undefined) continue;
    const other = chosen.get(key);
    if (other === undefined || isBetter(container, other)) chosen.set(key, container);
  }
  return chosen;
}

function isBetter(one: ObservedContainer, other: ObservedContainer): boolean {
  if (isAlive(one) !== isAlive(other)) return isAlive(one);
  if (isSetAside(one) !== isSetAside(other)) return isSetAside(other);
  if (isLeftover(one) !== isLeftover(other)) return isLeftover(other);
  return one.created > other.created;
}

function isAlive(container: ObservedContainer): boolean {
  return container.state === "running" || container.state === "paused" || container.state === "restarting";
}
