import type { ExecutorEvent, ExecutorEventSubscribed, TaskState } from "../wire/messages.ts";

/** What a session tells its owner. */
export type SessionNotice =
  /** The agent knows us. `again`: not for the first time. */
  | { readonly kind: "subscribed"; readonly subscribed: ExecutorEventSubscribed; readonly again: boolean }
  /**
   * LAUNCH, LAUNCH_GROUP, KILL, MESSAGE, SHUTDOWN or ERROR: the others are the session's own. SHUTDOWN may come before
   * `subscribed`. No LAUNCH comes for a task that is live.
   */
  | { readonly kind: "event"; readonly event: ExecutorEvent }
  /** The agent has written a report down, so it will reach the framework. */
  | {
    readonly kind: "acknowledged";
    readonly taskId: string;
    readonly state: TaskState;
    readonly terminal: boolean;
  }
  /**
   * A report was not sent or not taken, and never will be: a defect of whoever made it, for the log. It is told of
   * once, and the session goes on.
   */
  | { readonly kind: "refused"; readonly taskId: string; readonly state: TaskState; readonly reason: string }
  /** The stream of events broke. Reports are kept until it is back. */
  | { readonly kind: "disconnected"; readonly reason: string }
  /** Something that is worth a line in the log: why the agent cannot be reached, what it sent by mistake. */
  | { readonly kind: "remark"; readonly text: string }
  /**
   * The agent is gone for good or has refused us for good: act as on SHUTDOWN. Terminal reports that are made from now
   * on are sent once each, in case that the agent still listens.
   */
  | { readonly kind: "gave-up"; readonly reason: string; readonly exitCode: number };
