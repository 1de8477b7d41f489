import { withAssignedPorts } from "../../../src/mesos/executor/assigned_ports.ts";
import { containerStatusOf } from "../../../src/mesos/executor/task_report.ts";
import type { AssignedPort } from "../../../src/mesos/task/task_pod.ts";
import type { ContainerStatus, PodStatus } from "../../../src/pod/status.ts";
import { assertEquals } from "../../support/assert.ts";

function container(name: string, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    name,
    number: 1,
    containerName: `shop-${name}-1`,
    image: "busybox",
    state: "running",
    outOfMemory: false,
    restarts: 0,
    addresses: [],
    ports: [],
    essential: true,
    ...more,
  };
}

function pod(...containers: readonly ContainerStatus[]): PodStatus {
  return {
    pod: "shop",
    phase: "running",
    reason: "",
    reasonCode: "none",
    containers,
    observedAt: 0,
    address: "172.20.0.2",
  };
}

const assigned: readonly AssignedPort[] = [
  { container: "web", target: 8080, protocol: "tcp", hostPort: 31000 },
  { container: "dns", target: 53, protocol: "udp", hostPort: 31001 },
];

Deno.test("a framework is told which ports lead to the pod, though the pause container publishes them", () => {
  const status = withAssignedPorts(pod(container("cache"), container("dns"), container("web")), assigned);
  assertEquals(containerStatusOf(status)?.network_infos, [{
    ip_addresses: [{ protocol: "IPv4", ip_address: "172.20.0.2" }],
    port_mappings: [
      { host_port: 31001, container_port: 53, protocol: "udp" },
      { host_port: 31000, container_port: 8080, protocol: "tcp" },
    ],
  }]);
});

Deno.test("ports that a container publishes itself stay as the engine has them, and one that is down has none", () => {
  const own = [{ target: 8080, protocol: "tcp", hostAddress: "127.0.0.1", published: 31000 }];
  const status = pod(container("web", { ports: own }), container("dns", { state: "exited" }));
  assertEquals(withAssignedPorts(status, assigned), status);
});
