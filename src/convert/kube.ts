/** A pod as a manifest of Kubernetes. */

import { printYaml } from "../compose/yaml_printer.ts";
import { defaultCluster } from "../pod/cluster.ts";
import { ExitCode, SpecError } from "../pod/errors.ts";
import type { Container, Pod, RestartPolicy } from "../pod/model.ts";
import { PlacementProblems } from "../plan/placement_problems.ts";
import { loopback, type SharedNamespace, shareNamespace } from "../plan/shared_namespace.ts";
import { supervisionBounds } from "../supervisor/supervision_bounds.ts";
import { type Conversion, type ConversionSource, Report } from "./conversion.ts";
import { reportLost } from "./field_support.ts";
import { splitByLife } from "./first_and_last.ts";
import { kubeContainers } from "./kube_container.ts";
import { kubeFields } from "./kube_fields.ts";
import { kubeName } from "./kube_names.ts";
import { deploymentOf, placementOf } from "./kube_placement.ts";
import { KubeStorage } from "./kube_storage.ts";
import { noteValues } from "./note_values.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a manifest has to say that no spec does. */
export interface KubeChoices {
  /** What a volume asks for: `1Gi`. */
  readonly volumeSize: string;
}

/**
 * Makes the manifest: a Pod, or a Deployment where there are to be several instances, and the objects beside it.
 *
 * @throws {SpecError} where two services cannot share a network, as they do in a pod
 */
export function toKube(source: ConversionSource, { volumeSize }: KubeChoices): Conversion {
  const report = new Report();
  const { project, pod } = source;
  reportLost(project, kubeFields, report);
  noteValues(source, report, { withSecrets: true });
  const cluster = pod.cluster ?? defaultCluster;
  const isDeployment = cluster.replicas !== 1;
  const labels = { app: kubeName(pod.name) };
  const storage = new KubeStorage(source, volumeSize, report);
  const { spec, annotations } = podSpec(source, storage, isDeployment, report);
  const extension = project.extensions["x-pod"];
  const isUnreachableSaid = typeof extension === "object" && extension !== null && "unreachable" in extension;
  const placed = { ...spec, ...placementOf(cluster, labels, { isUnreachableSaid }, report) };
  const metadata = {
    name: kubeName(pod.name),
    labels,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const { name: _name, ...templateMetadata } = metadata;
  const main: Fields = isDeployment
    ? {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: metadata.name, labels },
      spec: {
        ...deploymentOf(source, cluster, report),
        selector: { matchLabels: labels },
        template: { metadata: templateMetadata, spec: placed },
      },
    }
    : { apiVersion: "v1", kind: "Pod", metadata, spec: placed };
  return report.conversion([...storage.objects, main].map(printYaml).join("---\n"));
}

function podSpec(
  { project, pod }: ConversionSource,
  storage: KubeStorage,
  isDeployment: boolean,
  report: Report,
): { readonly spec: Fields; readonly annotations: Readonly<Record<string, string>> } {
  reportNetwork(pod, report);
  const problems = new PlacementProblems("compose");
  const shared = shareNamespace(pod, problems);
  if (problems.hasErrors) throw new SpecError(problems.problems, ExitCode.data);
  report.takeNotes(problems.problems);
  const { first, others } = splitByLife(
    pod,
    report,
    "Kubernetes starts the containers of a pod side by side",
  );
  const inits = first.flatMap((container) => kubeContainers(container, storage, report, { isInit: true }));
  const containers = others.flatMap((container) =>
    kubeContainers(container, storage, report, { isInit: false })
  );
  const { volumes } = storage;
  const security = podSecurity(pod, report);
  const spec = {
    ...namespacesOf(pod, report),
    ...hostNameOf(pod, shared),
    ...hostsOf(pod, shared, report),
    ...dnsOf(shared.pause),
    restartPolicy: restartPolicyOf(others, isDeployment, report),
    terminationGracePeriodSeconds: graceOf(others, report),
    ...(Object.keys(security).length === 0 ? {} : { securityContext: security }),
    ...totalOf(pod, project.extensions["x-pod"], report),
    ...(inits.length === 0 ? {} : { initContainers: inits }),
    containers,
    ...(volumes.length === 0 ? {} : { volumes }),
  };
  const annotations = Object.assign({}, ...pod.containers.map((container) => container.annotations));
  return { spec, annotations };
}

/** The containers of a pod of Kubernetes share its network, whatever a spec says. */
function reportNetwork({ network, networks }: Pod, report: Report): void {
  for (const { key, external } of networks) {
    if (external) report.lost(`networks.${key}`, "a pod joins no network but the cluster's");
  }
  const why: Readonly<Record<string, string>> = {
    services: "containers of a pod have one address, and their names stand for it",
    none: "every pod of Kubernetes has a network",
    existing: "the network of a pod is the cluster's",
  };
  const reason = why[network.mode];
  if (reason !== undefined) report.lost("x-pod.network", reason);
}

function namespacesOf({ network, containers }: Pod, report: Report): Fields {
  const share = (
    field: "network_mode" | "pid" | "ipc",
    namespace: "networkNamespace" | "pidNamespace" | "ipcNamespace",
  ): boolean => {
    const own = containers.filter((container) => container[namespace].kind !== "pod");
    const onHost = own.filter((container) => {
      const found = container[namespace];
      return found.kind === "engine" && found.mode === "host";
    });
    if (onHost.length > 0 && onHost.length === containers.length) return true;
    for (const { name } of own) {
      report.lost(`services.${name}.${field}`, "containers of a pod have one namespace, or all the host's");
    }
    return false;
  };
  const hostNetwork = share("network_mode", "networkNamespace") || network.mode === "host";
  const hostPID = share("pid", "pidNamespace");
  const hostIPC = share("ipc", "ipcNamespace");
  return {
    ...(hostNetwork ? { hostNetwork } : {}),
    ...(hostPID ? { hostPID } : {}),
    ...(hostIPC ? { hostIPC } : {}),
  };
}

/** That of the first container that has one; without any it is the pod's name here as there. */
function hostNameOf({ containers, network }: Pod, { pause }: SharedNamespace): Fields {
  const isSaid = network.mode !== "host" && containers.some(({ hostname }) => hostname !== undefined);
  return isSaid && pause.hostname !== undefined ? { hostname: kubeName(pause.hostname) } : {};
}

/** Names of services resolve to loopback, as in the pod's own network. */
function hostsOf({ containers }: Pod, { pause }: SharedNamespace, report: Report): Fields {
  for (const { name, extraHosts } of containers) {
    if (!extraHosts.some(({ addresses }) => addresses.includes("host-gateway"))) continue;
    report.lost(`services.${name}.extra_hosts`, "Kubernetes has no name for the address of the host");
  }
  const byAddress = new Map<string, string[]>();
  for (const { name, addresses } of pause.extraHosts) {
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) {
      const owner = containers.find((container) => name === container.name) === undefined
        ? ""
        : `services.${name}`;
      report.lost(
        owner,
        `the name ${name} resolves to nothing: Kubernetes takes no other letters than a-z, 0-9, - and .`,
      );
      continue;
    }
    for (const address of addresses) {
      if (address === "host-gateway") continue;
      byAddress.set(address, [...byAddress.get(address) ?? [], name]);
    }
  }
  const hostAliases = [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames }))
    .sort((one, other) => Number(other.ip === loopback) - Number(one.ip === loopback));
  return hostAliases.length === 0 ? {} : { hostAliases };
}

function dnsOf({ dns, dnsSearch, dnsOptions }: Container): Fields {
  if (dns.length + dnsSearch.length + dnsOptions.length === 0) return {};
  return {
    ...(dns.length === 0 ? {} : { dnsPolicy: "None" }),
    dnsConfig: {
      ...(dns.length === 0 ? {} : { nameservers: dns }),
      ...(dnsSearch.length === 0 ? {} : { searches: dnsSearch }),
      ...(dnsOptions.length === 0 ? {} : {
        options: dnsOptions.map((option) => {
          const [name, value] = option.split(":");
          return value === undefined ? { name } : { name, value };
        }),
      }),
    },
  };
}

/** One for all containers: the one that restarts most. */
function restartPolicyOf(containers: readonly Container[], isDeployment: boolean, report: Report): string {
  const wishOf = ({ kind }: RestartPolicy) =>
    kind === "always" || kind === "unless-stopped" ? "Always" : kind === "on-failure" ? "OnFailure" : "Never";
  const wishes = containers.map(({ restart }) => wishOf(restart));
  const policy = isDeployment || wishes.includes("Always")
    ? "Always"
    : wishes.includes("OnFailure")
    ? "OnFailure"
    : "Never";
  for (const { name, restart } of containers) {
    const path = `services.${name}.restart`;
    if (restart.maximumRetries !== undefined) report.lost(path, "Kubernetes does not count the tries");
    if (wishOf(restart) === policy) continue;
    report.lost(
      path,
      isDeployment
        ? `${restart.kind}: the pods of a Deployment restart whatever has ended`
        : `${restart.kind}: the containers of a pod have one policy, which is ${policy}`,
    );
  }
  return policy;
}

function graceOf(containers: readonly Container[], report: Report): number {
  const usual = supervisionBounds.defaultGraceSeconds * 1000;
  const graces = containers.map(({ stop }) => stop.graceMilliseconds ?? usual);
  const longest = Math.max(0, ...graces);
  for (const { name, stop } of containers) {
    if (stop.graceMilliseconds === undefined || stop.graceMilliseconds === longest) continue;
    report.lost(
      `services.${name}.stop_grace_period`,
      `the containers of a pod have one, which is ${Math.ceil(longest / 1000)} s`,
    );
  }
  return Math.ceil(longest / 1000);
}

function podSecurity({ containers }: Pod, report: Report): Fields {
  const groups = new Set<number>();
  const sysctls = new Map<string, string>();
  for (const container of containers) {
    for (const group of container.groups) {
      if (/^\d+$/.test(group)) groups.add(Number(group));
      else {report.lost(
          `services.${container.name}.group_add`,
          `${group}: Kubernetes takes groups by number alone`,
        );}
    }
    for (const [name, value] of Object.entries(container.sysctls)) {
      const known = sysctls.get(name);
      if (known === undefined) sysctls.set(name, value);
      else if (known !== value) {
        report.lost(`services.${container.name}.sysctls.${name}`, `the pod has one value, which is ${known}`);
      }
    }
  }
  return {
    ...(groups.size === 0 ? {} : { supplementalGroups: [...groups].sort((one, other) => one - other) }),
    ...(sysctls.size === 0 ? {} : { sysctls: [...sysctls].map(([name, value]) => ({ name, value })) }),
  };
}

/** Kubernetes has totals of pods since 1.34; older ones take no notice of the field. */
function totalOf({ resources, cluster }: Pod, extension: unknown, report: Report): Fields {
  const { milliCpus, memoryBytes } = resources ?? {};
  if (cluster?.gpus !== undefined && extension !== undefined) {
    report.lost("x-pod.resources.gpus", "GPUs are asked for by containers");
  }
  if (cluster?.diskBytes !== undefined) {
    report.lost("x-pod.resources.disk", "Kubernetes counts the disk of containers, not that of a pod");
  }
  if (milliCpus === undefined && memoryBytes === undefined) return {};
  report.note("x-pod.resources", "is held to by Kubernetes from 1.34 on (PodLevelResources)");
  return {
    resources: {
      limits: {
        ...(milliCpus === undefined ? {} : { cpu: `${milliCpus}m` }),
        ...(memoryBytes === undefined ? {} : { memory: String(memoryBytes) }),
      },
    },
  };
}
