import type { FrameworkInfo } from "../wire/messages.ts";

/** What a framework says of itself that differs from one to another. */
export interface FrameworkTraits {
  readonly name: string;
  /** Not empty. */
  readonly roles: readonly string[];
  /** Of the agents, that executors run as; absent: root. */
  readonly user?: string | undefined;
  readonly principal?: string | undefined;
  /** For how long a master keeps its tasks when nobody speaks for it, in seconds. */
  readonly failoverTimeout: number;
  /** Of an operator: which specs it keeps, so that it is known again without its state. */
  readonly directories?: readonly string[];
}

/** The label that has the directories of an operator. */
export const directoriesLabel = "mesolet.directories";

/** A framework as the master is told of it, without its id. */
export function frameworkInfo(
  { name, roles, user = "root", principal, failoverTimeout, directories }: FrameworkTraits,
): FrameworkInfo {
  return {
    name,
    user,
    roles,
    ...(principal === undefined ? {} : { principal }),
    checkpoint: true,
    failover_timeout: failoverTimeout,
    hostname: Deno.hostname(),
    ...(directories === undefined
      ? {}
      : { labels: { labels: [{ key: directoriesLabel, value: [...directories].sort().join(":") }] } }),
    capabilities: [
      { type: "TASK_KILLING_STATE" },
      { type: "PARTITION_AWARE" },
      { type: "MULTI_ROLE" },
      { type: "RESERVATION_REFINEMENT" },
      { type: "GPU_RESOURCES" },
      // Agents of other regions are taken by those pods alone that ask for a region.
      { type: "REGION_AWARE" },
    ],
  };
}
