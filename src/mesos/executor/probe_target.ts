import type { Pod } from "../../pod/model.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { PortSource } from "../../docker/pod_port.ts";
import { portSourceOf } from "../../supervisor/port_source.ts";

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
