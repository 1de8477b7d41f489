import type { AgentEntry, InstanceWhy } from "../../src/operator/cluster_board.ts";
import type { PodInstance } from "../../src/operator/pod_board.ts";
import { FakeBoard, podEntry } from "./fake_board.ts";
import { FakeCluster } from "./fake_cluster.ts";

/** A name as machines of clouds have them. */
const longHost = "ip-10-21-203-117.eu-central-1.compute.internal.a-very-long-name-of-a-cluster.example";

function agentEntry(index: number, changes: Partial<AgentEntry> = {}): AgentEntry {
  const number = String(index).padStart(4, "0");
  return {
    id: `6cb675d9-2a41-4b7e-9d5c-7a1f0e3c2b10-S${index}`,
    hostname: `agent-${number}.example`,
    region: "eu",
    zone: `eu-${1 + index % 3}`,
    attributes: [{ name: "rack", values: [`r${index % 20}`] }],
    state: "known",
    offered: {
      at: Date.now() - 90_000,
      roles: ["mesolet"],
      cpus: (index % 8) / 2,
      memory: 512 + 1024 * (index % 30),
      disk: 100_000,
      gpus: 0,
      ports: 990,
    },
    tasks: [],
    ...changes,
  };
}

function instance(pod: string, slot: number, changes: Partial<PodInstance> = {}): PodInstance {
  return {
    slot,
    state: "running",
    ready: true,
    version: "4f1c9a0b2d3e5f67",
    task: `${pod}.${slot}.4f1c9a0b2d3e5f67.mwqu15hf0${slot}`,
    agent: { id: `S${slot}`, hostname: `agent-000${slot}.example` },
    address: `10.0.0.${slot + 1}`,
    ports: [31000 + slot, 31500 + slot],
    since: Date.now() - 3_600_000,
    ...changes,
  };
}

/** An instance that is nowhere. */
function nowhere(slot: number, state: PodInstance["state"], changes: Partial<PodInstance> = {}): PodInstance {
  return { slot, state, ready: false, version: "4f1c9a0b2d3e5f67", ports: [], ...changes };
}

function waiting(slot: number): PodInstance {
  return nowhere(slot, "waiting", { why: "there is no instance yet" });
}

/** A cluster as it may look: pods that are well, and pods that are not. */
export function busyCluster(): FakeBoard {
  const board = new FakeBoard();
  const cluster = new FakeCluster();
  board.cluster = cluster;
  const since = Date.now();
  board.entries = [
    podEntry("batch", {
      entry: {
        since: since - 60_000,
        instances: [
          nowhere(0, "finished"),
        ],
      },
      status: { phase: "succeeded", reason: "every instance has run to its end", reasonCode: "completed" },
      containers: [],
    }),
    podEntry("checkout", {
      entry: {
        since: since - 600_000,
        instances: [
          instance("checkout", 0),
          nowhere(1, "backing-off", {
            startsAgainAt: since + 40_000,
            why: "container api exited with 3: cannot open the database: connection refused",
          }),
        ],
      },
      status: {
        phase: "running",
        reason: "1 of 2 instances ready; instance 1: container api exited with 3: cannot open the database",
        reasonCode: "container-exited",
      },
      containers: [],
    }),
    podEntry("search", {
      entry: { since: since - 4_000_000, instances: [0, 1, 2, 3, 4].map((slot) => instance("search", slot)) },
      containers: [],
    }),
    podEntry("trainer-of-the-recommendation-model-for-the-second-shop", {
      entry: { since: since - 240_000, instances: [waiting(0), waiting(1), waiting(2), waiting(5)] },
      status: { phase: "pending", reason: "0 of 4 instances ready, 4 without a place" },
      containers: [],
    }),
    podEntry("web", {
      entry: {
        since: since - 5_000_000,
        instances: [
          instance("web", 0),
          instance("web", 1, { ready: false, why: "its health check fails" }),
          instance("web", 2, { state: "unreachable", ready: false, agent: { id: "S9", hostname: longHost } }),
          waiting(3),
        ],
      },
      status: { phase: "running", reason: "1 of 4 instances ready, 1 out of reach" },
      containers: [],
    }),
  ];
  const shortage = {
    agents: 6,
    fitting: 0,
    lacks: [
      { text: "gpus: 2 needed, 1 offered at most", agents: 6 },
      { text: "memory: 65536 MiB needed, 29184 MiB offered at most", agents: 4 },
      { text: "rack is one of r1, r2, r3: it is r19", agents: 2 },
    ],
    nearest: [
      {
        agent: { id: "S1", hostname: "agent-0001.example" },
        at: since,
        lacks: ["gpus: 2 needed, 1 offered"],
      },
      {
        agent: { id: "S9", hostname: longHost },
        at: since,
        lacks: ["gpus: 2 needed, 0 offered", "memory: 65536 MiB needed, 29184 MiB offered"],
      },
    ],
  };
  const whyOf = (slot: number): InstanceWhy => ({ ...waiting(slot), waitsSince: since - 240_000, shortage });
  cluster.whys.set("trainer-of-the-recommendation-model-for-the-second-shop", [0, 1, 2, 5].map(whyOf));
  cluster.whys.set("web", [{
    ...waiting(3),
    waitsSince: since - 9_000,
    shortage: {
      agents: 6,
      fitting: 2,
      lacks: [{ text: "cpus: 2 needed, 1 offered at most", agents: 4 }],
      nearest: [],
    },
  }]);
  const task = (pod: string, slot: number, state: PodInstance["state"] = "running") => ({
    pod,
    slot,
    task: `${pod}.${slot}`,
    state,
  });
  cluster.agentEntries = [
    agentEntry(0, { tasks: [task("checkout", 0), task("search", 0), task("web", 0)] }),
    agentEntry(1, { tasks: [task("search", 1), task("web", 1)] }),
    agentEntry(2, { state: "leaving", tasks: [task("search", 2, "stopping")] }),
    agentEntry(3, { tasks: [task("search", 3)] }),
    agentEntry(4, { tasks: [task("search", 4)] }),
    agentEntry(9, {
      hostname: longHost,
      state: "unreachable",
      tasks: [task("web", 2, "unreachable")],
      attributes: [
        { name: "rack", values: ["r19"] },
        {
          name: "machine",
          values: ["a-type-of-machine-with-a-name-that-nobody-wants-to-read-metal-24xlarge"],
        },
      ],
    }),
  ].map((agent) => agent.state === "unreachable" ? withoutOffer(agent) : agent);
  board.happen("operator: subscribed at the master 10.0.0.1:5050 as framework 6cb675d9-0001");
  board.happen("web: instance 2 is out of reach, with its agent", "web");
  return board;
}

function withoutOffer({ offered: _, ...agent }: AgentEntry): AgentEntry {
  return agent;
}

/** A thousand agents with ten tasks each. */
export function crowdedCluster(agents: number): FakeBoard {
  const board = new FakeBoard();
  const cluster = new FakeCluster();
  board.cluster = cluster;
  board.entries = Array.from(
    { length: agents },
    (_, index) =>
      podEntry(`pod-${String(index).padStart(4, "0")}`, {
        entry: { instances: Array.from({ length: 10 }, (_, slot) => instance(`pod-${index}`, slot)) },
        containers: [],
      }),
  );
  cluster.agentEntries = Array.from({ length: agents }, (_, index) =>
    agentEntry(index, {
      tasks: Array.from({ length: 10 }, (_, slot) => ({
        pod: `pod-${String(index).padStart(4, "0")}`,
        slot,
        task: `pod-${index}.${slot}`,
        state: "running" as const,
      })),
    }));
  return board;
}
