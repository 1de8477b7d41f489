/** The times and sizes of an executor's session with its agent. All times are milliseconds. */
export interface SessionBounds {
  /** Pause between attempts to subscribe; with checkpointing the longest one. */
  readonly subscribePause: number;
  /** Without checkpointing, for how long a first subscription is tried. */
  readonly firstSubscription: number;
  /** From the head of the answer to SUBSCRIBE to the first event. What comes before, `HttpBounds` bounds. */
  readonly firstEvent: number;
  /** Pause before a call is tried again. */
  readonly callPause: number;
  /** An update that the agent took and did not acknowledge is sent again after this. */
  readonly resend: number;
  /** Pause between HEARTBEAT calls. */
  readonly heartbeat: number;
  /** A stream on which heartbeats came, and then nothing for this long, is opened anew. */
  readonly streamSilence: number;
  /** Messages to the framework that may wait for the agent. */
  readonly messagesWaiting: number;
}

/** The bounds that hold outside tests. */
export const sessionBounds: SessionBounds = {
  // A restarted agent gives its executors 2 s by default (`--executor_reregistration_timeout`): whoever pauses as long
  // as MESOS_SUBSCRIPTION_BACKOFF_MAX allows, 2 s by default as well, can miss them.
  subscribePause: 1_000,
  // The agent's own bound for a first SUBSCRIBE (`--executor_registration_timeout`); nothing runs before it.
  firstSubscription: 60_000,
  // It comes within milliseconds. An agent that is busy may take longer, and a second SUBSCRIBE does no harm.
  firstEvent: 10_000,
  // As long as a restarted agent waits for its executors, it answers 503.
  callPause: 1_000,
  // The agent writes an update to its disk before it acknowledges it.
  resend: 30_000,
  // The pause of the agent's own heartbeats.
  heartbeat: 30 * 60_000,
  // Two and a half heartbeats.
  streamSilence: 75 * 60_000,
  messagesWaiting: 64,
};
