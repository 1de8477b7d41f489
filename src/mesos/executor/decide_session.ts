import { acceptUpdate, onCallAnswered, onMessage, refuse, sendNext } from "./decide_call.ts";
import {
  onEvent,
  onFirstAttempt,
  onStreamEnded,
  onSubscribeAnswered,
  onTick,
  onUnreadable,
} from "./decide_stream.ts";
import { SessionDraft } from "./session_draft.ts";
import type { Moment, SessionEffect, SessionMessage, SessionState } from "./session_state.ts";

/** What comes of a message. */
export interface SessionDecision {
  readonly state: SessionState;
  /** In the order in which they are to be begun. */
  readonly effects: readonly SessionEffect[];
}

/**
 * The mind of a session: what it knows after a message, and what is to be done. Pure: time and chance come in with
 * `moment`.
 */
export function decideSession(
  state: SessionState,
  message: SessionMessage,
  moment: Moment,
): SessionDecision {
  const draft = new SessionDraft(state, moment);
  apply(draft, message);
  sendNext(draft);
  return { state: draft.state, effects: draft.effects };
}

function apply(draft: SessionDraft, message: SessionMessage): void {
  switch (message.kind) {
    case "begin":
      return onFirstAttempt(draft);
    case "update":
      return acceptUpdate(draft, message.update, message.uuid);
    case "unsendable":
      return refuse(draft, message.status, message.reason);
    case "message":
      return onMessage(draft, message.data);
    case "call-answered":
      return onCallAnswered(draft, message.id, message.outcome);
    case "tick":
      return onTick(draft);
  }
  // From here on the stream speaks. An older one has been replaced by us: it has no say any more.
  if (message.attempt !== draft.state.attempt || !draft.hasStream) return;
  switch (message.kind) {
    case "subscribe-answered":
      return onSubscribeAnswered(draft, message.outcome);
    case "event":
      return onEvent(draft, message.event);
    case "unreadable":
      return onUnreadable(draft, message.reason);
    case "stream-ended":
      return onStreamEnded(draft, message.reason);
  }
}
