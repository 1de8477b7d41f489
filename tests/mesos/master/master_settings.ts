import type {
  AgentInfo,
  DomainInfo,
  ExecutorInfo,
  FrameworkInfo,
  KillPolicy,
  Resource,
  SchedulerEvent,
  TaskInfo,
  TaskState,
  TaskStatus,
} from "../../../src/mesos/wire/messages.ts";

/** What the master does to the world. */
export type MasterEffect =
  | { readonly kind: "event"; readonly stream: number; readonly event: SchedulerEvent }
  /** The stream ends with a last chunk. */
  | { readonly kind: "end"; readonly stream: number };

/** An agent, as it introduces itself. */
export interface AgentDescription {
  readonly hostname: string;
  readonly ip: string;
  readonly port: number;
  /** Unallocated. */
  readonly resources: readonly Resource[];
  readonly attributes?: AgentInfo["attributes"];
  readonly domain?: AgentInfo["domain"];
}

/** Tasks for one executor. */
export interface AgentLaunch {
  readonly framework: FrameworkInfo;
  /** Absent for a task with a command of its own. */
  readonly executor: ExecutorInfo | undefined;
  readonly tasks: readonly TaskInfo[];
  /** Whether they are a group, to be delivered together. */
  readonly group: boolean;
}

/** A task as an agent remembers it for a master that has forgotten. */
export interface RememberedTask {
  readonly frameworkId: string;
  readonly info: TaskInfo;
  readonly executorId: string | undefined;
  readonly state: TaskState;
  readonly statuses: readonly TaskStatus[];
}

/** What an agent remembers. */
export interface AgentMemory {
  readonly frameworks: readonly FrameworkInfo[];
  readonly executors: readonly { readonly frameworkId: string; readonly info: ExecutorInfo }[];
  readonly tasks: readonly RememberedTask[];
}

/** The agent's end of the line between master and agent: what a master tells an agent. */
export interface AgentLink {
  launch(launch: AgentLaunch): void;
  kill(frameworkId: string, taskId: string, policy?: KillPolicy): void;
  /** Shuts one executor down. */
  shutdown(frameworkId: string, executorId: string): void;
  message(frameworkId: string, executorId: string, data: Uint8Array): void;
  acknowledge(frameworkId: string, taskId: string, uuid: Uint8Array): void;
  /** The framework is gone for good: its executors go. */
  tearDown(frameworkId: string): void;
  /** The framework has a scheduler (again): what is pending is to be sent. */
  frameworkUpdated(framework: FrameworkInfo): void;
  /** The master knows it again: what is pending is to be sent. */
  registered(): void;
  /** The master wants nothing of this agent any more: everything on it is to end. */
  dismiss(message: string): void;
  /** What it tells a master when it registers again. */
  remember(): AgentMemory;
}

/** The master's end of the line between master and agent: what an agent tells its master. */
export interface AgentDesk {
  /** @returns the new id of the agent */
  register(description: AgentDescription, link: AgentLink): string;
  /** @returns false when the master wants this id no more: the agent has to end what it runs */
  reregister(agentId: string, description: AgentDescription, link: AgentLink): boolean;
  /** A report on a task, once more when it is not acknowledged. `latest` is the newest state that the agent knows. */
  update(agentId: string, frameworkId: string, status: TaskStatus, latest?: TaskState): void;
  /** @param status the raw wait status */
  exited(agentId: string, frameworkId: string, executorId: string, status: number): void;
  message(agentId: string, frameworkId: string, executorId: string, data: Uint8Array): void;
  /** The line broke. After the ping timeout the agent is unreachable. */
  disconnect(agentId: string): void;
  /** The agent says that it goes. */
  unregister(agentId: string): void;
}

/** What a master that is started again still knows: the registry of agents. */
export interface MasterRegistry {
  readonly agents: ReadonlyMap<string, AgentDescription>;
  /** Since when each is unreachable; milliseconds since 1970. */
  readonly unreachable: ReadonlyMap<string, number>;
  readonly gone: ReadonlySet<string>;
  readonly deactivated: ReadonlySet<string>;
}

/** Settings of a master. Times in milliseconds; all of them have the defaults of Mesos. */
export interface MasterSettings {
  /** First part of the ids that it gives. */
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  readonly hostname: string;
  readonly now: () => number;
  readonly act: (effect: MasterEffect) => void;
  /** Numbers of the first framework, agent and offer: 0 unless something is to be played again. */
  readonly first?: { readonly framework?: number; readonly agent?: number; readonly offer?: number };
  readonly heartbeatInterval?: number;
  /** Infinity for no allocation by time: the owner calls `allocate`. */
  readonly allocationInterval?: number;
  /** How long an agent may be disconnected. */
  readonly agentPingTimeout?: number;
  /** How long agents have to come back after the master was started again. */
  readonly agentReregisterTimeout?: number;
  /** Its region and zone. Agents of other regions are offered to those alone that are REGION_AWARE. */
  readonly domain?: DomainInfo;
  /** Scalars that all frameworks of a role may have together, by role and resource. */
  readonly quotas?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly registry?: MasterRegistry;
}
