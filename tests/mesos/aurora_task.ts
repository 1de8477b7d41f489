/**
 * The task that Aurora's scheduler makes of a job that runs by an executor of its configuration, in the words of Mesos.
 */
import type { ExecutorInfo, Resource } from "../../src/mesos/wire/messages.ts";
import type { TaskWish } from "./agent/strict_agent.ts";
import { type ThriftField, thriftStruct } from "./thrift_bytes.ts";

/** An entry of the file that `-custom_executor_config` names. */
export interface AuroraExecutor {
  readonly executor: Required<Pick<ExecutorInfo, "name" | "command" | "resources">>;
  readonly task_prefix: string;
}

/** A job as the JSON client of gorealis reads it. */
export interface AuroraJob {
  readonly name: string;
  readonly cpu: number;
  readonly ram_mb: number;
  readonly disk_mb: number;
  readonly executor: string;
  readonly ports: number;
  readonly uris: readonly { readonly uri: string; readonly extract: boolean; readonly cache: boolean }[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Where an instance goes. */
export interface AuroraOffer {
  readonly taskId: string;
  readonly frameworkId: string;
  readonly ports: readonly number[];
}

const role = "vagrant";
const environment = "prod";

/** The task of the first instance of a job. */
export function auroraTask(
  executors: readonly AuroraExecutor[],
  job: AuroraJob,
  offer: AuroraOffer,
): TaskWish {
  const found = executors.find(({ executor }) => executor.name === job.executor);
  if (found === undefined) throw new Error(`No executor is called ${job.executor}`);
  const { executor, task_prefix: prefix } = found;
  const source = `${role}.${environment}.${job.name}.0`;
  return {
    name: `${role}/${environment}/${job.name}`,
    task_id: { value: offer.taskId },
    resources: resourcesOf(job, offer.ports),
    labels: {
      labels: [
        { key: "org.apache.aurora.tier", value: "preemptible" },
        ...Object.entries(job.labels).map(([key, value]) => ({
          key: `org.apache.aurora.metadata.${key}`,
          value,
        })),
      ],
    },
    executor: {
      ...executor,
      executor_id: { value: `${prefix}${offer.taskId}` },
      framework_id: { value: offer.frameworkId },
      source,
      labels: { labels: [{ key: "source", value: source }] },
      command: {
        ...executor.command,
        uris: [
          ...(executor.command.uris ?? []),
          ...job.uris.map(({ uri, extract, cache }) => ({ value: uri, executable: false, extract, cache })),
        ],
      },
    },
    data: assignedTask(job, offer),
  };
}

function resourcesOf({ cpu, ram_mb, disk_mb }: AuroraJob, ports: readonly number[]): Resource[] {
  return [
    { name: "cpus", type: "SCALAR", scalar: { value: cpu } },
    { name: "mem", type: "SCALAR", scalar: { value: ram_mb } },
    { name: "disk", type: "SCALAR", scalar: { value: disk_mb } },
    {
      name: "ports",
      type: "RANGES",
      ranges: { range: ports.map((port) => ({ begin: port, end: port })) },
    },
  ];
}

/** The scheduler's AssignedTask in Thrift's binary protocol. */
function assignedTask(job: AuroraJob, { taskId, ports }: AuroraOffer): Uint8Array {
  const config: readonly ThriftField[] = [
    [7, true],
    [11, 0],
    [25, [[1, job.executor], [2, "{}"]]],
    [28, [[1, role], [2, environment], [3, job.name]]],
  ];
  const task: readonly ThriftField[] = [
    [1, taskId],
    [2, "agent"],
    [3, "127.0.0.1"],
    [4, config],
    [5, { pairs: ports.map((port, index) => [`org.apache.aurora.port.${index}`, port]) }],
    [6, 0],
  ];
  return thriftStruct(task);
}
