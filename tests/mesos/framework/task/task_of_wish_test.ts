import { splitResources } from "../../../../src/mesos/framework/task/split_resources.ts";
import { decodeSchedulerCall, encodeSchedulerCall } from "../../../../src/mesos/wire/codec.ts";
import type { Resource, SchedulerCall } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals, assertThrows } from "../../../support/assert.ts";
import { Amounts } from "../../master/amounts.ts";
import { taskProblem } from "../../master/task_rules.ts";
import { scalar } from "../placement/offering.ts";
import { taskOf, wishOf } from "../wish/wishing.ts";

const text = `
services:
  web: {image: i, ports: [{name: http, target: 80}, "5353:53/udp", "5353:53"], stop_grace_period: 20s}
x-pod: {resources: {cpus: 0.5, memory: 64m}, uris: [https://files.example/page.tgz]}
`;

Deno.test("task: what is launched of a wish", async () => {
  const wish = await wishOf(text);
  const { data, ...task } = taskOf(wish, {
    user: "www",
    environment: { DOCKER_HOST: "unix:///run/podman.sock" },
  });
  assertEquals(data?.toBase64(), wish.task.payload);
  const port = (name: string, target: number, number: number, protocol: string) => ({
    number,
    name,
    protocol,
    visibility: "CLUSTER" as const,
    labels: {
      labels: [{ key: "mesolet.container", value: "web" }, { key: "mesolet.port", value: String(target) }],
    },
  });
  assertEquals(task, {
    name: "shop",
    task_id: { value: "shop.0.v.1" },
    agent_id: { value: "agent-1" },
    resources: [
      scalar("cpus", 0.5),
      scalar("mem", 64),
      {
        name: "ports",
        type: "RANGES",
        ranges: { range: [{ begin: 1, end: 1 }, { begin: 5353, end: 5353 }] },
        allocation_info: { role: "mesolet" },
      },
    ],
    executor: {
      type: "CUSTOM",
      executor_id: { value: "shop.0.v.1" },
      framework_id: { value: "framework-1" },
      name: "shop",
      command: {
        value: "exec ./mesolet executor",
        uris: [
          {
            value: "http://operator.example/mesolet-1.2.3",
            output_file: "mesolet",
            executable: true,
            extract: false,
            cache: true,
          },
          { value: "https://files.example/page.tgz" },
        ],
        environment: { variables: [{ name: "DOCKER_HOST", value: "unix:///run/podman.sock" }] },
        user: "www",
      },
      resources: [scalar("cpus", 0.1), scalar("mem", 128)],
      shutdown_grace_period: { nanoseconds: 25e9 },
    },
    labels: {
      labels: [
        { key: "mesolet.pod", value: "shop" },
        { key: "mesolet.instance", value: "0" },
        { key: "mesolet.version", value: wish.version },
      ],
    },
    discovery: {
      visibility: "CLUSTER",
      name: "shop",
      version: wish.version,
      ports: {
        ports: [
          port("http", 80, 1, "tcp"),
          port("web-53", 53, 5353, "tcp"),
          port("web-53", 53, 5353, "udp"),
        ],
      },
    },
  });
});

Deno.test("task: a program that agents have", async () => {
  const wish = await wishOf("services: {a: {image: i}}");
  const task = taskOf(wish, { program: { kind: "file", path: "/opt/my tools/mesolet" } });
  assertEquals(task.executor?.command, {
    shell: false,
    value: "/opt/my tools/mesolet",
    arguments: ["/opt/my tools/mesolet", "executor"],
  });
  assertEquals(task.discovery, { visibility: "CLUSTER", name: "shop", version: wish.version });
});

Deno.test("task: the rules of the master hold, and both encodings keep it whole", async () => {
  const task = taskOf(await wishOf(text));
  const offered = Amounts.of([...task.resources ?? [], ...task.executor?.resources ?? []]);
  const site = {
    frameworkId: "framework-1",
    agentId: "agent-1",
    offered,
    executor: () => undefined,
    task: () => undefined,
  };
  assertEquals(taskProblem(task, site), undefined);
  const call: SchedulerCall = {
    type: "ACCEPT",
    framework_id: { value: "framework-1" },
    accept: { offer_ids: [], operations: [{ type: "LAUNCH", launch: { task_infos: [task] } }] },
  };
  for (const media of ["application/json", "application/x-protobuf"] as const) {
    const back = decodeSchedulerCall(encodeSchedulerCall(call, media), media);
    const [operation] = back.type === "ACCEPT" ? back.accept.operations ?? [] : [];
    assertEquals(operation?.launch?.task_infos?.[0], task);
  }
});

const reserved: Partial<Resource> = { reservations: [{ type: "DYNAMIC", role: "mesolet", principal: "p" }] };

const splits: readonly {
  readonly name: string;
  readonly taken: readonly Resource[];
  readonly task: readonly Resource[];
  readonly executor: readonly Resource[];
}[] = [
  {
    name: "of one lot",
    taken: [scalar("cpus", 1.3), scalar("mem", 256)],
    task: [scalar("cpus", 1.2), scalar("mem", 128)],
    executor: [scalar("cpus", 0.1), scalar("mem", 128)],
  },
  {
    name: "of several, each as it was offered",
    taken: [
      scalar("cpus", 0.07, reserved),
      scalar("cpus", 1),
      scalar("mem", 128, reserved),
      scalar("mem", 0.5),
    ],
    task: [scalar("cpus", 0.97), scalar("mem", 0.5)],
    executor: [scalar("cpus", 0.07, reserved), scalar("cpus", 0.03), scalar("mem", 128, reserved)],
  },
  {
    name: "in thousandths",
    taken: [scalar("cpus", 0.3), scalar("mem", 128.001), scalar("disk", 5)],
    task: [scalar("cpus", 0.2), scalar("mem", 0.001), scalar("disk", 5)],
    executor: [scalar("cpus", 0.1), scalar("mem", 128)],
  },
];

for (const { name, taken, ...expected } of splits) {
  Deno.test(`task: the executor's share: ${name}`, () => {
    assertEquals(splitResources(taken, { cpus: 100, memory: 128_000 }), expected);
  });
}

Deno.test("task: the executor's share has to be there", () => {
  assertThrows(() => splitResources([scalar("cpus", 0.05)], { cpus: 100 }), Error, "cpus of an executor");
});

Deno.test("task: what it may do beyond the policy of its agent is said to the executor, quoted for the shell", async () => {
  const { executor } = taskOf(await wishOf(text), { grants: ["privileged", "bind_mounts=/it's/data:ro"] });
  assertEquals(
    executor?.command?.value,
    String.raw`exec ./mesolet executor --allow privileged --allow 'bind_mounts=/it'\''s/data:ro'`,
  );
});
