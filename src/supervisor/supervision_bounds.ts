/**
 * Every duration and count of the supervisor, in one place: milliseconds, unless the name says otherwise.
 * docs/supervision.md is this file for users. Tests inject others.
 */
export interface SupervisionBounds {
  /** Calls that change the engine and are under way at one time in one walk. Waits, pulls and stops do not count. */
  readonly parallelCalls: number;
  /**
   * What a short call that is with the engine already (create, start, remove) is given to end after an abort. The
   * engine carries it out in any case; a container that is known of can be removed.
   */
  readonly settle: number;
  /** The longest that one container may take to reach the condition that another waits for. */
  readonly conditionWait: number;
  /** How long the engine may be gone during such a wait, before the wait fails. */
  readonly conditionOutage: number;
  /** A wait looks at its container this often, even when no event came: an event may have been lost. */
  readonly conditionResync: number;
  /**
   * The whole pod is listed this often, whatever the events said: at multiples of it since 1970, so that many pods of
   * one engine are listed at the same moment, in one call.
   */
  readonly resync: number;
  /** Pauses between attempts to open the event stream anew: doubling from the first to the last. */
  readonly reconnectFirst: number;
  readonly reconnectLast: number;
  /** A loss of the engine that is shorter than this is not shown. */
  readonly outageNotice: number;
  /** How long an engine that is back may take to tell again what was missed. */
  readonly replay: number;
  /**
   * By how much times of the engine may differ from ours, and from each other: a container's start is noted after its
   * first words.
   */
  readonly clockSkew: number;
  /** Pauses before a container that ended is started again: doubling from the first to the last (as Kubernetes'). */
  readonly backOffFirst: number;
  readonly backOffLast: number;
  /** After this long of running well, the next pause is the first one again. */
  readonly backOffReset: number;
  /** Reading the state and the last log lines of a container that has ended. */
  readonly postMortem: number;
  /**
   * A container that ended after somebody sent it a signal may be about to be started again (`docker restart`): what
   * its end means is decided after this pause.
   */
  readonly linger: number;
  /** How long before its end a signal may have been sent to be taken for the cause of it. */
  readonly signalMemory: number;
  /** Plans that may follow each other without a pause, when each finds the pod not as wanted. */
  readonly worksInRow: number;
  /** Grace of a container that has none of its own: the engine's default. */
  readonly defaultGraceSeconds: number;
  /** What a pre_stop hook may take, on top of the graces. */
  readonly preStopHook: number;
  /** What a post_start hook may take: it may wait for the network, or fill a cache. */
  readonly postStartHook: number;
  /** On top of the graces, for the engine's own work, before a stop is escalated to a kill. */
  readonly stopMargin: number;
  /** For the kill after that, before it is given up. */
  readonly killMargin: number;
  /** Pause between attempts to take a pod down. */
  readonly stopRetry: number;
  /** The last log lines that are kept of a container that failed, and the most bytes of them. */
  readonly lastLogLines: number;
  readonly lastLogBytes: number;
}

/** When everything is listed next: the first multiple of the period after `now`. */
export function nextResync(now: number, { resync }: Pick<SupervisionBounds, "resync">): number {
  return (Math.floor(now / resync) + 1) * resync;
}

/** The bounds that hold outside tests. */
export const supervisionBounds: SupervisionBounds = {
  parallelCalls: 16,
  settle: 2_000,
  // A migration may take hours; a day without an end is a hang.
  conditionWait: 24 * 3_600_000,
  // Longer than a restart of the engine takes, with its images' storage checked.
  conditionOutage: 120_000,
  conditionResync: 30_000,
  resync: 60_000,
  reconnectFirst: 250,
  reconnectLast: 10_000,
  outageNotice: 1_000,
  replay: 250,
  clockSkew: 1_000,
  backOffFirst: 10_000,
  backOffLast: 300_000,
  backOffReset: 600_000,
  postMortem: 3_000,
  linger: 2_000,
  // Graces are seconds to a minute.
  signalMemory: 60_000,
  worksInRow: 3,
  defaultGraceSeconds: 10,
  preStopHook: 60_000,
  postStartHook: 600_000,
  stopMargin: 20_000,
  killMargin: 15_000,
  stopRetry: 1_000,
  lastLogLines: 20,
  lastLogBytes: 4_096,
};
