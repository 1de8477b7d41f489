import type { ObservedContainer } from "../plan/observed.ts";
import { Label } from "../pod/labels.ts";

/** Whether it is the container that holds a pod's namespaces: people did not write it. */
export function isPause(container: ObservedContainer): boolean {
  return container.labels[Label.role] === "pause";
}

/** The name in front of log lines: `web-1`. */
export function replicaName(labels: Readonly<Record<string, string>>, fallback: string): string {
  const service = labels[Label.container];
  return service === undefined ? fallback : `${service}-${labels[Label.number] ?? "1"}`;
}
