/** What an executor and its agent say to each other (`/api/v1/executor`). */

import type { ContainerID, ExecutorID, FrameworkID, TaskID } from "./messages_basics.ts";
import type { AgentInfo, FrameworkInfo } from "./messages_cluster.ts";
import type { ExecutorInfo, KillPolicy, TaskGroupInfo, TaskInfo, TaskStatus } from "./messages_task.ts";

/**
 * An event of the agent. One of a type that this program does not know is `UNKNOWN`: newer agents may send some.
 */
export type ExecutorEvent =
  | { readonly type: "SUBSCRIBED"; readonly subscribed: ExecutorEventSubscribed }
  | { readonly type: "LAUNCH"; readonly launch: ExecutorEventLaunch }
  | { readonly type: "LAUNCH_GROUP"; readonly launch_group: ExecutorEventLaunchGroup }
  | { readonly type: "KILL"; readonly kill: ExecutorEventKill }
  | { readonly type: "ACKNOWLEDGED"; readonly acknowledged: ExecutorEventAcknowledged }
  | { readonly type: "MESSAGE"; readonly message: ExecutorEventMessage }
  | { readonly type: "ERROR"; readonly error: ExecutorEventError }
  | { readonly type: "SHUTDOWN" }
  | { readonly type: "HEARTBEAT" }
  | { readonly type: "UNKNOWN" };

/** Who calls: on every call of an executor. */
export interface ExecutorCaller {
  readonly executor_id: ExecutorID;
  readonly framework_id: FrameworkID;
}

/** A call to the agent. `UNKNOWN` stands for a type that this program does not know; it is never sent. */
export type ExecutorCall =
  & ExecutorCaller
  & (
    | { readonly type: "SUBSCRIBE"; readonly subscribe: ExecutorCallSubscribe }
    | { readonly type: "UPDATE"; readonly update: ExecutorCallUpdate }
    | { readonly type: "MESSAGE"; readonly message: ExecutorCallMessage }
    | { readonly type: "HEARTBEAT" }
    | { readonly type: "UNKNOWN" }
  );

/** The subscription stands. */
export interface ExecutorEventSubscribed {
  readonly executor_info: ExecutorInfo;
  readonly framework_info: FrameworkInfo;
  readonly agent_info: AgentInfo;
  readonly container_id?: ContainerID;
}

/** Launch a task. */
export interface ExecutorEventLaunch {
  readonly task: TaskInfo;
}

/** Launch a group of tasks. */
export interface ExecutorEventLaunchGroup {
  readonly task_group: TaskGroupInfo;
}

/** Kill a task. */
export interface ExecutorEventKill {
  readonly task_id: TaskID;
  readonly kill_policy?: KillPolicy;
}

/** The agent has written an update down. */
export interface ExecutorEventAcknowledged {
  readonly task_id: TaskID;
  readonly uuid: Uint8Array;
}

/** Bytes from the framework; they may get lost. */
export interface ExecutorEventMessage {
  readonly data: Uint8Array;
}

/** The agent ends the subscription. */
export interface ExecutorEventError {
  readonly message: string;
}

/** Opens the stream, with everything that the agent has not acknowledged. */
export interface ExecutorCallSubscribe {
  readonly unacknowledged_tasks?: readonly TaskInfo[];
  readonly unacknowledged_updates?: readonly ExecutorCallUpdate[];
}

/** Reports the state of a task. */
export interface ExecutorCallUpdate {
  readonly status: TaskStatus;
}

/** Bytes to the framework; they may get lost. */
export interface ExecutorCallMessage {
  readonly data: Uint8Array;
}
