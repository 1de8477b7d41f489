/** Where the instances of a pod run, and how they are updated, as a Deployment has it. */

import type { PodCluster, Requirement } from "../pod/cluster.ts";
import type { ConversionSource, Report } from "./conversion.ts";
import { saysSomething } from "./field_support.ts";
import { updateFields } from "./marathon.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Well-known labels of nodes (kubernetes.io, "Well-Known Labels, Annotations and Taints"). */
const nodeLabels: Readonly<Record<string, string>> = {
  hostname: "kubernetes.io/hostname",
  region: "topology.kubernetes.io/region",
  zone: "topology.kubernetes.io/zone",
};

/** `affinity`, `topologySpreadConstraints` and `tolerations` of a pod. */
export function placementOf(
  cluster: PodCluster,
  labels: Readonly<Record<string, string>>,
  { isUnreachableSaid }: { readonly isUnreachableSaid: boolean },
  report: Report,
): Fields {
  const { require, unique, spread } = cluster.placement;
  const expressions = require.flatMap((requirement) => expressionOf(requirement, report));
  const affinity: Fields = {
    ...(expressions.length === 0 ? {} : {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: expressions }],
        },
      },
    }),
    ...(unique.length === 0 ? {} : {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: unique.map((name) => ({
          labelSelector: { matchLabels: labels },
          topologyKey: nodeLabel(name),
        })),
      },
    }),
  };
  return {
    ...(Object.keys(affinity).length === 0 ? {} : { affinity }),
    ...(spread.length === 0 ? {} : {
      topologySpreadConstraints: spread.map((name) => ({
        maxSkew: 1,
        topologyKey: nodeLabel(name),
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      })),
    }),
    ...(isUnreachableSaid ? { tolerations: [tolerationOf(cluster.unreachableWait)] } : {}),
  };
}

function expressionOf({ name, test }: Requirement, report: Report): Fields[] {
  const key = nodeLabel(name);
  switch (test.kind) {
    case "is":
      return [{ key, operator: "In", values: [test.value] }];
    case "in":
      return [{ key, operator: "In", values: [...test.values] }];
    case "not":
      return [{ key, operator: "NotIn", values: [test.value] }];
    case "matches":
      report.lost(
        `x-pod.placement.require.${name}.matches`,
        "Kubernetes compares no labels with regular expressions",
      );
      return [];
  }
}

/** An attribute of an agent is a label of a node. */
function nodeLabel(name: string): string {
  return nodeLabels[name] ?? (name.startsWith("attributes.") ? name.slice("attributes.".length) : name);
}

function tolerationOf(wait: number | null): Fields {
  const toleration = { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" };
  return wait === null ? toleration : { ...toleration, tolerationSeconds: Math.ceil(wait / 1000) };
}

/** `replicas`, `strategy` and `minReadySeconds` of a Deployment. */
export function deploymentOf({ project }: ConversionSource, cluster: PodCluster, report: Report): Fields {
  const { update, replicas } = cluster;
  const written = updateFields(project.extensions["x-pod"]);
  if (saysSomething(written["max_failures"])) {
    report.lost("x-pod.update.max_failures", "a Deployment tries on");
  }
  if (saysSomething(written["on_failure"]) && update.onFailure !== "continue") {
    report.lost(
      "x-pod.update.on_failure",
      "a Deployment waits with the old instances that are left, and takes nothing back by itself",
    );
  }
  const isOverlapping = update.order === "start-first";
  return {
    replicas,
    minReadySeconds: Math.ceil(update.healthyFor / 1000),
    strategy: {
      type: "RollingUpdate",
      rollingUpdate: {
        maxUnavailable: isOverlapping ? 0 : update.parallel,
        maxSurge: isOverlapping ? update.parallel : 0,
      },
    },
  };
}
