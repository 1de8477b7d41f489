/** What is said between an agent and a containerizer program, as plain data with the names of the wire. */

import type { ExecutorInfo, Resource, TaskInfo } from "../mesos/wire/messages.ts";

/** Start a container. */
export interface Launch {
  readonly containerId: string;
  readonly task?: TaskInfo;
  readonly executor?: ExecutorInfo;
  /** The image that the command names, as up to Mesos 0.22. */
  readonly olderImage?: OlderImage;
  /** The sandbox on the agent's host. */
  readonly directory?: string;
  readonly user?: string;
  readonly agentId?: string;
  /** `slave(1)@10.0.0.7:5051`. */
  readonly agentPid?: string;
  readonly checkpoint: boolean;
}

/** An image, `docker:///ubuntu:24.04` say, and flags of `docker run`. */
export interface OlderImage {
  readonly image: string;
  readonly options: readonly string[];
}

/** All resources of a container from now on. */
export interface Update {
  readonly containerId: string;
  readonly resources: readonly Resource[];
}

/** How a container ended. */
export interface Termination {
  /** By its own limits, and by nobody's wish. */
  readonly killed: boolean;
  readonly message: string;
  /** As `waitpid` has it: agents print it so. Absent where nobody knows. */
  readonly status?: number;
  readonly state?: "TASK_FAILED";
  readonly reasons?: readonly "REASON_CONTAINER_LIMITATION_MEMORY"[];
}

/** What a container uses at a time; absent is what the engine does not tell. Times are seconds. */
export interface ResourceStatistics {
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly processes?: number;
  readonly cpus_user_time_secs?: number;
  readonly cpus_system_time_secs?: number;
  readonly cpus_limit?: number;
  readonly cpus_nr_periods?: number;
  readonly cpus_nr_throttled?: number;
  readonly cpus_throttled_time_secs?: number;
  readonly mem_total_bytes?: number;
  readonly mem_limit_bytes?: number;
  readonly mem_soft_limit_bytes?: number;
  readonly mem_cache_bytes?: number;
  /** As `mem_cache_bytes`, for agents before 0.24; so `mem_anon_bytes` for `mem_rss_bytes`. */
  readonly mem_file_bytes?: number;
  readonly mem_rss_bytes?: number;
  readonly mem_anon_bytes?: number;
  readonly mem_mapped_file_bytes?: number;
  readonly mem_swap_bytes?: number;
  readonly mem_unevictable_bytes?: number;
}
