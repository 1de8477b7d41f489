import type { Pod } from "../../pod/model.ts";
import { pauseNameOf } from "../../pod/names.ts";
import type { ContainerStatus, PodStatus } from "../../pod/status.ts";

/** Where the ports of a pod are asked. */
export type PortSource =
  /** Inside the network namespace of this container, which has the relay of the pause image. */
  | { readonly kind: "relay"; readonly container: string }
  /** From here, at the loopback of the host. */
  | { readonly kind: "host" }
  /** From here, at an address of the container. */
  | { readonly kind: "addresses"; readonly addresses: readonly string[] };

/** What checks of a task are made on at one moment: containers are started again, and then have other ids. */
export interface ProbeTarget {
  /** Id of the container that commands run in; absent while it does not run. */
  readonly container?: string;
  readonly ports: PortSource;
}

/**
 * What the checks of a pod are made on, by its status at this moment.
 *
 * HTTP and TCP checks ask the loopback of the task's network namespace. With a namespace for the whole pod that is
 * asked through the relay in the pause container, on the host's network from here. In `services` mode every container
 * has a namespace of its own and nothing in it to ask by: the container's address on its network is asked from here,
 * so the program has to listen there and not on its loopback alone.
 *
 * @param checkContainer the container's name in the spec; absent: the first essential one, else the first
 */
export function probeTargetOf(pod: Pod, status: PodStatus, checkContainer?: string): ProbeTarget {
  const name = checkContainer ?? pod.essential[0] ?? pod.containers[0]?.name;
  const container = status.containers.find((one) => one.name === name && one.state === "running");
  return {
    ...(container?.id === undefined ? {} : { container: container.id }),
    ports: portSourceOf(pod, container),
  };
}

function portSourceOf(pod: Pod, container: ContainerStatus | undefined): PortSource {
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
