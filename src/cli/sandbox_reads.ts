import { agentDirectory } from "../mesos/agent_files/agent_directory.ts";
import { type ClusterSandboxes, clusterSandboxes } from "../mesos/framework/board/cluster_sandboxes.ts";
import type { PodBoard } from "../operator/pod_board.ts";
import type { Clock } from "../pod/clock.ts";
import { present } from "../pod/present.ts";
import type { ClusterAccess } from "./cluster_access.ts";

/** How the board of an operator reads the sandboxes of its tasks: agents are asked as the master is. */
export function sandboxReads(access: ClusterAccess, board: PodBoard, clock: Clock): ClusterSandboxes {
  const { locator, tls, credential } = access;
  return clusterSandboxes({
    board,
    agents: agentDirectory(locator, { clock, ...present({ tls, credential }) }),
    frameworkId: () => board.cluster?.master.framework,
    clock,
  });
}
