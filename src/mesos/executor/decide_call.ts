import type { ExecutorCallUpdate } from "../wire/messages.ts";
import { answerInWords, isUnknownToAgent } from "./answers.ts";
import type { SessionDraft } from "./session_draft.ts";
import type { CallSubject, Outcome, ReportedState } from "./session_state.ts";
import { nextUpdate, withAccepted, withOffered, withoutUpdate, withUpdate } from "./updates.ts";
import { isTerminal } from "../wire/terminal_states.ts";

/** Failures in a row after which the log says why nothing is sent: a restarted agent has some as a matter of course. */
const failuresTold = 3;

/** The owner reports on a task. */
export function acceptUpdate(draft: SessionDraft, update: ExecutorCallUpdate, uuid: string): void {
  const { updates, sequence, link } = draft.state;
  const { state } = update.status;
  const changed = withUpdate(updates, update, uuid, sequence + 1);
  if (changed === undefined) {
    return refuse(
      draft,
      update.status,
      "the task was not launched here, or its end was reported before",
    );
  }
  draft.set({ sequence: sequence + 1 });
  if (link.kind !== "parting" || isTerminal(state)) return draft.set({ updates: changed });
  draft.set({ lost: true });
}

/** A report is not sent, or not any more: whoever made it is told. */
export function refuse(draft: SessionDraft, { state, task_id }: ReportedState, reason: string): void {
  draft.tell({ kind: "refused", taskId: task_id.value, state, reason });
}

/** The owner has bytes for the framework. */
export function onMessage(draft: SessionDraft, data: Uint8Array): void {
  const { messages, sequence, bounds, link } = draft.state;
  if (link.kind === "parting") return draft.remark("Dropped a message to the framework: the agent is gone");
  if (messages.length >= bounds.messagesWaiting) {
    return draft.remark(`Dropped a message to the framework: ${messages.length} wait for the agent already`);
  }
  draft.set({ sequence: sequence + 1, messages: [...messages, { sequence: sequence + 1, data }] });
}

/** Begins the next call, if one is due and none is under way: the agent gets them one by one, in order. */
export function sendNext(draft: SessionDraft): void {
  const { link, call, callsFrom, updates, messages, bounds, heartbeatAt } = draft.state;
  const mayCall = link.kind === "subscribed" || link.kind === "parting";
  if (!mayCall || call !== undefined || callsFrom > draft.now) return;
  const update = nextUpdate(updates, draft.now, link.kind === "parting" ? 0 : bounds.resend);
  const message = messages[0];
  if (update !== undefined && update.sequence < (message?.sequence ?? Infinity)) {
    draft.set({ updates: withOffered(updates, [update.uuid]) });
    return draft.call({ kind: "update", uuid: update.uuid }, { type: "UPDATE", update: update.update });
  }
  if (message !== undefined) {
    const { sequence, data } = message;
    return draft.call({ kind: "message", sequence }, { type: "MESSAGE", message: { data } });
  }
  if (link.kind === "subscribed" && heartbeatAt <= draft.now) {
    draft.set({ heartbeatAt: draft.now + bounds.heartbeat });
    draft.call({ kind: "heartbeat" }, { type: "HEARTBEAT" });
  }
}

/** A call ended. What comes of one that was left behind is ignored. */
export function onCallAnswered(draft: SessionDraft, id: number, outcome: Outcome): void {
  const { call, link } = draft.state;
  if (call?.id !== id) return;
  draft.set({ call: undefined });
  if (link.kind === "parting") return onPartingAnswered(draft, call.subject);
  if (outcome.kind === "failed") return onCallFailed(draft, outcome.reason);
  const { status, text } = outcome;
  if (status >= 200 && status < 300) return onTaken(draft, call.subject);
  const reason = answerInWords(outcome);
  if (status === 401 || status === 403 || (status === 400 && isUnknownToAgent(text))) {
    draft.remark(`The Mesos agent does not take this executor for subscribed (${reason}): subscribing anew`);
    draft.set({ callsFrom: draft.now + draft.state.bounds.callPause });
    return draft.subscribe();
  }
  if (isOfTheMoment(status)) return onCallFailed(draft, reason);
  onRefused(draft, call.subject, reason);
}

/** Answers that say nothing about the call: it is tried again. */
function isOfTheMoment(status: number): boolean {
  return status === 404 || status === 408 || status === 429 || status < 400 || status >= 500;
}

function onTaken(draft: SessionDraft, subject: CallSubject): void {
  const { updates, messages } = draft.state;
  draft.set({ callFailures: 0 });
  if (subject.kind === "update") {
    // It may have been acknowledged before the answer came.
    draft.set({ updates: withAccepted(updates, [subject.uuid], draft.now) });
  }
  if (subject.kind === "message") {
    draft.set({ messages: messages.filter((one) => one.sequence !== subject.sequence) });
  }
}

/**
 * The call is repeated after a pause. A report is recognised by its uuid when it arrives twice. A message is not; that
 * is rarer than its loss.
 */
function onCallFailed(draft: SessionDraft, reason: string): void {
  const failures = draft.state.callFailures + 1;
  if (failures === failuresTold) draft.remark(`The Mesos agent takes no calls at the moment: ${reason}`);
  draft.set({ callFailures: failures, callsFrom: draft.now + draft.state.bounds.callPause });
}

/** The agent will never take it: a defect of ours. To repeat it would hold up all that comes after it. */
function onRefused(draft: SessionDraft, subject: CallSubject, reason: string): void {
  if (subject.kind === "heartbeat") return draft.remark(`The Mesos agent refuses a HEARTBEAT: ${reason}`);
  if (subject.kind === "message") {
    draft.remark(`The Mesos agent refuses a message to the framework: ${reason}`);
    return onTaken(draft, subject);
  }
  const refused = draft.state.updates.pending.get(subject.uuid);
  if (refused === undefined) return;
  draft.set({ updates: withoutUpdate(draft.state.updates, subject.uuid) });
  refuse(draft, refused.update.status, `the agent says ${reason}`);
}

/** Nobody will acknowledge it: whatever the answer was, that was it. */
function onPartingAnswered(draft: SessionDraft, subject: CallSubject): void {
  if (subject.kind !== "update") return;
  draft.set({ updates: withoutUpdate(draft.state.updates, subject.uuid), lost: true });
}
