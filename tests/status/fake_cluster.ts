import type {
  AgentEntry,
  ClusterBoard,
  ClusterCounts,
  InstanceWhy,
  MasterLink,
} from "../../src/operator/cluster_board.ts";
import type { ReachablePod } from "../../src/operator/reachable_pod.ts";
import { FakeBoard, newYear, podEntry } from "./fake_board.ts";

/** What is to be seen of a cluster, as a test tells it to. */
export class FakeCluster implements ClusterBoard {
  master: MasterLink = { connected: true, address: "10.0.0.1:5050", framework: "6cb675d9-0001" };
  agentEntries: AgentEntry[] = [];
  readonly whys = new Map<string, InstanceWhy[]>();
  reachable: ReachablePod[] = [];
  counts: ClusterCounts = {
    offers: { received: 0, accepted: 0, declined: 0 },
    launches: 0,
    updates: new Map(),
    answers: 0,
    refused: 0,
  };

  agents(): readonly AgentEntry[] {
    return this.agentEntries;
  }

  why(pod: string): readonly InstanceWhy[] {
    return this.whys.get(pod) ?? [];
  }

  endpoints(): readonly ReachablePod[] {
    return this.reachable;
  }
}

/** One pod with an instance that runs and one that has no place, with every member that there may be. */
export function fullCluster(): { readonly board: FakeBoard; readonly cluster: FakeCluster } {
  const board = new FakeBoard();
  const cluster = new FakeCluster();
  const agent = { id: "6cb675d9-S0", hostname: "one.example" };
  const task = "web.0.4f1c9a0b2d3e5f67.mwqu15hf00";
  const running = {
    slot: 0,
    state: "running" as const,
    ready: true,
    version: "4f1c9a0b2d3e5f67",
    task,
    agent,
    address: "10.0.0.1",
    ports: [31000],
    since: newYear,
  };
  const waiting = {
    slot: 1,
    state: "waiting" as const,
    ready: false,
    version: "4f1c9a0b2d3e5f67",
    ports: [],
    why: "there is no instance yet",
  };
  board.cluster = cluster;
  board.entries = [
    podEntry("web", {
      entry: { instances: [running, waiting] },
      status: { phase: "running", reason: "1 of 2 instances ready, 1 without a place" },
      containers: [],
    }),
  ];
  cluster.agentEntries = [{
    ...agent,
    region: "eu",
    zone: "eu-1",
    attributes: [{ name: "rack", values: ["r1"] }],
    state: "known",
    offered: { at: newYear, roles: ["*"], cpus: 0.5, memory: 1024, disk: 10_000, gpus: 0, ports: 1_000 },
    tasks: [{ pod: "web", slot: 0, task, state: "running" }],
  }];
  cluster.whys.set("web", [{
    ...waiting,
    waitsSince: newYear,
    shortage: {
      agents: 3,
      fitting: 0,
      lacks: [{ text: "cpus: 2 needed, 0.5 offered at most", agents: 3 }],
      nearest: [{ agent, at: newYear, lacks: ["cpus: 2 needed, 0.5 offered"] }],
    },
  }]);
  cluster.reachable = [{
    pod: "web",
    ports: [{
      name: "http",
      container: "api",
      target: 80,
      protocol: "tcp",
      places: [{ slot: 0, task, host: "one.example", port: 31000 }],
    }],
    instances: [{ slot: 0, task, agent, since: newYear }],
  }];
  return { board, cluster };
}
