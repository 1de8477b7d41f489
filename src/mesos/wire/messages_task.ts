/** Tasks, their reports, their checks, and the executor that runs them. */

import type {
  AgentID,
  DurationInfo,
  ExecutorID,
  FrameworkID,
  Labels,
  TaskID,
  TimeInfo,
} from "./messages_basics.ts";
import type {
  CommandInfo,
  ContainerInfo,
  ContainerStatus,
  NetworkInfoProtocol,
} from "./messages_container.ts";
import type { Resource, ValueScalar } from "./messages_resources.ts";

/** A task, as the framework wants it. */
export interface TaskInfo {
  readonly name: string;
  readonly task_id: TaskID;
  readonly agent_id: AgentID;
  readonly resources?: readonly Resource[];
  readonly executor?: ExecutorInfo;
  readonly command?: CommandInfo;
  readonly container?: ContainerInfo;
  readonly health_check?: HealthCheck;
  readonly check?: CheckInfo;
  readonly kill_policy?: KillPolicy;
  readonly data?: Uint8Array;
  readonly labels?: Labels;
  readonly discovery?: DiscoveryInfo;
  readonly max_completion_time?: DurationInfo;
  readonly limits?: Readonly<Record<string, ValueScalar>>;
}

/** Tasks that are launched together, all or none. */
export interface TaskGroupInfo {
  readonly tasks?: readonly TaskInfo[];
}

/** The states of a task; FINISHED, FAILED, KILLED, ERROR, LOST, DROPPED, GONE and GONE_BY_OPERATOR are terminal. */
export type TaskState =
  | "TASK_STAGING"
  | "TASK_STARTING"
  | "TASK_RUNNING"
  | "TASK_KILLING"
  | "TASK_FINISHED"
  | "TASK_FAILED"
  | "TASK_KILLED"
  | "TASK_ERROR"
  | "TASK_LOST"
  | "TASK_DROPPED"
  | "TASK_UNREACHABLE"
  | "TASK_GONE"
  | "TASK_GONE_BY_OPERATOR"
  | "TASK_UNKNOWN";

/** A report on a task. */
export interface TaskStatus {
  readonly task_id: TaskID;
  readonly state: TaskState;
  readonly message?: string;
  readonly source?: TaskStatusSource;
  readonly reason?: TaskStatusReason;
  readonly data?: Uint8Array;
  readonly agent_id?: AgentID;
  readonly executor_id?: ExecutorID;
  readonly timestamp?: number;
  readonly uuid?: Uint8Array;
  readonly healthy?: boolean;
  readonly check_status?: CheckStatusInfo;
  readonly labels?: Labels;
  readonly container_status?: ContainerStatus;
  readonly unreachable_time?: TimeInfo;
  readonly limitation?: TaskResourceLimitation;
}

/** Who made a report. */
export type TaskStatusSource = "SOURCE_MASTER" | "SOURCE_AGENT" | "SOURCE_EXECUTOR";

/** Why a task is in its state. */
export type TaskStatusReason =
  | "REASON_COMMAND_EXECUTOR_FAILED"
  | "REASON_CONTAINER_LAUNCH_FAILED"
  | "REASON_CONTAINER_LIMITATION"
  | "REASON_CONTAINER_LIMITATION_DISK"
  | "REASON_CONTAINER_LIMITATION_MEMORY"
  | "REASON_CONTAINER_PREEMPTED"
  | "REASON_CONTAINER_UPDATE_FAILED"
  | "REASON_MAX_COMPLETION_TIME_REACHED"
  | "REASON_EXECUTOR_REGISTRATION_TIMEOUT"
  | "REASON_EXECUTOR_REREGISTRATION_TIMEOUT"
  | "REASON_EXECUTOR_TERMINATED"
  | "REASON_EXECUTOR_UNREGISTERED"
  | "REASON_FRAMEWORK_REMOVED"
  | "REASON_GC_ERROR"
  | "REASON_INVALID_FRAMEWORKID"
  | "REASON_INVALID_OFFERS"
  | "REASON_IO_SWITCHBOARD_EXITED"
  | "REASON_MASTER_DISCONNECTED"
  | "REASON_RECONCILIATION"
  | "REASON_RESOURCES_UNKNOWN"
  | "REASON_AGENT_DISCONNECTED"
  | "REASON_AGENT_DRAINING"
  | "REASON_AGENT_REMOVED"
  | "REASON_AGENT_REMOVED_BY_OPERATOR"
  | "REASON_AGENT_REREGISTERED"
  | "REASON_AGENT_RESTARTED"
  | "REASON_AGENT_UNKNOWN"
  | "REASON_TASK_KILLED_DURING_LAUNCH"
  | "REASON_TASK_CHECK_STATUS_UPDATED"
  | "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED"
  | "REASON_TASK_GROUP_INVALID"
  | "REASON_TASK_GROUP_UNAUTHORIZED"
  | "REASON_TASK_INVALID"
  | "REASON_TASK_UNAUTHORIZED"
  | "REASON_TASK_UNKNOWN";

/** The resources whose limit a task went over. */
export interface TaskResourceLimitation {
  readonly resources?: readonly Resource[];
}

/** An executor, as the framework wants it. */
export interface ExecutorInfo {
  readonly type?: ExecutorInfoType;
  readonly executor_id: ExecutorID;
  readonly framework_id?: FrameworkID;
  readonly command?: CommandInfo;
  readonly container?: ContainerInfo;
  readonly resources?: readonly Resource[];
  readonly name?: string;
  /** Deprecated by Mesos. */
  readonly source?: string;
  readonly data?: Uint8Array;
  readonly discovery?: DiscoveryInfo;
  readonly shutdown_grace_period?: DurationInfo;
  readonly labels?: Labels;
}

/** Whether the executor is that of Mesos or the framework's own. */
export type ExecutorInfoType = "UNKNOWN" | "DEFAULT" | "CUSTOM";

/** How a task is to be killed. */
export interface KillPolicy {
  readonly grace_period?: DurationInfo;
}

/** A check whose result is only reported. */
export interface CheckInfo {
  readonly type?: CheckInfoType;
  readonly command?: CheckInfoCommand;
  readonly http?: CheckInfoHttp;
  readonly tcp?: CheckInfoTcp;
  /** Absent means 15. */
  readonly delay_seconds?: number;
  /** Absent means 10. */
  readonly interval_seconds?: number;
  /** Absent means 20. */
  readonly timeout_seconds?: number;
}

/** The kinds of checks. */
export type CheckInfoType = "UNKNOWN" | "COMMAND" | "HTTP" | "TCP";

/** A check by a command. */
export interface CheckInfoCommand {
  readonly command: CommandInfo;
}

/** A check by an HTTP request. */
export interface CheckInfoHttp {
  readonly port: number;
  readonly path?: string;
}

/** A check by a TCP connection. */
export interface CheckInfoTcp {
  readonly port: number;
}

/** A check whose failures kill the task. */
export interface HealthCheck {
  /** Absent means 15. */
  readonly delay_seconds?: number;
  /** Absent means 10. */
  readonly interval_seconds?: number;
  /** Absent means 20. */
  readonly timeout_seconds?: number;
  /** Absent means 3. */
  readonly consecutive_failures?: number;
  /** Absent means 10. */
  readonly grace_period_seconds?: number;
  readonly type?: HealthCheckType;
  readonly command?: CommandInfo;
  readonly http?: HealthCheckHTTPCheckInfo;
  readonly tcp?: HealthCheckTCPCheckInfo;
}

/** The kinds of health checks. */
export type HealthCheckType = "UNKNOWN" | "COMMAND" | "HTTP" | "TCP";

/** A health check by an HTTP request; 200 to 399 is healthy. */
export interface HealthCheckHTTPCheckInfo {
  /** Absent means IPv4. */
  readonly protocol?: NetworkInfoProtocol;
  readonly scheme?: string;
  readonly port: number;
  readonly path?: string;
  readonly statuses?: readonly number[];
}

/** A health check by a TCP connection. */
export interface HealthCheckTCPCheckInfo {
  /** Absent means IPv4. */
  readonly protocol?: NetworkInfoProtocol;
  readonly port: number;
}

/** The last result of a check; before the first one, only its type. */
export interface CheckStatusInfo {
  readonly type?: CheckInfoType;
  readonly command?: CheckStatusInfoCommand;
  readonly http?: CheckStatusInfoHttp;
  readonly tcp?: CheckStatusInfoTcp;
}

/** Result of a check by command. */
export interface CheckStatusInfoCommand {
  readonly exit_code?: number;
}

/** Result of a check by HTTP. */
export interface CheckStatusInfoHttp {
  readonly status_code?: number;
}

/** Result of a check by TCP. */
export interface CheckStatusInfoTcp {
  readonly succeeded?: boolean;
}

/** How a task or an executor wants to be found. */
export interface DiscoveryInfo {
  readonly visibility: DiscoveryInfoVisibility;
  readonly name?: string;
  readonly environment?: string;
  readonly location?: string;
  readonly version?: string;
  readonly ports?: Ports;
  readonly labels?: Labels;
}

/** Who may find it. */
export type DiscoveryInfoVisibility = "FRAMEWORK" | "CLUSTER" | "EXTERNAL";

/** A list of ports, wrapped. */
export interface Ports {
  readonly ports?: readonly Port[];
}

/** A port that others may want to find. */
export interface Port {
  readonly number: number;
  readonly name?: string;
  readonly protocol?: string;
  readonly visibility?: DiscoveryInfoVisibility;
  readonly labels?: Labels;
}
