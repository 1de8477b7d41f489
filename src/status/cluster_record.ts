import type { AgentEntry, ClusterBoard, InstanceWhy, PlaceShortage } from "../operator/cluster_board.ts";
import type { PodEntry } from "../operator/pod_board.ts";
import type { ReachablePod } from "../operator/reachable_pod.ts";
import { present } from "../pod/present.ts";
import { type MasterRecord, masterRecordOf } from "./master_record.ts";
import { type InstanceRecord, instanceRecordOf } from "./pod_record.ts";
import { cut, optionalTime, timeText } from "./record_text.ts";

/** The JSON of `/v1/` that there is for a cluster alone; as in pod_record.ts, each member is written out. */

/** `/v1/agents`. */
export interface AgentsRecord {
  readonly schema: 1;
  /** Sorted by hostname. */
  readonly agents: readonly AgentRecord[];
}

/** One agent. Times are RFC 3339 in UTC. */
export interface AgentRecord {
  readonly id: string;
  readonly hostname: string;
  readonly region?: string;
  readonly zone?: string;
  readonly attributes: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly state: string;
  readonly offered?: {
    readonly at: string;
    readonly roles: readonly string[];
    readonly cpus: number;
    readonly memory: number;
    readonly disk: number;
    readonly gpus: number;
    readonly ports: number;
  };
  readonly tasks: readonly {
    readonly pod: string;
    readonly slot: number;
    readonly task: string;
    readonly state: string;
  }[];
}

/** `/v1/pods/NAME/why`. */
export interface WhyRecord {
  readonly schema: 1;
  readonly pod: string;
  readonly phase: string;
  readonly reason: string;
  readonly master: MasterRecord;
  /** Those that are not ready, by slot. */
  readonly instances: readonly InstanceWhyRecord[];
}

export interface InstanceWhyRecord extends InstanceRecord {
  readonly waitsSince?: string;
  readonly shortage?: ShortageRecord;
}

export interface ShortageRecord {
  readonly agents: number;
  readonly fitting: number;
  readonly lacks: readonly { readonly text: string; readonly agents: number }[];
  readonly nearest: readonly {
    readonly agent: { readonly id: string; readonly hostname: string };
    readonly at: string;
    readonly lacks: readonly string[];
  }[];
}

/** `/v1/endpoints`. */
export interface EndpointsRecord {
  readonly schema: 1;
  readonly endpoints: readonly EndpointRecord[];
}

/** One published port of a pod, and where it is reached. */
export interface EndpointRecord {
  readonly pod: string;
  readonly name?: string;
  readonly container: string;
  /** What the container listens on. */
  readonly port: number;
  readonly protocol: string;
  readonly instances: readonly {
    readonly slot: number;
    readonly task: string;
    readonly host: string;
    readonly port: number;
  }[];
}

export function agentsRecordOf(cluster: Pick<ClusterBoard, "agents">): AgentsRecord {
  return { schema: 1, agents: cluster.agents().map(agentRecordOf) };
}

export function whyRecordOf(
  { name, status }: Pick<PodEntry, "name" | "status">,
  cluster: Pick<ClusterBoard, "why" | "master">,
): WhyRecord {
  return {
    schema: 1,
    pod: name,
    phase: status.phase,
    reason: cut(status.reason),
    master: masterRecordOf(cluster.master),
    instances: cluster.why(name).map(instanceWhyRecordOf),
  };
}

export function endpointsRecordOf(pods: readonly ReachablePod[]): EndpointsRecord {
  return {
    schema: 1,
    endpoints: pods.flatMap(({ pod, ports }) =>
      ports.map((port) =>
        present({
          pod,
          name: port.name,
          container: port.container,
          port: port.target,
          protocol: port.protocol,
          instances: port.places.map(({ slot, task, host, port }) => ({ slot, task, host, port })),
        })
      )
    ),
  };
}

function agentRecordOf({ offered, ...agent }: AgentEntry): AgentRecord {
  return present({
    id: agent.id,
    hostname: agent.hostname,
    region: agent.region,
    zone: agent.zone,
    attributes: agent.attributes.map(({ name, values }) => ({ name, values: [...values] })),
    state: agent.state,
    offered: offered && {
      at: timeText(offered.at),
      roles: [...offered.roles],
      cpus: offered.cpus,
      memory: offered.memory,
      disk: offered.disk,
      gpus: offered.gpus,
      ports: offered.ports,
    },
    tasks: agent.tasks.map(({ pod, slot, task, state }) => ({ pod, slot, task, state })),
  });
}

function instanceWhyRecordOf(instance: InstanceWhy): InstanceWhyRecord {
  return present({
    ...instanceRecordOf(instance),
    waitsSince: optionalTime(instance.waitsSince),
    shortage: instance.shortage && shortageRecordOf(instance.shortage),
  });
}

function shortageRecordOf({ agents, fitting, lacks, nearest }: PlaceShortage): ShortageRecord {
  return {
    agents,
    fitting,
    lacks: lacks.map(({ text, agents }) => ({ text: cut(text), agents })),
    nearest: nearest.map(({ agent, at, lacks }) => ({
      agent: { id: agent.id, hostname: agent.hostname },
      at: timeText(at),
      lacks: lacks.map(cut),
    })),
  };
}
