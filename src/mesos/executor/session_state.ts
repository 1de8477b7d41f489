import type {
  ExecutorCallSubscribe,
  ExecutorCallUpdate,
  ExecutorEvent,
  TaskStatus,
} from "../wire/messages.ts";
import type { SessionBounds } from "./session_bounds.ts";
import type { SessionNotice } from "./session_notice.ts";
import { nextUpdateAt, noUpdates, type Updates } from "./updates.ts";

/** What the environment of the executor decides about its session. */
export interface SessionSettings {
  /** The executor outlives its agent: it waits for it. */
  readonly checkpoint: boolean;
  /** A test: the executor is not to end itself at once when the agent is gone. */
  readonly local: boolean;
  /** Milliseconds that a lost agent is waited for, with checkpointing. */
  readonly recoveryTimeout: number;
  /** Milliseconds: the longest pause between attempts to subscribe, with checkpointing. */
  readonly subscriptionBackoffMax: number;
}

/** How the session stands with its agent. */
export type Link =
  | { readonly kind: "new" }
  /** An attempt to subscribe failed or the stream broke; the next attempt is at `until`. */
  | { readonly kind: "waiting"; readonly until: number }
  | {
    readonly kind: "subscribing";
    /** Uuids of the reports that the SUBSCRIBE lists. */
    readonly listed: readonly string[];
    /** The agent has said 200: the first event is to come until then. */
    readonly firstEventBy?: number;
  }
  | {
    readonly kind: "subscribed";
    readonly heardAt: number;
    /** The agent sends heartbeats, so its silence means something. */
    readonly heartbeats: boolean;
  }
  /** The agent is done with us, or we with it: terminal reports are still sent, once each. */
  | { readonly kind: "parting" };

/** Bytes for the framework that wait to be sent. */
export interface WaitingMessage {
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** What a call is about. */
export type CallSubject =
  | { readonly kind: "update"; readonly uuid: string }
  | { readonly kind: "message"; readonly sequence: number }
  | { readonly kind: "heartbeat" };

/** All that a session knows. Never changed in place. Times are those of {@linkcode Moment}. */
export interface SessionState {
  readonly settings: SessionSettings;
  readonly bounds: SessionBounds;
  readonly link: Link;
  /** How often SUBSCRIBE was sent. Whatever an earlier attempt still brings is ignored. */
  readonly attempt: number;
  /** The owner thinks that the stream stands. */
  readonly connected: boolean;
  readonly everSubscribed: boolean;
  /** The agent is given up then, unless a subscription stands before. */
  readonly giveUpAt?: number;
  /** The last reason why there was no subscription, and whether the agent meant us: it is told of once. */
  readonly trouble?: Trouble;
  /** After an event that could not be read, and a new subscription because of it: no further such one before. */
  readonly resubscribeFrom?: number;
  readonly updates: Updates;
  readonly messages: readonly WaitingMessage[];
  /** Of the last report or message. */
  readonly sequence: number;
  /** The one call that is under way. */
  readonly call?: { readonly id: number; readonly subject: CallSubject };
  /** How many calls there were. */
  readonly calls: number;
  /** No call before. */
  readonly callsFrom: number;
  /** Calls in a row that came to nothing. */
  readonly callFailures: number;
  readonly heartbeatAt: number;
  /** A report was given up because the agent is gone. */
  readonly lost: boolean;
}

/** Why there is no subscription. */
export interface Trouble {
  readonly reason: string;
  /** For the process, should this be the end. */
  readonly exitCode: number;
}

/** How an exchange with the agent went. */
export type Outcome =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  /** No answer, or not a whole one. */
  | { readonly kind: "failed"; readonly reason: string };

/** Which report it is, for people. */
export type ReportedState = Pick<TaskStatus, "task_id" | "state">;

/** What a session is told. */
export type SessionMessage =
  | { readonly kind: "begin" }
  | { readonly kind: "subscribe-answered"; readonly attempt: number; readonly outcome: Outcome }
  | { readonly kind: "event"; readonly attempt: number; readonly event: ExecutorEvent }
  /** A whole record, but no event that can be read. */
  | { readonly kind: "unreadable"; readonly attempt: number; readonly reason: string }
  | { readonly kind: "stream-ended"; readonly attempt: number; readonly reason: string }
  | { readonly kind: "update"; readonly uuid: string; readonly update: ExecutorCallUpdate }
  /** A report that no message of Mesos can hold. */
  | { readonly kind: "unsendable"; readonly status: ReportedState; readonly reason: string }
  | { readonly kind: "message"; readonly data: Uint8Array }
  | { readonly kind: "call-answered"; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: "tick" };

/** What a session is to do. */
export type SessionEffect =
  /** Ends the stream that there is, if any, and opens another. */
  | {
    readonly kind: "subscribe";
    readonly attempt: number;
    readonly subscribe: Required<ExecutorCallSubscribe>;
  }
  | { readonly kind: "drop-stream" }
  | { readonly kind: "call"; readonly id: number; readonly call: SessionCall }
  | { readonly kind: "abort-call" }
  | { readonly kind: "tell"; readonly notice: SessionNotice };

/** A call without its caller. */
export type SessionCall =
  | { readonly type: "UPDATE"; readonly update: ExecutorCallUpdate }
  | { readonly type: "MESSAGE"; readonly message: { readonly data: Uint8Array } }
  | { readonly type: "HEARTBEAT" };

/** What a decision depends on besides the state and the message. */
export interface Moment {
  /** Milliseconds of a clock that does not jump. */
  readonly now: number;
  /** A random number in [0, 1). */
  readonly random: number;
}

/** The state of a session that has done nothing yet. */
export function newSession(settings: SessionSettings, bounds: SessionBounds): SessionState {
  return {
    settings,
    bounds,
    link: { kind: "new" },
    attempt: 0,
    connected: false,
    everSubscribed: false,
    updates: noUpdates,
    messages: [],
    sequence: 0,
    calls: 0,
    callsFrom: 0,
    callFailures: 0,
    heartbeatAt: Infinity,
    lost: false,
  };
}

/** When the session has something to do even if nothing happens. Infinity: never. */
export function nextTick(state: SessionState): number {
  const { link, bounds } = state;
  return Math.min(
    state.giveUpAt ?? Infinity,
    link.kind === "waiting" ? link.until : Infinity,
    link.kind === "subscribing" ? link.firstEventBy ?? Infinity : Infinity,
    link.kind === "subscribed" && link.heartbeats ? link.heardAt + bounds.streamSilence : Infinity,
    link.kind === "subscribed" && state.call === undefined
      ? Math.max(state.callsFrom, nextCallAt(state))
      : Infinity,
  );
}

/** When there is something to send, whether or not it may be sent then. */
function nextCallAt(state: SessionState): number {
  if (state.messages.length > 0) return -Infinity;
  return Math.min(state.heartbeatAt, nextUpdateAt(state.updates, state.bounds.resend));
}
