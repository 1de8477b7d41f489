import { checksInPod } from "../../../src/mesos/executor/check_ports.ts";
import type { AssignedPort } from "../../../src/mesos/task/task_pod.ts";
import { assertEquals } from "../../support/assert.ts";

const assigned: readonly AssignedPort[] = [
  { container: "web", target: 8080, protocol: "tcp", hostPort: 31000 },
  { container: "dns", target: 53, protocol: "udp", hostPort: 31001 },
];

Deno.test("checks: a port of the host stands for the container's port that is published on it", () => {
  const checks = checksInPod({
    health_check: { type: "HTTP", http: { port: 31000, path: "/health" }, interval_seconds: 5 },
    check: { type: "TCP", tcp: { port: 31000 } },
  }, assigned);
  assertEquals(checks, {
    health_check: { type: "HTTP", http: { port: 8080, path: "/health" }, interval_seconds: 5 },
    check: { type: "TCP", tcp: { port: 8080 } },
  });
});

Deno.test("checks: a port of the pod itself stays, and one that is published for UDP alone", () => {
  for (const port of [8080, 31001, 31002]) {
    const checks = {
      health_check: { type: "TCP" as const, tcp: { port } },
      check: { type: "HTTP" as const, http: { port } },
    };
    assertEquals(checksInPod(checks, assigned), checks);
  }
});

Deno.test("checks: commands and tasks without checks are left as they are", () => {
  const health_check = { type: "COMMAND" as const, command: { value: "true" } };
  assertEquals(checksInPod({ health_check }, assigned), { health_check });
  assertEquals(checksInPod({}, assigned), {});
});
