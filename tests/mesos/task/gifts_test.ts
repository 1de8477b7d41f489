import { podNameOf } from "../../../src/mesos/task/pod_name.ts";
import type { Resource, TaskInfo } from "../../../src/mesos/wire/messages.ts";
import { SpecError } from "../../../src/pod/errors.ts";
import { MesosLabel } from "../../../src/pod/labels.ts";
import { isPodName } from "../../../src/pod/names.ts";
import { place } from "../../../src/plan/place.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { host, objectOf } from "../../support/placing.ts";
import { containerOf, docker, podFor, variablesOf, warningsOf } from "./asking.ts";

const one = "services: {web: {image: a}}";
const scalar = (name: string, value: number, more: Partial<Resource> = {}): Resource => ({
  name,
  type: "SCALAR",
  scalar: { value },
  ...more,
});

const resources: readonly (readonly [string, Partial<TaskInfo>, unknown, readonly string[], string?])[] = [
  ["none", {}, undefined, []],
  ["cpus and mem", { resources: [scalar("cpus", 0.5), scalar("mem", 64)] }, [500, 67_108_864], []],
  [
    "several of one name, reserved and revocable ones too",
    {
      resources: [
        scalar("cpus", 0.1),
        scalar("cpus", 0.2, { reservations: [{ role: "web" }] }),
        scalar("cpus", 0.25, { revocable: {} }),
        scalar("mem", 32),
        scalar("mem", 16, { role: "web" }),
      ],
    },
    [550, 50_331_648],
    [],
  ],
  [
    "limits win",
    {
      resources: [scalar("cpus", 0.5), scalar("mem", 64)],
      limits: { cpus: { value: 2 }, mem: { value: 128 } },
    },
    [2000, 134_217_728],
    [],
  ],
  [
    "Infinity is no limit",
    {
      resources: [scalar("cpus", 0.5), scalar("mem", 64)],
      limits: { cpus: { value: Infinity }, mem: { value: Infinity } },
    },
    undefined,
    [],
  ],
  ["very little", { resources: [scalar("cpus", 0.0001)] }, [1, undefined], []],
  [
    "what is not held to",
    {
      resources: [scalar("disk", 10), scalar("gpus", 1), scalar("licences", 1), scalar("zero", 0)],
    },
    undefined,
    [
      "TaskInfo.resources.disk: is not enforced: containers may use more disk",
      "TaskInfo.resources.gpus: has no effect: no container of the pod asks for devices with gpus or deploy.resources",
      "TaskInfo.resources.licences: has no effect",
    ],
  ],
  [
    "GPUs that the spec asks for",
    { resources: [scalar("gpus", 1)] },
    undefined,
    [],
    "services: {web: {image: a, gpus: all}}",
  ],
  [
    "the spec's own total gives way",
    { resources: [scalar("cpus", 0.5)] },
    [500, 33_554_432],
    ["TaskInfo.data:1:51: x-pod.resources.cpus: gives way to what the task has"],
    "{services: {web: {image: a}}, x-pod: {resources: {cpus: 4, mem: 32m}}}",
  ],
  [
    "without a cgroup there is no total",
    {
      resources: [scalar("cpus", 0.5)],
      labels: { labels: [{ key: "mesolet.cgroup", value: "none" }] },
    },
    undefined,
    [],
  ],
];

for (const [name, task, expected, warnings, text = one] of resources) {
  Deno.test(`resources: ${name}`, async () => {
    const pod = await podFor({ task: { text, ...task } });
    const { resources: total } = pod.pod;
    assertEquals(total === undefined ? undefined : [total.milliCpus, total.memoryBytes], expected);
    assertEquals(warningsOf(pod), warnings);
  });
}

const variable = (name: string, value: string) => ({ name, value });

Deno.test("variables: the executor's, the task's, its place; what the container says wins", async () => {
  const secret = (data: Uint8Array) => ({ type: "VALUE", value: { data } }) as const;
  const pod = await podFor({
    task: {
      text:
        "services: {web: {image: a, environment: {OWN: mine, GONE: null, ASKED: null, PORT_9: null, HOST: spec}, ports: ['9']}}",
      command: {
        environment: {
          variables: [
            variable("BOTH", "task"),
            variable("OWN", "task"),
            variable("ASKED", "task"),
            { name: "KEY", type: "SECRET", secret: secret(new TextEncoder().encode("s")) },
            { name: "STORED", type: "SECRET", secret: { type: "REFERENCE", reference: { name: "x" } } },
            { name: "BINARY", type: "SECRET", secret: secret(new Uint8Array([0xff])) },
            variable("", "x"),
            variable("A=B", "x"),
            variable("NUL", "a\0b"),
            variable("MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "token"),
            variable("PORT", "1"),
          ],
        },
      },
      ports: "31000",
    },
    executor: {
      executor_id: { value: "e" },
      command: {
        environment: {
          variables: [
            variable("BOTH", "executor"),
            variable("EXECUTOR", "1"),
            variable("LIBPROCESS_SSL_KEY_FILE", "k"),
          ],
        },
      },
    },
    variables: {
      BOTH: "process",
      PROCESS: "1",
      MESOS_EXECUTOR_AUTHENTICATION_TOKEN: "token",
      LIBPROCESS_PORT: "0",
    },
  });
  assertEquals(variablesOf(pod), {
    ASKED: "task",
    BOTH: "task",
    EXECUTOR: "1",
    GONE: null,
    HOST: "spec",
    KEY: "s",
    MESOS_SANDBOX: "/mnt/mesos/sandbox",
    MESOS_TASK_ID: "shop.1",
    OWN: "mine",
    PORT: "31000",
    PORT0: "31000",
    PORTS: "31000",
    PORT_9: "31000",
    PORT_WEB_9: "31000",
    PROCESS: "1",
  });
  const left = "TaskInfo.command.environment: ";
  const secretLeft = "is left out: only secrets that come with the task as text are known here";
  assertEquals(warningsOf(pod), [
    `${left}STORED ${secretLeft}`,
    `${left}BINARY ${secretLeft}`,
    `${left}"" is no variable that a process can have, and is left out`,
    `${left}"A=B" is no variable that a process can have, and is left out`,
    `${left}"NUL" is no variable that a process can have, and is left out`,
    "TaskInfo.command.environment: MESOS_EXECUTOR_AUTHENTICATION_TOKEN is left out: variables of that name are the " +
    "executor's own",
  ]);
});

Deno.test("variables of the spec are those of the task, then .env of the sandbox", async () => {
  const pod = await podFor({
    task: { command: { environment: { variables: [variable("TAG", "7")] } } },
    files: {
      "compose.yaml": "services: {web: {image: 'redis:$TAG', command: '$FROM_FILE $HOST $MESOS_TASK_ID'}}",
      ".env": "TAG=6\nFROM_FILE=file\n",
    },
  });
  const web = containerOf(pod);
  assertEquals([web.image, web.command], ["redis:7", ["file", "node7.example", "shop.1"]]);
});

Deno.test("the sandbox is in every container, and paths in it are those of the host", async () => {
  const text = `services:
  web:
    image: a
    volumes: [./data:/data, /sandbox/x:/x:ro, /etc/hosts:/h, named:/n]
    secrets: [key]
  own: {image: b, volumes: ["/srv:/mnt/mesos/sandbox"]}
volumes: {named: {}}
secrets: {key: {file: ./key}}`;
  const pod = await podFor({ files: { "compose.yaml": text, key: "k" } });
  const mounts = (name: string) =>
    containerOf(pod, name).mounts.map(({ source, target, bind }) =>
      `${source} ${target} ${bind?.createHostPath}`
    );
  assertEquals(mounts("web"), [
    "/var/lib/mesos/runs/c1/data /data true",
    "/var/lib/mesos/runs/c1/x /x true",
    "/etc/hosts /h true",
    "named /n undefined",
    "/var/lib/mesos/runs/c1 /mnt/mesos/sandbox false",
  ]);
  assertEquals(mounts("own"), ["/srv /mnt/mesos/sandbox true"]);
  const [key] = containerOf(pod, "web").files;
  assertEquals(key?.content.kind === "file" ? key.content.path : "", "/var/lib/mesos/runs/c1/key");
  assertEquals(warningsOf(pod), [
    "/sandbox/compose.yaml:6:19: services.own.volumes: hides the task's sandbox, which is mounted at " +
    "/mnt/mesos/sandbox otherwise",
  ]);
  assertEquals(pod.pod.source.directory, "/var/lib/mesos/runs/c1");
});

Deno.test("paths start from the directory of the first file", async () => {
  const pod = await podFor({
    task: { label: { fileName: "sampleapp/docker-compose.yml,extra.yml" } },
    files: {
      "sampleapp/docker-compose.yml":
        "services: {web: {image: a, volumes: ['./html:/html'], env_file: vars}}",
      "sampleapp/vars": "A=b\n",
      "extra.yml": "services: {web: {init: true}}",
    },
  });
  assertEquals(containerOf(pod).mounts[0]?.source, "/var/lib/mesos/runs/c1/sampleapp/html");
  assertEquals(variablesOf(pod)["A"], "b");
});

Deno.test("container_name is a name in the pod, and none on the engine", async () => {
  const pod = await podFor({ task: { text: "services: {web: {image: a, container_name: front}}" } });
  const { placed } = place(pod.pod, host, { supervision: "mesolet", version: "test" });
  assertEquals(placed.containers.map(({ name }) => name.replace(/[0-9a-f]{10}/, "HASH")), [
    "shop-HASH_pause",
    "shop-HASH-web-1",
  ]);
  assertEquals(placed.containers[0]?.names, ["front", "web"]);
  assertEquals(warningsOf(pod), [
    "TaskInfo.data:1:28: services.web.container_name: is another name of the container in the pod, not its name on " +
    "the engine: two tasks could not both be called front",
  ]);
});

Deno.test("labels say whose everything is", async () => {
  const { pod } = await podFor({ task: { text: one } });
  assertEquals(pod.labels, {
    [MesosLabel.framework]: "framework-1",
    [MesosLabel.executor]: "executor-1",
    [MesosLabel.task]: "shop.1",
    [MesosLabel.agent]: "agent-1",
    [MesosLabel.container]: "c1",
  });
  const { placed } = place(pod, host, { supervision: "mesolet", version: "test" });
  for (const { body } of placed.containers) {
    assertEquals(objectOf(body["Labels"])[MesosLabel.task], "shop.1");
  }
});

Deno.test("a pod's name is the task's, and one for each task and container", () => {
  const identity = { frameworkId: "f", containerId: "c" };
  const name = (task: string, id = "t", more = {}) => podNameOf({ name: task, id }, { ...identity, ...more });
  const slug = (task: string) => name(task).replace(/-[0-9a-f]{10}$/, "");
  assertEquals(slug("Web.Shop/front"), "web-shop-front");
  assertEquals(slug("--ünï__"), "n");
  assertEquals(slug("🙂"), "task");
  assertEquals(slug("x".repeat(300)), "x".repeat(40));
  assertEquals(podNameOf({ name: "a", id: "t" }, identity, "mine").slice(0, 5), "mine-");
  const names = [
    name("a"),
    name("a", "u"),
    name("a", "t", { frameworkId: "g" }),
    name("a", "t", { containerId: "d" }),
    name("a", "t", { containerId: undefined }),
  ];
  assertEquals(new Set(names).size, names.length);
  assertEquals(name("a"), name("a"));
  for (const each of names) assertEquals(isPodName(each), true);
});

Deno.test("a spec that cannot be placed is refused as everywhere, and warnings have their places", async () => {
  const text = "services:\n  web:\n    image: a\n    build: .\n";
  assertEquals(warningsOf(await podFor({ task: { text } })), [
    "TaskInfo.data:4:5: services.web.build: is not done here: the image a is used as it is",
  ]);
  const error = await assertRejects(
    () => podFor({ task: { text: "services:\n  web:\n    image: a\n    use_api_socket: true\n" } }),
    SpecError,
  );
  assertEquals(
    error.message,
    "TaskInfo.data:4:5: services.web.use_api_socket: would hand the engine to the container: mount a socket on " +
      "purpose if it has to be",
  );
});

Deno.test("what no pod can have is told with what no project can have", async () => {
  const text = "services:\n  web:\n    image: a\n    user: 5\n    use_api_socket: true\n";
  const error = await assertRejects(() => podFor({ task: { text } }), SpecError);
  assertEquals(error.problems.map(({ path, position }) => [path, position?.line]), [
    ["services.web.user", 4],
    ["services.web.use_api_socket", 5],
  ]);
});

Deno.test("no profile, no pod: an empty group of files is told, not run", async () => {
  const text = "services: {web: {image: a, profiles: [x]}}";
  const error = await assertRejects(() => podFor({ task: { text } }), SpecError);
  assertEquals(
    error.message,
    "TaskInfo.data:1:1: services: no service is selected: add one, or activate a profile with " +
      "--profile",
  );
  const { pod } = await podFor({ task: { text }, variables: { COMPOSE_PROFILES: "x" } });
  assertEquals(pod.containers.length, 1);
  assertEquals((await podFor({ task: { container: docker({ image: "a" }) } })).pod.containers.length, 1);
});
