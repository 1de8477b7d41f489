import type {
  AgentInfo,
  ExecutorEvent,
  ExecutorInfo,
  FrameworkInfo,
  FrameworkInfoCapabilityType,
  SchedulerEvent,
} from "../../../src/mesos/wire/messages.ts";

/** What a framework of today can do. */
export const usualCapabilities: readonly FrameworkInfoCapabilityType[] = [
  "MULTI_ROLE",
  "PARTITION_AWARE",
  "TASK_KILLING_STATE",
  "RESERVATION_REFINEMENT",
];

/** What the scheduler gets to see. */
export type SchedulerNews = Extract<SchedulerEvent, { readonly type: "UPDATE" | "FAILURE" | "MESSAGE" }>;

/** What the agent does to the world. */
export type AgentEffect =
  | { readonly kind: "event"; readonly stream: number; readonly event: ExecutorEvent }
  /** The stream ends with a last chunk. */
  | { readonly kind: "end"; readonly stream: number }
  | { readonly kind: "scheduler"; readonly news: SchedulerNews }
  | { readonly kind: "start"; readonly executor: ExecutorInfo; readonly containerId: string }
  /** Kill whatever is left of the container. */
  | { readonly kind: "destroy"; readonly containerId: string };

/** Settings of an agent and of the one framework that it knows. Times in milliseconds. */
export interface AgentCoreSettings {
  readonly agent: AgentInfo;
  readonly agentId: string;
  readonly ip: string;
  readonly framework: FrameworkInfo;
  readonly frameworkId: string;
  readonly launcher: "posix" | "linux";
  readonly registrationTimeout: number;
  readonly reregistrationTimeout: number;
  readonly shutdownGrace: number;
  readonly now: () => number;
  readonly randomUuid: () => Uint8Array;
  readonly newContainerId: (executorId: string) => string;
  readonly act: (effect: AgentEffect) => void;
}
