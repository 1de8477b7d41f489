import type { PodStatus } from "../../pod/status.ts";
import type { AssignedPort } from "../task/task_pod.ts";

/**
 * The status of a task's pod with each published port at the container that declares it. In a shared namespace the pause
 * container publishes them, which no one who reads a status knows of; what was assigned is known from the task.
 */
export function withAssignedPorts(status: PodStatus, assigned: readonly AssignedPort[]): PodStatus {
  return {
    ...status,
    containers: status.containers.map((container) => {
      if (container.state !== "running" || container.ports.length > 0) return container;
      const ports = assigned.filter(({ container: name }) => name === container.name)
        .map(({ target, protocol, hostPort }) => ({
          target,
          protocol,
          hostAddress: "0.0.0.0",
          published: hostPort,
        }));
      return ports.length === 0 ? container : { ...container, ports };
    }),
  };
}
