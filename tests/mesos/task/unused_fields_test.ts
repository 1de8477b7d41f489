import type { Volume } from "../../../src/mesos/wire/messages.ts";
import { SpecError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { type Asked, containerOf, docker, podFor, portsOf, warningsOf } from "./asking.ts";

const files = { "pod.yaml": "services: {web: {image: busybox}}" };
const label = { "mesolet.spec": "pod.yaml" };
const other = "has no effect: the pod is that of /sandbox/pod.yaml, by the label mesolet.spec";
const image = docker({ image: "a" });

const cases: readonly {
  readonly name: string;
  readonly asked: Asked;
  readonly warnings: readonly string[];
}[] = [
  {
    name: "a container beside a spec",
    asked: {
      files,
      task: {
        label,
        container: docker({ image: "a" }, { hostname: "h", volumes: [], network_infos: [{ name: "n" }] }),
      },
    },
    warnings: ["docker", "hostname", "network_infos"].map((field) => `TaskInfo.container.${field}: ${other}`),
  },
  {
    name: "a command beside a spec",
    asked: {
      files,
      words: ["redis:7"],
      task: {
        label,
        command: { value: "run", arguments: ["a"], uris: [{ value: "http://files/a.tgz" }] },
      },
    },
    warnings: [
      `TaskInfo.command.value: ${other}`,
      `TaskInfo.command.arguments: ${other}`,
      `the executor's arguments: ${other}`,
      "TaskInfo.command.uris: has no effect: an agent fetches those of the executor alone (executor.command.uris)",
    ],
  },
  {
    name: "arguments beside a shell",
    asked: { task: { container: image, command: { value: "run", arguments: ["a"] } } },
    warnings: [
      "TaskInfo.command.arguments: has no effect: arguments are for a command without a shell (shell: false)",
    ],
  },
  {
    name: "the executor's arguments beside a command",
    asked: { words: ["--port"], task: { container: image, command: { value: "run" } } },
    warnings: [
      "the executor's arguments: has no effect: the pod is that of the task's container (TaskInfo.container)",
    ],
  },
  {
    name: "labels of the executor",
    asked: {
      executor: {
        executor_id: { value: "e" },
        labels: { labels: [{ key: "mesolet.spec", value: "x" }, { key: "a.fileName" }, { key: "owner" }] },
      },
      task: { container: image },
    },
    warnings: ['"mesolet.spec"', '"a.fileName"'].map((key) =>
      `TaskInfo.executor.labels ${key}: has no effect: labels of the task are read, not of its executor`
    ),
  },
  {
    name: "members of a container that an engine has nothing of",
    asked: {
      task: {
        container: docker({ image: "a", network: "BRIDGE" }, {
          network_infos: [{ name: "net", labels: { labels: [{ key: "a" }] } }],
          tty_info: { window_size: { rows: 1, columns: 2 } },
          rlimit_info: { rlimits: [{ type: "RLMT_CORE" }, {}] },
        }),
      },
    },
    warnings: [
      "TaskInfo.container.tty_info.window_size: has no effect: nobody is at the terminal",
      "TaskInfo.container.rlimit_info.rlimits[1]: has no effect: its type is not known",
      "TaskInfo.container.network_infos[0].name: has no effect with docker.network BRIDGE: USER joins a network by its name",
      "TaskInfo.container.network_infos[0].labels: has no effect",
    ],
  },
  {
    name: "a limit of another resource",
    asked: { task: { container: image, limits: { disk: { value: 1 } } } },
    warnings: ["TaskInfo.limits.disk: has no effect"],
  },
  {
    name: "a label that is there twice",
    asked: {
      task: {
        container: image,
        labels: { labels: ["never", "never", "always"].map((value) => ({ key: "mesolet.pull", value })) },
      },
    },
    warnings: ['label mesolet.pull: has no effect: the label is there again, with "always"'],
  },
];

for (const { name, asked, warnings } of cases) {
  Deno.test(`not dropped in silence: ${name}`, async () => {
    assertEquals(warningsOf(await podFor(asked)), warnings);
  });
}

Deno.test("what Marathon gives twice is no surplus: the app's cmd in the data and behind the executor", async () => {
  const text = JSON.stringify({ container: { docker: { image: "busybox" } }, cmd: "run it" });
  assertEquals(warningsOf(await podFor({ words: ["run", "it"], task: { text } })), []);
});

Deno.test("the image of a container is that of its type, without a scheme", async () => {
  const old = await podFor({ task: { container: docker({ image: "docker:///library/redis:7" }) } });
  assertEquals(containerOf(old).image, "library/redis:7");
  const both = await podFor({
    task: {
      container: {
        type: "MESOS",
        docker: { image: "d", privileged: true },
        mesos: { image: { type: "DOCKER", docker: { name: "m" } } },
      },
    },
  });
  assertEquals([containerOf(both).image, containerOf(both).security.privileged], ["m", false]);
  assertEquals(warningsOf(both), [
    "TaskInfo.container.docker: has no effect: the container is of type MESOS and has an image of its own",
  ]);
});

Deno.test("ports of a container that cannot be are refused by their places", async () => {
  const container = docker({
    image: "a",
    network: "BRIDGE",
    port_mappings: [
      { host_port: 8080, container_port: 80 },
      { host_port: 31000, container_port: 0 },
      { host_port: 31001, container_port: 81 },
    ],
  });
  const error = await assertRejects(() => podFor({ task: { container, ports: "31000-31002" } }), SpecError);
  assertEquals(error.message.split("\n"), [
    "TaskInfo.container.docker.port_mappings[1].container_port: 0 is no port",
    "TaskInfo.container.docker.port_mappings[0].host_port: 8080 is none of the task's ports: 31000-31002",
  ]);
  const wished = docker({
    image: "a",
    network: "BRIDGE",
    port_mappings: [{ host_port: 8080, container_port: 80 }],
  });
  const pod = await podFor({
    task: { container: wished, ports: "31000", label: { "mesolet.ports": "80=PORT0" } },
  });
  assertEquals(portsOf(pod), ["app:80/tcp=31000"]);
});

Deno.test("volumes whose source cannot be told, or is outside of the sandbox, are refused", async () => {
  const source = (path: string): NonNullable<Volume["source"]> => ({
    type: "SANDBOX_PATH",
    sandbox_path: { type: "SELF", path },
  });
  const volumes: Volume[] = [
    { mode: "RW", container_path: "/a", source: {} },
    { mode: "RW", container_path: "/b", source: source("../../etc") },
    { mode: "RW", container_path: "/c", source: source("/etc") },
    { mode: "RW", container_path: "/d", source: source("data/..x") },
  ];
  const error = await assertRejects(
    () => podFor({ task: { container: docker({ image: "a" }, { volumes }) } }),
    SpecError,
  );
  assertEquals(error.message.split("\n"), [
    "TaskInfo.container.volumes[0]: its source is of a kind that is not known here",
    'TaskInfo.container.volumes[1]: "../../etc" is no path in the sandbox',
    'TaskInfo.container.volumes[2]: "/etc" is no path in the sandbox',
  ]);
});
