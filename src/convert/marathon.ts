/** A pod as an app of Marathon that runs by this program as its executor. */

import type { ExecutorProgram } from "../mesos/framework/task/task_of_wish.ts";
import type { PodWish, TaskPort } from "../mesos/framework/wish/pod_wish.ts";
import type { Requirement } from "../pod/cluster.ts";
import { defaultCluster, type PodCluster } from "../pod/cluster.ts";
import { type Conversion, type ConversionSource, Report } from "./conversion.ts";
import {
  allNetworkFields,
  allServiceFields,
  allVolumeFields,
  reportLost,
  saysSomething,
  type TargetFields,
} from "./field_support.ts";
import { noteSecrets, travellingWish } from "./travelling_wish.ts";

/** What Marathon expresses: the spec travels whole in a label. */
export const marathonFields: TargetFields = {
  target: "an app of Marathon",
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
    placement: "expressed",
    replicas: "expressed",
    update: "partly",
    unreachable: "expressed",
    roles: "expressed",
    uris: "expressed",
  },
};

/** Marathon gives executors no resources of their own: with less, an agent that counts memory ends the executor. */
const leastMemory = 128;

/**
 * Makes the app.
 *
 * @throws {SpecError} where the spec cannot travel
 */
export function toMarathon(
  source: ConversionSource,
  { program }: { readonly program: ExecutorProgram },
): Conversion {
  const report = new Report();
  const { pod } = source;
  reportLost(source.project, marathonFields, report);
  const { wish, own } = travellingWish(source, report);
  noteSecrets(source, report);
  if (own.memory < leastMemory) {
    report.note(
      "x-pod.resources.memory",
      `is ${leastMemory} MiB in the app: Marathon has no resources for the executor beside it`,
    );
  }
  const cluster = pod.cluster ?? defaultCluster;
  const constraints = constraintsOf(cluster);
  const app = {
    id: `/${pod.name.replaceAll("_", "-").replace(/-+$/, "")}`,
    // Without a command Marathon's own is not run by a shell, and with a blank it is.
    cmd: " ",
    executor: program.kind === "uri" ? "./mesolet" : program.path,
    cpus: own.cpus,
    mem: Math.max(leastMemory, own.memory),
    ...(own.disk === 0 ? {} : { disk: own.disk }),
    ...(own.gpus === 0 ? {} : { gpus: own.gpus }),
    instances: cluster.replicas,
    ...(cluster.roles === undefined ? {} : { acceptedResourceRoles: cluster.roles }),
    ...(constraints.length === 0 ? {} : { constraints }),
    fetch: fetchOf(program, cluster.uris),
    labels: { "mesolet.spec-data": wish.task.payload },
    ...portsOf(wish, report),
    upgradeStrategy: upgradeOf(source, cluster, report),
    unreachableStrategy: unreachableOf(cluster),
    // As with us: what was scaled up last goes first.
    killSelection: "YOUNGEST_FIRST",
  };
  return report.conversion(`${JSON.stringify(app, null, 2)}\n`);
}

function fetchOf(program: ExecutorProgram, uris: readonly string[]): readonly object[] {
  return [
    ...(program.kind === "file"
      ? []
      : [{ uri: program.uri, destPath: "mesolet", executable: true, extract: false, cache: true }]),
    ...uris.map((uri) => ({ uri, extract: true })),
  ];
}

/** Marathon's fields for what is no attribute of an agent (docs/constraints.md of Marathon). */
const fieldNames: Readonly<Record<string, string>> = {
  hostname: "@hostname",
  region: "@region",
  zone: "@zone",
};

function constraintsOf({ placement }: PodCluster): readonly (readonly string[])[] {
  return [
    ...placement.require.map(constraintOf),
    ...placement.unique.map((name) => [fieldNameOf(name), "UNIQUE"]),
    ...placement.spread.map((name) => [fieldNameOf(name), "GROUP_BY"]),
  ];
}

function constraintOf({ name, test }: Requirement): string[] {
  const field = fieldNameOf(name);
  switch (test.kind) {
    case "is":
      return [field, "LIKE", literal(test.value)];
    case "not":
      return [field, "UNLIKE", literal(test.value)];
    case "in":
      return [field, "LIKE", test.values.map(literal).join("|")];
    case "matches":
      return [field, "LIKE", test.pattern];
  }
}

function fieldNameOf(name: string): string {
  return fieldNames[name] ?? (name.startsWith("attributes.") ? name.slice("attributes.".length) : name);
}

/** Both LIKE and UNLIKE match the whole value. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Either all ports of the host are those of the spec, or all are any: Marathon knows no mixture. */
function portsOf(
  { needs, task }: PodWish,
  report: Report,
): { readonly portDefinitions: readonly object[]; readonly requirePorts: boolean } {
  const fixed = needs.ports.filter(({ fixed }) => fixed !== undefined).length;
  const requirePorts = fixed > 0 && fixed === needs.ports.length;
  const names = new Set<string>();
  const portDefinitions = needs.ports.map(({ fixed: port }, index) => {
    const ports = task.ports.filter(({ need }) => need === index);
    for (const { container, target } of requirePorts || port === undefined ? [] : ports) {
      report.lost(
        `services.${container}.ports`,
        `${port} for ${target} becomes any port: in Marathon an app has all of its ports fixed, or none`,
      );
    }
    const name = nameOf(ports, names, report);
    return {
      port: requirePorts ? port ?? 0 : 0,
      protocol: protocolOf(ports, report),
      ...(name === undefined ? {} : { name }),
    };
  });
  return { portDefinitions, requirePorts };
}

function nameOf([first]: readonly TaskPort[], taken: Set<string>, report: Report): string | undefined {
  if (first === undefined) return undefined;
  const name = first.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  if (name !== first.name) {
    report.note(
      `services.${first.container}.ports`,
      `${first.name} is called ${name || "nothing"} in Marathon`,
    );
  }
  if (name === "" || taken.has(name)) return undefined;
  taken.add(name);
  return name;
}

function protocolOf(ports: readonly TaskPort[], report: Report): string {
  for (const { container, protocol } of ports) {
    if (protocol !== "sctp") continue;
    report.lost(
      `services.${container}.ports`,
      "Marathon knows tcp and udp alone, and calls a port of sctp tcp",
    );
  }
  const isUdp = ports.some(({ protocol }) => protocol === "udp");
  const isOther = ports.some(({ protocol }) => protocol !== "udp");
  return isUdp && isOther ? "udp,tcp" : isUdp ? "udp" : "tcp";
}

/** Capacities are shares of all instances. */
function upgradeOf(
  { project }: ConversionSource,
  { update, replicas }: PodCluster,
  report: Report,
): { readonly minimumHealthCapacity: number; readonly maximumOverCapacity: number } {
  const reasons: Readonly<Record<string, string>> = {
    healthy_for: "Marathon goes on as soon as a new instance is healthy",
    max_failures: "Marathon tries new instances for as long as the deployment lasts",
    on_failure: "Marathon neither pauses a deployment nor takes it back by itself",
  };
  const written = updateFields(project.extensions["x-pod"]);
  for (const [field, why] of Object.entries(reasons)) {
    if (saysSomething(written[field])) report.lost(`x-pod.update.${field}`, why);
  }
  const share = replicas === 0 ? 1 : Math.min(1, update.parallel / replicas);
  return update.order === "start-first"
    ? { minimumHealthCapacity: 1, maximumOverCapacity: rounded(share) }
    : { minimumHealthCapacity: rounded(1 - share), maximumOverCapacity: 0 };
}

/** `x-pod.update`, as written. */
export function updateFields(extension: unknown): Readonly<Record<string, unknown>> {
  const update = typeof extension === "object" && extension !== null && "update" in extension
    ? extension.update
    : undefined;
  return typeof update === "object" && update !== null ? Object.fromEntries(Object.entries(update)) : {};
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

function unreachableOf({ unreachableWait }: PodCluster): unknown {
  if (unreachableWait === null) return "disabled";
  const seconds = Math.ceil(unreachableWait / 1000);
  return { inactiveAfterSeconds: seconds, expungeAfterSeconds: seconds };
}
