import { foundPorts } from "../../../../src/mesos/framework/cluster/found_ports.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import type { NetworkInfoPortMapping, TaskStatus } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { needing } from "../placement/offering.ts";
import { Play, wish } from "./playing.ts";

const tcp = { name: "http", protocol: "tcp", container: "web" } as const;
const udp = { name: "dns", protocol: "udp", container: "web" } as const;

function told(...port_mappings: NetworkInfoPortMapping[]): Pick<TaskStatus, "container_status"> {
  return { container_status: { network_infos: [{ port_mappings }] } };
}

function page(ports: PodWish["needs"]["ports"], task: PodWish["task"]["ports"]): PodWish {
  return wish("page", { needs: needing(1, 100, { ports }), task: { ...wish("").task, ports: task } });
}

Deno.test("found ports: by container port and protocol, in the order of the needs, or none at all", () => {
  const two = page([{}, {}], [{ ...udp, need: 0, target: 53 }, { ...tcp, need: 1, target: 80 }]);
  const twice = page([{}, {}], [{ ...tcp, need: 0, target: 80 }, { ...tcp, need: 1, target: 80 }]);
  const both = page([{}], [{ ...udp, need: 0, target: 53 }, { ...tcp, need: 0, target: 53 }]);
  const fixed = page([{ fixed: 8080 }], [{ ...tcp, need: 0, target: 80 }]);
  const http = { host_port: 31_001, container_port: 80 };
  const dns = { host_port: 31_000, container_port: 53, protocol: "udp" };
  const table: [string, PodWish, NetworkInfoPortMapping[], number[]][] = [
    ["in whatever order they are told", two, [http, dns], [31_000, 31_001]],
    ["one is not told", two, [http], []],
    ["which is whose cannot be known", twice, [http, { ...http, host_port: 31_002 }], []],
    ["one port of the host for both protocols", both, [dns, { ...dns, protocol: "tcp" }], [31_000]],
    ["the spec has said which", fixed, [], [8080]],
    ["none are needed", page([], []), [http], []],
  ];
  for (const [what, wanted, mappings, expected] of table) {
    assertEquals(
      foundPorts({ task_id: { value: "t" }, state: "TASK_RUNNING", ...told(...mappings) }, wanted),
      expected,
      what,
    );
  }
});

Deno.test("cluster: of a task that was found the ports are known again", () => {
  const play = new Play();
  const pod = page([{}], [{ ...tcp, need: 0, target: 80 }]);
  play.store.isWhole = false;
  play.restart();
  play.want(pod);
  play.say({ kind: "subscribed", isNew: false });
  play.update("page.0.v1.r9", "TASK_RUNNING", {
    reason: "REASON_RECONCILIATION",
    ...told({ host_port: 31_007, container_port: 80, protocol: "tcp" }),
  });
  play.update("marker.r1", "TASK_UNKNOWN");
  assertEquals(play.store.tasks.get("page.0.v1.r9")?.ports, [31_007]);
});
