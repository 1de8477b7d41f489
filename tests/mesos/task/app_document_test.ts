import { SpecError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { type Asked, containerOf, mountText, podFor, portsOf, warningsOf } from "./asking.ts";

const apps: readonly (Asked & { name: string; app: unknown; expected: Record<string, unknown> })[] = [
  {
    name: "Marathon's older form",
    app: {
      id: "/a",
      cmd: "redis-server --port $PORT0",
      env: { A: "1", S: { secret: "x" } },
      container: {
        type: "DOCKER",
        docker: {
          image: "redis:7",
          network: "BRIDGE",
          portMappings: [{
            containerPort: 6379,
            hostPort: 0,
            protocol: "tcp,udp",
            name: "redis",
            servicePort: 10,
          }],
          parameters: [{ key: "hostname", value: "front" }],
          privileged: true,
          forcePullImage: true,
        },
        volumes: [{ containerPath: "/data", hostPath: "/mnt/data", mode: "RO" }],
      },
    },
    expected: {
      network: "pod",
      entrypoint: ["/bin/sh"],
      command: ["-c", "redis-server --port $PORT0"],
      ports: ["app:6379/tcp=31000 redis", "app:6379/udp=31000 redis"],
      hostname: "front",
      pull: "always",
      variable: "1",
      mounts: ["bind /mnt/data /data ro"],
    },
  },
  {
    name: "Marathon's newer form",
    app: {
      id: "/a",
      args: ["redis-server", "--save", "$x"],
      networks: [{ mode: "container", name: "dev" }],
      container: {
        docker: { image: "redis:7" },
        portMappings: [{ containerPort: 6379, hostPort: 31000 }],
        volumes: [{
          containerPath: "data",
          external: { name: "v", options: { "dvdi/driver": "rexray" } },
          mode: "RW",
        }],
      },
    },
    expected: {
      network: "existing",
      entrypoint: null,
      command: ["redis-server", "--save", "$x"],
      ports: ["app:6379/tcp=31000"],
      hostname: undefined,
      pull: "unset",
      variable: undefined,
      mounts: ["volume volume-0 /mnt/mesos/sandbox/data"],
    },
  },
  {
    name: "Marathon's network where nothing is said",
    app: { id: "/a", cmd: " ", container: { docker: { image: "redis:7" } } },
    expected: {
      network: "host",
      entrypoint: null,
      command: null,
      ports: [],
      hostname: undefined,
      pull: "unset",
      variable: undefined,
      mounts: [],
    },
  },
  {
    name: "an image in front of Marathon's cmd",
    app: { id: "/a", cmd: "redis:7 --port '6 3'", env: { A: "1" }, container: null },
    expected: {
      network: "pod",
      entrypoint: null,
      command: ["--port", "6 3"],
      ports: ["app:31000/tcp=31000"],
      hostname: undefined,
      pull: "unset",
      variable: "1",
      mounts: [],
    },
  },
  {
    name: "options of the first releases",
    app: { cmd: "", container: { image: "docker:///redis:7", options: ["-v", "/a:/b", "--hostname=front"] } },
    expected: {
      network: "pod",
      entrypoint: null,
      command: null,
      ports: ["app:31000/tcp=31000"],
      hostname: "front",
      pull: "unset",
      variable: undefined,
      mounts: ["bind /a /b"],
    },
  },
  {
    name: "members of any other form count for nothing",
    app: {
      id: 3,
      cmd: ["x"],
      env: [1],
      networks: "host",
      ipAddress: 1,
      container: {
        docker: {
          image: "redis:7",
          portMappings: [3, { containerPort: "80" }],
          parameters: [{}],
          network: "BRIDGE",
        },
        volumes: [null, {}],
        options: 7,
      },
    },
    expected: {
      network: "pod",
      entrypoint: null,
      command: null,
      ports: [],
      hostname: undefined,
      pull: "unset",
      variable: undefined,
      mounts: [],
    },
  },
];

for (const { name, app, expected } of apps) {
  Deno.test(`app in the data: ${name}`, async () => {
    const pod = await podFor({ task: { text: JSON.stringify(app), ports: "31000" } });
    const container = containerOf(pod);
    assertEquals({
      network: pod.pod.network.mode,
      entrypoint: container.entrypoint,
      command: container.command,
      ports: portsOf(pod),
      hostname: container.hostname,
      pull: container.pull.kind,
      variable: container.environment.find(({ name }) => name === "A")?.value,
      mounts: container.mounts.map(mountText).filter((text) => !text.endsWith(" /mnt/mesos/sandbox")),
    }, expected);
  });
}

Deno.test("app in the data: what is wrong with it is told", async () => {
  const refused = async (container: unknown) => {
    const text = JSON.stringify({ container });
    return (await assertRejects(() => podFor({ task: { text } }), SpecError)).message;
  };
  assertEquals(
    await refused({ docker: { image: "Not An Image" } }),
    'TaskInfo.data: container: "Not An Image" is not the name of an image',
  );
  assertEquals(
    await refused({ image: "a", options: ["--dns"] }),
    "TaskInfo.data: container.options: --dns needs a value",
  );
  assertEquals(
    await refused({ docker: { image: "a", network: "USER" } }),
    "TaskInfo.data: a network of type USER needs the name of one that exists",
  );
});

Deno.test("app in the data: what of it has no effect is told, and persistent volumes are left to the resources", async () => {
  const app = {
    env: { A: "1", S: { secret: "x" } },
    container: {
      docker: { image: "a", network: "BRIDGE" },
      portMappings: [{ containerPort: 0, hostPort: 31001 }, { containerPort: 0, hostPort: 0 }],
      volumes: [{ containerPath: "data", persistent: { size: 64 }, mode: "RW" }],
    },
  };
  const pod = await podFor({ task: { text: JSON.stringify(app), ports: "31000-31001" } });
  assertEquals(portsOf(pod), ["app:31001/tcp=31001"]);
  assertEquals(containerOf(pod).mounts.map(({ target }) => target), ["/mnt/mesos/sandbox"]);
  assertEquals(warningsOf(pod), [
    'TaskInfo.data: env: "S" is left out: its value is no text',
    "TaskInfo.data: container.portMappings[1]: has no effect: which port the container listens on is not known; set " +
    "the label mesolet.ports",
  ]);
});
