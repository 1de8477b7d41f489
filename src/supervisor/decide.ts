import { endedWithEngine, onLingered, onPostMortem } from "./decide_end.ts";
import { onEvent } from "./decide_event.ts";
import { onListed } from "./decide_list.ts";
import { onBackOffOver, onEdit, onPlanned, onPuttingBack, onRestarted, onWorkEnded } from "./decide_work.ts";
import { Draft } from "./draft.ts";
import { nextResync } from "./supervision_bounds.ts";
import type { Effect, Message, SupervisorState, Verdict } from "./supervisor_state.ts";

/** What comes of a message. */
export interface Decision {
  readonly state: SupervisorState;
  /** In the order in which they are to be begun. */
  readonly effects: readonly Effect[];
}

/**
 * The supervisor's mind: what it knows after a message, and what is to be done. Pure: all that happens, time
 * included, comes in as messages and `now` (milliseconds since 1970).
 */
export function decide(state: SupervisorState, message: Message, now: number): Decision {
  if (state.mode === "ended") return { state, effects: [] };
  const draft = new Draft(state, now);
  apply(draft, message);
  if (!draft.state.reached && isUp(draft.state)) draft.set({ reached: true });
  return { state: draft.state, effects: draft.effects };
}

function apply(draft: Draft, message: Message): void {
  switch (message.kind) {
    case "begin":
      return draft.list();
    case "event":
      return onEvent(draft, message.event);
    case "feed-lost":
      return onLost(draft);
    case "feed-restored":
      return onRestored(draft);
    case "listed":
      return onListed(draft, message);
    case "list-failed":
      draft.trouble(message.reason, "engine-unavailable");
      return draft.set({
        listing: false,
        lostSince: draft.state.lostSince ?? draft.now,
        resyncAt: draft.now + draft.state.bounds.reconnectLast,
      });
    case "planned":
      return onPlanned(draft, message);
    case "pulls": {
      const { work } = draft.state;
      if (work?.generation === message.generation) draft.set({ work: { ...work, pulls: message.pulls } });
      return;
    }
    case "putting-back":
      return onPuttingBack(draft, message);
    case "work-ended":
      return onWorkEnded(draft, message);
    case "post-mortem":
      return onPostMortem(draft, message);
    case "restarted":
      return onRestarted(draft, message);
    case "tick":
      return onTick(draft);
    case "edit":
      return onEdit(draft, message.pod);
    case "stop":
      return onStopRequest(draft, message);
    case "kill-now":
      return onKillNow(draft);
    case "detach":
      if (draft.state.work !== undefined) draft.do({ kind: "abort-work" });
      return draft.set({ mode: "ended", work: undefined });
    case "taken-down":
      return onTakenDown(draft, message.leftBehind);
  }
}

/**
 * Events do not flow any more. What has just ended after a signal got that from the engine, as it goes down: all of it is
 * started again together, in order.
 */
function onLost(draft: Draft): void {
  draft.set({
    losses: draft.state.losses + 1,
    lostSince: draft.state.lostSince ?? draft.now,
    outage: { from: draft.now },
  });
  for (const record of [...draft.containers.values()]) {
    const { life, signalledAt } = record;
    if (life.kind === "lingering" || (life.kind === "dying" && signalledAt !== undefined)) {
      endedWithEngine(draft, record);
    }
  }
}

/** Events flow again. Some may be lost for good: everything is listed, and a plan that failed meanwhile made anew. */
function onRestored(draft: Draft): void {
  if (draft.state.trouble?.reasonCode === "engine-unavailable" && draft.state.retryAt !== undefined) {
    draft.set({ retryAt: draft.now });
  }
  const { outage } = draft.state;
  if (outage !== undefined) draft.set({ outage: { ...outage, to: draft.now } });
  draft.list();
}

function onTick(draft: Draft): void {
  if (!draft.isKept) return;
  const { state, now } = draft;
  if (
    state.lostSince !== undefined && state.trouble === undefined &&
    now - state.lostSince >= state.bounds.outageNotice
  ) {
    draft.trouble("the engine does not answer", "engine-unavailable");
  }
  for (const record of [...draft.containers.values()]) {
    const { life } = record;
    if (life.kind === "backing-off" && life.until <= now) onBackOffOver(draft, record);
    if (life.kind === "lingering" && life.until <= now) onLingered(draft, record);
    if (life.kind === "held" && life.retryAt <= now && record.id !== undefined) {
      draft.update(record.key, { life: { ...life, retryAt: now + state.bounds.reconnectLast } });
      draft.do({ kind: "look", key: record.key, id: record.id });
    }
  }
  const { retryAt } = draft.state;
  if (draft.isKept && retryAt !== undefined && retryAt <= now && draft.state.work === undefined) {
    draft.startWork();
  }
  if (draft.state.resyncAt <= now) {
    // Also when a list is under way: a time that is past would be a tick without end.
    draft.set({ resyncAt: nextResync(now, draft.state.bounds) });
    draft.list();
  }
}

function onStopRequest(draft: Draft, request: Extract<Message, { kind: "stop" }>): void {
  const { stop, mode } = draft.state;
  if (stop !== undefined) {
    if (stop.byRequest) return hasten(draft);
    return draft.set({ stop: { ...stop, byRequest: true, remove: stop.remove || request.remove } });
  }
  draft.set({ verdict: verdictOfRequest(request) });
  draft.takeDown({
    byRequest: true,
    // A launch that is broken off leaves nothing behind.
    remove: request.remove || (mode === "launching" && !draft.state.adopted),
    ...(request.graceSeconds === undefined ? {} : { graceSeconds: request.graceSeconds }),
  });
}

function verdictOfRequest(request: Extract<Message, { kind: "stop" }>): Verdict {
  const { reason, reasonCode } = request;
  if (reasonCode === "killed") return { phase: "succeeded", reason, reasonCode };
  return { phase: "failed", reason, reasonCode, exitCode: 1 };
}

function onKillNow(draft: Draft): void {
  if (draft.state.stop !== undefined) return hasten(draft);
  onStopRequest(draft, {
    kind: "stop",
    reason: "killed",
    reasonCode: "killed",
    graceSeconds: 0,
    remove: draft.state.settings.atEnd === "remove",
  });
}

function hasten(draft: Draft): void {
  const { stop } = draft.state;
  if (stop === undefined || stop.hastened) return;
  draft.set({ stop: { ...stop, byRequest: true, hastened: true } });
  draft.do({ kind: "hasten" });
}

function onTakenDown(draft: Draft, leftBehind: string | undefined): void {
  const { stop } = draft.state;
  if (stop === undefined) return;
  if (leftBehind !== undefined) return draft.set({ mode: "ended", leftBehind });
  if (stop.remove && !stop.removing) {
    draft.set({ stop: { ...stop, removing: true } });
    return draft.do({ kind: "take-down", remove: true });
  }
  if (stop.removing) {
    for (const key of [...draft.containers.keys()]) {
      draft.update(key, { id: undefined, observed: undefined, health: undefined, life: { kind: "absent" } });
    }
  }
  draft.set({ mode: "ended", removed: stop.removing });
}

/** Whether every container that should run does, and was healthy once where it has a health check. */
function isUp(state: SupervisorState): boolean {
  // Whether a container has a health check of its image's is only seen in a list.
  if (state.mode !== "running" || state.listing || state.work !== undefined) return false;
  return [...state.containers.values()].every(({ life, health, wasHealthy }) =>
    life.kind === "ended" || life.kind === "resting" ||
    (life.kind === "running" && (health === undefined || wasHealthy))
  );
}
