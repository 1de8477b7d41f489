/** A pod as a job in the configuration language of Aurora, run by this program as a custom executor. */

import type { PodWish } from "../mesos/framework/wish/pod_wish.ts";
import { defaultCluster, type PodCluster, type Requirement } from "../pod/cluster.ts";
import { type Conversion, type ConversionSource, Report } from "./conversion.ts";
import {
  allNetworkFields,
  allServiceFields,
  allVolumeFields,
  reportLost,
  saysSomething,
  type TargetFields,
} from "./field_support.ts";
import { updateFields } from "./marathon.ts";
import { Call, mapping, megabytes, printPython } from "./python_text.ts";
import { noteSecrets, travellingWish } from "./travelling_wish.ts";

/** Where the job belongs. */
export interface AuroraChoices {
  readonly cluster: string;
  readonly role: string;
  readonly environment: string;
  /** What the scheduler's `-custom_executor_config` calls this program. */
  readonly executor: string;
}

/** What Aurora expresses: the spec travels whole in the job's metadata. */
export const auroraFields: TargetFields = {
  target: "a job of Aurora",
  services: allServiceFields,
  volumes: allVolumeFields,
  networks: allNetworkFields,
  "x-pod": {
    name: "expressed",
    network: "expressed",
    resources: "expressed",
    essential: "expressed",
    hooks: "expressed",
    pin: "expressed",
    docker_registry: "expressed",
    preload: "expressed",
    http_lifecycle: "expressed",
    ports: "partly",
    placement: "partly",
    replicas: "expressed",
    update: "partly",
    unreachable: "expressed",
  },
};

/** Aurora refuses a task without a disk. */
const leastDisk = 16;

/**
 * Makes the job, as a service: nothing in a spec says that a pod is not to run on.
 *
 * @throws {SpecError} where the spec cannot travel
 */
export function toAurora(source: ConversionSource, choices: AuroraChoices): Conversion {
  const report = new Report();
  const { pod } = source;
  reportLost(source.project, auroraFields, report);
  const { wish, own } = travellingWish(source, report);
  noteSecrets(source, report);
  report.note(
    "",
    `the scheduler has to know the executor ${choices.executor} (-custom_executor_config), ` +
      "as docs/mesos-aurora.md shows",
  );
  const cluster = pod.cluster ?? defaultCluster;
  const task = new Call("Task", [
    ["name", wish.name],
    ["processes", [processOf(wish, report)]],
    ["resources", resourcesOf(own)],
  ]);
  const constraints = constraintsOf(cluster, report);
  const job = new Call("Service", [
    ["cluster", choices.cluster],
    ["role", choices.role],
    ["environment", choices.environment],
    ["name", wish.name],
    ["instances", cluster.replicas],
    ["task", { name: "task" }],
    ["executor_config", new Call("ExecutorConfig", [["name", choices.executor], ["data", "{}"]])],
    ["metadata", [new Call("Metadata", [["key", "mesolet.spec-data"], ["value", wish.task.payload]])]],
    ...(constraints.size === 0 ? [] : [["constraints", mapping(constraints)] as const]),
    ["update_config", updateOf(source, cluster, report)],
    [
      "partition_policy",
      cluster.unreachableWait === null
        ? new Call("PartitionPolicy", [["reschedule", false]])
        : new Call("PartitionPolicy", [["delay_secs", Math.ceil(cluster.unreachableWait / 1000)]]),
    ],
  ]);
  return report.conversion(printPython([["task", task], ["jobs", [job]]]));
}

/** Aurora takes the ports of a task from the texts of its processes. The executor runs the pod, and no process. */
function processOf({ task, needs }: PodWish, report: Report): Call {
  const ports = needs.ports.map(({ fixed }, index) => {
    const [first] = task.ports.filter(({ need }) => need === index);
    if (fixed !== undefined && first !== undefined) {
      report.lost(
        `services.${first.container}.ports`,
        `${fixed} for ${first.target} becomes any port: Aurora gives out ports by names alone`,
      );
    }
    return (first?.name ?? `port-${index}`).replaceAll(/[^\w-]/g, "_");
  });
  const names = [...new Set(ports)].map((name) => ` {{thermos.ports[${name}]}}`);
  return new Call("Process", [["name", "pod"], ["cmdline", `mesolet executor${names.join("")}`]]);
}

function resourcesOf(
  { cpus, memory, disk, gpus }: {
    readonly cpus: number;
    readonly memory: number;
    readonly disk: number;
    readonly gpus: number;
  },
): Call {
  return new Call("Resources", [
    ["cpu", cpus],
    ["ram", megabytes(Math.ceil(memory))],
    ["disk", megabytes(Math.max(leastDisk, Math.ceil(disk)))],
    ...(gpus === 0 ? [] : [["gpu", gpus] as const]),
  ]);
}

/** Aurora knows a value, a list of values, and what is negated; and limits by an attribute. */
function constraintsOf({ placement }: PodCluster, report: Report): Map<string, string> {
  const found = new Map<string, string>();
  const put = (path: string, name: string, text: string) => {
    const own = attributeOf(name);
    if (found.has(own)) {
      report.lost(path, `Aurora takes one constraint for each attribute, and ${own} has one`);
    } else found.set(own, text);
  };
  for (const { name, test } of placement.require) {
    const path = `x-pod.placement.require.${name}`;
    const text = textOf(test);
    if (text === undefined) report.lost(path, "Aurora compares no values with regular expressions");
    else put(path, name, text);
  }
  placement.unique.forEach((name, index) => put(`x-pod.placement.unique[${index}]`, name, "limit:1"));
  placement.spread.forEach((_, index) =>
    report.lost(`x-pod.placement.spread[${index}]`, "Aurora spreads by limits alone, such as unique")
  );
  return found;
}

function attributeOf(name: string): string {
  if (name === "hostname") return "host";
  return name.startsWith("attributes.") ? name.slice("attributes.".length) : name;
}

function textOf(test: Requirement["test"]): string | undefined {
  switch (test.kind) {
    case "is":
      return test.value;
    case "not":
      return `!${test.value}`;
    case "in":
      return test.values.join(",");
    case "matches":
      return undefined;
  }
}

function updateOf({ project }: ConversionSource, { update }: PodCluster, report: Report): Call {
  const written = updateFields(project.extensions["x-pod"]);
  if (update.order === "start-first") {
    report.lost("x-pod.update.order", "Aurora stops an instance before it starts the new one");
  }
  if (saysSomething(written["on_failure"]) && update.onFailure === "continue") {
    report.lost(
      "x-pod.update.on_failure",
      "Aurora either takes an update back, or leaves it where it failed",
    );
  }
  return new Call("UpdateConfig", [
    ["batch_size", update.parallel],
    ["watch_secs", Math.ceil(update.healthyFor / 1000)],
    ["max_total_failures", update.maximumFailures],
    ["rollback_on_failure", update.onFailure === "rollback"],
  ]);
}
