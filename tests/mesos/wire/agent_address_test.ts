import { executorEndpoint, formatEndpoint } from "../../../src/mesos/wire/agent_address.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

const pid = { MESOS_SLAVE_PID: "slave(1)@10.0.0.7:5051" };

Deno.test("an executor finds its agent by the domain socket, the endpoint or the process id, in this order", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, boolean, string])[] = [
    [{ ...pid, MESOS_AGENT_ENDPOINT: "10.0.0.8:5052" }, false, "http://10.0.0.8:5052/api/v1/executor"],
    [{ ...pid, MESOS_AGENT_ENDPOINT: "10.0.0.8:5052" }, true, "https://10.0.0.8:5052/api/v1/executor"],
    [{ MESOS_AGENT_ENDPOINT: "agent.example:5052" }, false, "http://agent.example:5052/api/v1/executor"],
    [{ MESOS_AGENT_ENDPOINT: "[fe80::1%eth0]:5052" }, false, "http://[fe80::1%eth0]:5052/api/v1/executor"],
    [pid, false, "http://10.0.0.7:5051/api/v1/executor"],
    [{ ...pid, MESOS_DOMAIN_SOCKET: "" }, false, "http://10.0.0.7:5051/api/v1/executor"],
    [
      { ...pid, MESOS_AGENT_ENDPOINT: "10.0.0.8:5052", MESOS_DOMAIN_SOCKET: "/run/agent.sock" },
      true,
      "/slave(1)/api/v1/executor on the socket /run/agent.sock",
    ],
    [
      { MESOS_SLAVE_PID: "slave(12)@[::1]:5051", MESOS_DOMAIN_SOCKET: "/run/agent.sock" },
      false,
      "/slave(12)/api/v1/executor on the socket /run/agent.sock",
    ],
  ];
  for (const [environment, secure, expected] of cases) {
    assertEquals(formatEndpoint(executorEndpoint(environment, secure)), expected);
  }
});

Deno.test("an address that cannot be read names its variable", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{}, "MESOS_SLAVE_PID is not set. An agent sets it for its executors: start this as one"],
    [{ MESOS_DOMAIN_SOCKET: "/run/agent.sock" }, "MESOS_SLAVE_PID is not set"],
    [{ MESOS_SLAVE_PID: "10.0.0.7:5051" }, 'MESOS_SLAVE_PID is "10.0.0.7:5051", which names no agent'],
    [
      { MESOS_SLAVE_PID: "slave(1)@10.0.0.7" },
      'MESOS_SLAVE_PID is "10.0.0.7", which is no address of an agent',
    ],
    [{ MESOS_SLAVE_PID: "a/../b@10.0.0.7:5051" }, "names no agent"],
    [
      { MESOS_AGENT_ENDPOINT: "10.0.0.8" },
      'MESOS_AGENT_ENDPOINT is "10.0.0.8", which is no address of an agent',
    ],
    [{ MESOS_AGENT_ENDPOINT: "10.0.0.8:0" }, "It has the form HOST:PORT"],
    [{ MESOS_AGENT_ENDPOINT: "10.0.0.8:65536" }, "It has the form HOST:PORT"],
    [{ MESOS_AGENT_ENDPOINT: "http://10.0.0.8:5051" }, "It has the form HOST:PORT"],
  ];
  for (const [environment, message] of cases) {
    assertThrows(() => executorEndpoint(environment, false), MesoletError, message);
  }
});
