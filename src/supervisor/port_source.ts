import type { PortSource } from "../docker/pod_port.ts";
import type { Pod } from "../pod/model.ts";
import { pauseNameOf } from "../pod/names.ts";
import type { ContainerStatus } from "../pod/status.ts";

/** Where a port of a pod is asked: see `PortSource`. The container matters where each has a namespace of its own. */
export function portSourceOf(pod: Pod, container: ContainerStatus | undefined): PortSource {
  switch (pod.network.mode) {
    case "pod":
    case "existing":
      return { kind: "relay", container: pauseNameOf(pod.name) };
    case "host":
      return { kind: "host" };
    case "services":
    case "none":
      return { kind: "addresses", addresses: container?.addresses ?? [] };
  }
}
