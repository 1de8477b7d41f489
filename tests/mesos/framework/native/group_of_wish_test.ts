import type { TaskGroup } from "../../../../src/mesos/framework/cluster/messages.ts";
import { AvailableResources } from "../../../../src/mesos/framework/placement/available_resources.ts";
import { shareOut } from "../../../../src/mesos/framework/native/share_out.ts";
import { digestsLabel } from "../../../../src/mesos/framework/pinned_wishes.ts";
import { launchBuilder } from "../../../../src/mesos/framework/task/launch_of_wish.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import { decodeSchedulerCall, encodeSchedulerCall } from "../../../../src/mesos/wire/codec.ts";
import type { Resource, SchedulerCall, TaskInfo } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { Amounts } from "../../master/amounts.ts";
import { groupProblem } from "../../master/task_rules.ts";
import { agent, ports, scalar } from "../placement/offering.ts";
import { wishOf } from "../wish/wishing.ts";

/** The group of a wish as it comes back from a store, on an agent that has just what it needs. */
function groupOf(given: PodWish, user?: string): TaskGroup {
  const wish: PodWish = JSON.parse(JSON.stringify(given));
  const build = launchBuilder({
    program: { kind: "uri", uri: "http://operator/mesolet" },
    ...(user === undefined ? {} : { user }),
  });
  const { cpus, memory, disk, gpus, ports: wanted } = wish.needs;
  const taken = new AvailableResources([
    ...Object.entries({ cpus, mem: memory, disk, gpus }).map(([name, amount]) => scalar(name, amount / 1000)),
    ...wanted.flatMap(({ fixed }) => fixed === undefined ? [] : ports(`${fixed}-${fixed}`)),
    ports("31000-32000"),
  ]).take(wish.needs);
  if (taken === undefined) throw new Error("there is not enough for the test");
  const id = `shop.0.${wish.version}.RUN`;
  const built = build(wish, {
    id,
    executorId: id,
    frameworkId: "FRAMEWORK",
    slot: 0,
    agent: agent("AGENT"),
    role: "mesolet",
    taken,
  });
  if (!("tasks" in built)) throw new Error("it is no group");
  return built;
}

/** The task of a service with these fields. */
async function taskOf(service: string, pod = ""): Promise<TaskInfo> {
  const wish = await wishOf(
    `services: {web: {image: i, ${service}}, other: {image: o}}\n` +
      `x-pod: {containerizer: mesos, ${pod}}\nvolumes: {data: {}}\n` +
      `configs: {c: {content: "a: 1"}}\nsecrets: {s: {file: ./secret}}`,
  );
  const task = groupOf(wish).tasks.find(({ name }) => name === "shop-web-1");
  if (task === undefined) throw new Error("there is no such task");
  return task;
}

const whole = `
services:
  web:
    image: nginx:1
    ports: ["80"]
    deploy: {resources: {reservations: {cpus: "0.5", memory: 64m}}}
    stop_grace_period: 20s
    labels: {team: red}
  worker: {image: worker, entrypoint: [work, -v], user: www, scale: 2}
x-pod: {containerizer: mesos, resources: {cpus: 1.5, memory: 256m, disk: 1g}}
`;

Deno.test("native group: what is launched of a wish", async () => {
  const wish = await wishOf(whole);
  const id = `shop.0.${wish.version}.RUN`;
  assertEquals([wish.needs.cpus, wish.needs.memory, wish.needs.disk], [1_600, 320_000, 1_056_000]);
  assertEquals([wish.stopTime, wish.hasHealth, wish.task.payload], [20_000, false, ""]);
  const labels = [
    { key: "mesolet.pod", value: "shop" },
    { key: "mesolet.instance", value: "0" },
    { key: "mesolet.version", value: wish.version },
  ];
  const { executor, tasks } = groupOf(wish, "nobody");
  const plain = ({ allocation_info: _role, ...resource }: Resource) => resource;
  assertEquals({ ...executor, resources: executor.resources?.map(plain) }, {
    type: "DEFAULT",
    executor_id: { value: id },
    framework_id: { value: "FRAMEWORK" },
    name: "shop",
    resources: [scalar("cpus", 0.1), scalar("mem", 64), scalar("disk", 1_056)].map(plain),
    shutdown_grace_period: { nanoseconds: 25e9 },
    labels: { labels },
  });
  const worker = (number: number) => ({
    name: `shop-worker-${number}`,
    task_id: { value: `${id}.worker-${number}` },
    agent_id: { value: "AGENT" },
    resources: [scalar("cpus", 0.5), scalar("mem", 96)].map(plain),
    command: { shell: false, value: "work", arguments: ["work", "-v"], user: "www" },
    container: { type: "MESOS", mesos: { image: { type: "DOCKER", docker: { name: "worker" } } } },
    kill_policy: { grace_period: { nanoseconds: 10e9 } },
    labels: { labels: [...labels, { key: "mesolet.container", value: "worker" }] },
    discovery: { visibility: "CLUSTER", name: "shop", version: wish.version },
  });
  const port = { begin: 80, end: 80 };
  assertEquals(
    tasks.map(({ resources, ...task }) => ({ ...task, resources: resources?.map(plain) })) as unknown,
    [
      {
        name: "shop-web-1",
        task_id: { value: `${id}.web-1` },
        agent_id: { value: "AGENT" },
        resources: [
          scalar("cpus", 0.5),
          scalar("mem", 64),
          { name: "ports", type: "RANGES", ranges: { range: [port] } } as const,
        ].map(plain),
        command: { shell: false, user: "nobody" },
        container: { type: "MESOS", mesos: { image: { type: "DOCKER", docker: { name: "nginx:1" } } } },
        kill_policy: { grace_period: { nanoseconds: 20e9 } },
        labels: {
          labels: [...labels, { key: "team", value: "red" }, { key: "mesolet.container", value: "web" }],
        },
        discovery: {
          visibility: "CLUSTER",
          name: "shop",
          version: wish.version,
          ports: {
            ports: [{
              number: 80,
              name: "web-80",
              protocol: "tcp",
              visibility: "CLUSTER",
              labels: {
                labels: [{ key: "mesolet.container", value: "web" }, { key: "mesolet.port", value: "80" }],
              },
            }],
          },
        },
      },
      worker(1),
      worker(2),
    ],
  );
});

Deno.test("native group: the rules of the master hold, and both encodings keep it whole", async () => {
  const { executor, tasks } = groupOf(await wishOf(whole));
  const all = [...executor.resources ?? [], ...tasks.flatMap(({ resources = [] }) => resources)];
  const allocated = (resources: readonly Resource[] = []) =>
    resources.map((resource) => ({ ...resource, allocation_info: { role: "mesolet" } }));
  const site = {
    frameworkId: "FRAMEWORK",
    agentId: "AGENT",
    offered: Amounts.of(allocated(all)),
    executor: () => undefined,
    task: () => undefined,
  };
  const judged = tasks.map((task) => ({ ...task, resources: allocated(task.resources) }));
  assertEquals(
    groupProblem(judged, { ...executor, resources: allocated(executor.resources) }, site),
    undefined,
  );
  const call: SchedulerCall = {
    type: "ACCEPT",
    framework_id: { value: "FRAMEWORK" },
    accept: {
      offer_ids: [],
      operations: [{ type: "LAUNCH_GROUP", launch_group: { executor, task_group: { tasks } } }],
    },
  };
  for (const media of ["application/json", "application/x-protobuf"] as const) {
    const back = decodeSchedulerCall(encodeSchedulerCall(call, media), media);
    const [operation] = back.type === "ACCEPT" ? back.accept.operations ?? [] : [];
    assertEquals(operation?.launch_group, { executor, task_group: { tasks } });
  }
});

const commands: readonly (readonly [service: string, command: TaskInfo["command"]])[] = [
  ["command: ", { shell: false }],
  ["entrypoint: [a, b], command: [c]", { shell: false, value: "a", arguments: ["a", "b", "c"] }],
  ["entrypoint: [], command: [c, d]", { shell: false, value: "c", arguments: ["c", "d"] }],
  ["entrypoint: sh -c 'echo hi'", { shell: false, value: "sh", arguments: ["sh", "-c", "echo hi"] }],
  ["environment: {A: one}", { shell: false, environment: { variables: [{ name: "A", value: "one" }] } }],
];

for (const [service, command] of commands) {
  Deno.test(`native group: the command of ${service}`, async () => {
    assertEquals((await taskOf(service)).command, command);
  });
}

const containers: readonly (readonly [service: string, container: Record<string, unknown>])[] = [
  ["pull_policy: always", { mesos: { image: { type: "DOCKER", docker: { name: "i" }, cached: false } } }],
  ["volumes: [/srv:/s:ro, data:/d, /anonymous]", {
    volumes: [
      { mode: "RO", container_path: "/s", host_path: "/srv" },
      {
        mode: "RW",
        container_path: "/d",
        source: { type: "SANDBOX_PATH", sandbox_path: { type: "PARENT", path: "volumes/data" } },
      },
      {
        mode: "RW",
        container_path: "/anonymous",
        source: { type: "SANDBOX_PATH", sandbox_path: { type: "SELF", path: "volumes/2" } },
      },
    ],
  }],
  ["volumes: [{type: bind, source: /s, target: /t, bind: {propagation: rshared}}]", {
    volumes: [{
      mode: "RW",
      container_path: "/t",
      source: {
        type: "HOST_PATH",
        host_path: { path: "/s", mount_propagation: { mode: "BIDIRECTIONAL" } },
      },
    }],
  }],
  ["volumes: [{type: volume, source: data, target: /t, volume: {subpath: a/b}}]", {
    volumes: [{
      mode: "RW",
      container_path: "/t",
      source: { type: "SANDBOX_PATH", sandbox_path: { type: "PARENT", path: "volumes/data/a/b" } },
    }],
  }],
  ["volumes: [{type: image, source: tools, target: /t, read_only: true}]", {
    volumes: [{ mode: "RO", container_path: "/t", image: { type: "DOCKER", docker: { name: "tools" } } }],
  }],
  ["configs: [{source: c, target: /etc/c}]", {
    volumes: [{
      mode: "RO",
      container_path: "/etc/c",
      source: {
        type: "SECRET",
        secret: { type: "VALUE", value: { data: new TextEncoder().encode("a: 1") } },
      },
    }],
  }],
  ["cap_drop: [ALL], cap_add: [NET_ADMIN, cap_chown]", {
    linux_info: {
      effective_capabilities: { capabilities: ["CHOWN", "NET_ADMIN"] },
      bounding_capabilities: { capabilities: ["CHOWN", "NET_ADMIN"] },
    },
  }],
  ["pid: service:other", { linux_info: { share_pid_namespace: true } }],
  ["ipc: private", { linux_info: { ipc_mode: "PRIVATE" } }],
  ["security_opt: [seccomp=unconfined]", { linux_info: { seccomp: { unconfined: true } } }],
  ["ulimits: {nofile: {soft: 10, hard: 20}, core: -1}", {
    rlimit_info: { rlimits: [{ type: "RLMT_NOFILE", soft: 10, hard: 20 }, { type: "RLMT_CORE" }] },
  }],
  ["mem_limit: 64m", { linux_info: { share_cgroups: false } }],
];

for (const [service, container] of containers) {
  Deno.test(`native group: the container of ${service}`, async () => {
    assertEquals((await taskOf(service)).container as unknown, {
      type: "MESOS",
      mesos: { image: { type: "DOCKER", docker: { name: "i" } } },
      ...container,
    });
  });
}

const checks: readonly (readonly [check: string, health: TaskInfo["health_check"]])[] = [
  ["{test: [NONE]}", undefined],
  ["{test: curl -f localhost}", {
    type: "COMMAND",
    command: { shell: true, value: "curl -f localhost" },
    delay_seconds: 30,
    interval_seconds: 30,
    timeout_seconds: 30,
    consecutive_failures: 3,
    grace_period_seconds: 0,
  }],
  [
    "{test: [CMD, ok, -q], interval: 10s, timeout: 1500ms, retries: 5, start_period: 1m, start_interval: 2s}",
    {
      type: "COMMAND",
      command: { shell: false, value: "ok", arguments: ["ok", "-q"] },
      delay_seconds: 2,
      interval_seconds: 10,
      timeout_seconds: 1.5,
      consecutive_failures: 5,
      grace_period_seconds: 60,
    },
  ],
];

for (const [check, health] of checks) {
  Deno.test(`native group: the check ${check}`, async () => {
    assertEquals((await taskOf(`healthcheck: ${check}`)).health_check, health);
  });
}

Deno.test("native group: limits are those of each container, and hold where one has any", async () => {
  const limits = "deploy: {resources: {limits: {cpus: '2', memory: 64m}, reservations: {cpus: '0.5'}}}";
  const wish = await wishOf(
    `services: {a: {image: i, ${limits}}, b: {image: i}}\nx-pod: {containerizer: mesos}`,
  );
  const told = groupOf(wish).tasks.map(({ resources = [], limits, container }) => ({
    resources: resources.map(({ name, scalar }) => `${name} ${scalar?.value}`),
    limits,
    shares: container?.linux_info?.share_cgroups,
  }));
  assertEquals(told as unknown, [
    { resources: ["cpus 0.5", "mem 64"], limits: { cpus: { value: 2 }, mem: { value: 64 } }, shares: false },
    { resources: ["cpus 0.1", "mem 128"], limits: undefined, shares: false },
  ]);
});

Deno.test("native group: on a CNI network the executor has the network, and leads ports to it", async () => {
  const wish = await wishOf(
    'services: {web: {image: i, ports: ["8080:80", "53:53/udp", "53"]}, b: {image: b}}\n' +
      "x-pod: {containerizer: mesos, network: cni-red}",
  );
  const { executor, tasks } = groupOf(wish);
  assertEquals(executor.container, {
    type: "MESOS",
    network_infos: [{
      name: "cni-red",
      port_mappings: [
        { host_port: 8080, container_port: 80, protocol: "tcp" },
        { host_port: 53, container_port: 53, protocol: "udp" },
        { host_port: 31_000, container_port: 53, protocol: "tcp" },
      ],
    }],
  });
  assertEquals(tasks.map(({ container }) => container?.network_infos), [undefined, undefined]);
});

Deno.test("native group: images by digest, and secrets that are in nothing that is told", async () => {
  const wish = await wishOf({
    text: "services: {a: {image: 'i:1', secrets: [s]}}\nsecrets: {s: {file: ./secret}}\n" +
      "x-pod: {containerizer: mesos, pin: true}",
    files: { secret: "shibboleth" },
  });
  const digest = `sha256:${"1".repeat(64)}`;
  const [task] = groupOf({
    ...wish,
    task: { ...wish.task, labels: { [digestsLabel]: `i:1=${digest}` } },
  }).tasks;
  assertEquals(wish.pins, ["i:1"]);
  assertEquals(task?.container?.mesos?.image?.docker?.name, `i@${digest}`);
  const [volume] = task?.container?.volumes ?? [];
  assertEquals(volume?.container_path, "/run/secrets/s");
  assertEquals(new TextDecoder().decode(volume?.source?.secret?.value?.data), "shibboleth");
});

Deno.test("native group: another containerizer is another version", async () => {
  const text = "services: {a: {image: i}}\nx-pod: {network: host, resources: {cpus: 1, memory: 64m}";
  const versions = [await wishOf(`${text}}`), await wishOf(`${text}, containerizer: mesos}`)]
    .map(({ version }) => version);
  assertEquals(new Set(versions).size, 2);
});

Deno.test("native group: resources are shared out as they were offered", () => {
  const reserved: Partial<Resource> = {
    reservations: [{ type: "DYNAMIC", role: "mesolet", principal: "p" }],
  };
  const taken = [scalar("cpus", 0.3, reserved), scalar("cpus", 1), scalar("mem", 100), ports("31000-31001")];
  const shares = shareOut(taken, [
    { cpus: 100, memory: 50_000, disk: 0, gpus: 0, ports: [] },
    { cpus: 1_000, memory: 50_000, disk: 0, gpus: 0, ports: [31_001] },
    { cpus: 200, memory: 0, disk: 0, gpus: 0, ports: [31_000] },
  ]);
  assertEquals(shares, [
    [scalar("cpus", 0.1, reserved), scalar("mem", 50)],
    [scalar("cpus", 0.2, reserved), scalar("cpus", 0.8), scalar("mem", 50), ports("31001-31001")],
    [scalar("cpus", 0.2), ports("31000-31000")],
  ]);
});
