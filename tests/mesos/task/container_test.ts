import type { ContainerInfo, TaskInfo, Volume } from "../../../src/mesos/wire/messages.ts";
import { SpecError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { containerOf, docker, mountText, podFor, portsOf, warningsOf } from "./asking.ts";

const networks: readonly (readonly [string, ContainerInfo, string])[] = [
  ["HOST", docker({ image: "a", network: "HOST" }), "host"],
  ["none given", docker({ image: "a" }), "host"],
  ["BRIDGE", docker({ image: "a", network: "BRIDGE" }), "pod"],
  ["NONE", docker({ image: "a", network: "NONE" }), "none"],
  ["USER", docker({ image: "a", network: "USER" }, { network_infos: [{ name: "net" }] }), "existing net"],
  [
    "of the Mesos containerizer",
    {
      type: "MESOS",
      mesos: { image: { type: "DOCKER", docker: { name: "a" } } },
      network_infos: [{ name: "cni" }],
    },
    "existing cni",
  ],
];

for (const [name, container, network] of networks) {
  Deno.test(`network ${name}`, async () => {
    const { pod } = await podFor({ task: { container } });
    assertEquals(
      pod.network.mode === "existing" ? `existing ${pod.network.network}` : pod.network.mode,
      network,
    );
  });
}

const commands: readonly (readonly [string, Partial<TaskInfo>, readonly string[], unknown])[] = [
  ["none", {}, [], [null, null]],
  ["the executor's arguments", {}, ["--port", "1"], [null, ["--port", "1"]]],
  ["shell", { command: { value: 'echo "$HOME" && run' } }, [], [["/bin/sh"], ["-c", 'echo "$HOME" && run']]],
  ["shell without a value", { command: { environment: {} } }, ["x"], [null, ["x"]]],
  ["arguments", { command: { shell: false, arguments: ["a", "$b"] } }, [], [null, ["a", "$b"]]],
  ["value and arguments", { command: { shell: false, value: "run", arguments: ["a"] } }, [], [null, [
    "run",
    "a",
  ]]],
];

for (const [name, task, words, expected] of commands) {
  Deno.test(`command of a container: ${name}`, async () => {
    const pod = await podFor({ task: { container: docker({ image: "a" }), ...task }, words });
    assertEquals([containerOf(pod).entrypoint, containerOf(pod).command], expected);
  });
}

Deno.test("a container's fields", async () => {
  const container = docker(
    {
      image: "redis:7",
      network: "BRIDGE",
      privileged: true,
      force_pull_image: true,
      port_mappings: [
        { host_port: 31001, container_port: 80, protocol: "tcp" },
        { host_port: 0, container_port: 53, protocol: "udp" },
      ],
      parameters: [{ key: "env", value: "PRICE=$5" }],
    },
    { hostname: "front" },
  );
  const pod = await podFor({ task: { container, ports: "31000-31001" } });
  const app = containerOf(pod, "app");
  assertEquals([app.image, app.hostname, app.pull.kind, app.security.privileged], [
    "redis:7",
    "front",
    "always",
    true,
  ]);
  assertEquals(portsOf(pod), ["app:53/udp=31000", "app:80/tcp=31001"]);
  assertEquals(app.environment.find(({ name }) => name === "PRICE")?.value, "$5");
  assertEquals(pod.pod.source, {
    kind: "compose",
    files: [],
    directory: "/var/lib/mesos/runs/c1",
    environmentFiles: [],
  });
});

const volumes: readonly (readonly [string, Volume, string, string?])[] = [
  ["a path of the host", { mode: "RO", host_path: "/a:b", container_path: "/c" }, "bind /a:b /c ro"],
  [
    "a relative path is in the sandbox",
    { mode: "RW", host_path: "data", container_path: "/c" },
    "bind /var/lib/mesos/runs/c1/data /c",
  ],
  [
    "a relative path of the container is in its sandbox",
    { mode: "RW", host_path: "/a", container_path: "c" },
    "bind /a /mnt/mesos/sandbox/c",
  ],
  ["nothing but a place", { mode: "RW", container_path: "/c" }, "volume  /c"],
  [
    "a volume of Docker",
    {
      mode: "RW",
      container_path: "/c",
      source: {
        type: "DOCKER_VOLUME",
        docker_volume: {
          name: "data",
          driver: "nfs",
          driver_options: { parameter: [{ key: "a", value: "b" }] },
        },
      },
    },
    "volume volume-0 /c",
    "data nfs a=b",
  ],
  [
    "a path of the host, as a source",
    {
      mode: "RW",
      container_path: "/c",
      source: { type: "HOST_PATH", host_path: { path: "/a", mount_propagation: { mode: "BIDIRECTIONAL" } } },
    },
    "bind /a /c rshared",
  ],
  [
    "a path of the sandbox",
    { mode: "RW", container_path: "/c", source: { type: "SANDBOX_PATH", sandbox_path: { path: "x" } } },
    "bind /var/lib/mesos/runs/c1/x /c",
  ],
  [
    "an image",
    { mode: "RO", container_path: "/c", image: { type: "DOCKER", docker: { name: "data:1" } } },
    "image data:1 /c ro",
  ],
];

for (const [name, volume, mount, declared] of volumes) {
  Deno.test(`volume: ${name}`, async () => {
    const pod = await podFor({ task: { container: docker({ image: "a" }, { volumes: [volume] }) } });
    assertEquals(containerOf(pod).mounts.map(mountText), [
      mount,
      "bind /var/lib/mesos/runs/c1 /mnt/mesos/sandbox",
    ]);
    assertEquals(
      pod.pod.volumes.map(({ name, driver, driverOptions }) =>
        `${name} ${driver} ${Object.entries(driverOptions).map(([key, value]) => `${key}=${value}`)}`
      ),
      declared === undefined ? [] : [declared],
    );
  });
}

Deno.test("a deprecated volume driver makes a volume of a name", async () => {
  const container = docker({ image: "a", volume_driver: "rexray" }, {
    volumes: [{ mode: "RW", host_path: "data", container_path: "/c" }],
  });
  const { pod } = await podFor({ task: { container } });
  assertEquals(pod.volumes.map(({ name, driver }) => [name, driver]), [["data", "rexray"]]);
});

Deno.test("a secret that comes with the task becomes a file", async () => {
  const secret = { type: "VALUE", value: { data: new TextEncoder().encode("s3cr$t") } } as const;
  const volume: Volume = { mode: "RO", container_path: "/run/key", source: { type: "SECRET", secret } };
  const pod = await podFor({ task: { container: docker({ image: "a" }, { volumes: [volume] }) } });
  const [file] = containerOf(pod).files;
  assertEquals([file?.target, file?.mode], ["/run/key", 0o400]);
  assertEquals(file?.content, { kind: "inline", bytes: new TextEncoder().encode("s3cr$t") });
});

Deno.test("limits and a terminal are given; what only the Mesos containerizer does is told", async () => {
  const container: ContainerInfo = {
    type: "MESOS",
    mesos: { image: { type: "DOCKER", docker: { name: "a", credential: { principal: "p", secret: "s" } } } },
    rlimit_info: { rlimits: [{ type: "RLMT_NOFILE", soft: 10, hard: 20 }, { type: "RLMT_CORE" }] },
    tty_info: {},
    linux_info: { share_pid_namespace: true },
    network_infos: [{ name: "net", ip_addresses: [{ ip_address: "10.0.0.9" }], groups: ["g"] }, {
      name: "other",
    }],
  };
  const pod = await podFor({ task: { container } });
  const app = containerOf(pod);
  assertEquals(app.tty, true);
  assertEquals(app.ulimits, [{ name: "nofile", soft: 10, hard: 20 }, { name: "core", soft: -1, hard: -1 }]);
  assertEquals(warningsOf(pod), [
    "TaskInfo.container.linux_info: has no effect: set parameters of docker run, such as cap-add, pid and ipc",
    "TaskInfo.container.network_infos: the first alone has an effect: 1 more are there; use a Compose file",
    "TaskInfo.container.network_infos[0].ip_addresses: has no effect: a fixed address needs a Compose file with networks",
    "TaskInfo.container.network_infos[0].groups: has no effect",
    "TaskInfo.container.mesos.image.docker: credentials have no effect: the executor uses those of Docker's client on " +
    "the agent",
  ]);
});

Deno.test("everything of a container that cannot be had is told at once", async () => {
  const container = docker(
    { image: "a", network: "USER", parameters: [{ key: "frobnicate", value: "1" }] },
    {
      volumes: [
        {
          mode: "RW",
          container_path: "/a",
          source: { type: "SECRET", secret: { type: "REFERENCE", reference: { name: "s" } } },
        },
        {
          mode: "RW",
          container_path: "/b",
          source: { type: "CSI_VOLUME", csi_volume: { plugin_name: "p" } },
        },
        { mode: "RW", container_path: "/c", image: { type: "APPC", appc: { name: "x" } } },
      ],
    },
  );
  const error = await assertRejects(() => podFor({ task: { container } }), SpecError);
  assertEquals(error.message.split("\n"), [
    "TaskInfo.container.network_infos[0].name: is missing: a network of type USER needs the name of one that exists",
    "TaskInfo.container.volumes[0]: only a secret that comes with the task as text can be mounted, not a reference or " +
    "binary data",
    "TaskInfo.container.volumes[1]: CSI volumes are not known to Docker: use a Docker volume",
    "TaskInfo.container.volumes[2]: an image that is mounted has to be a Docker image",
    'TaskInfo.container: the parameter "frobnicate" ("1"): it is no flag of docker run that is known here; use a ' +
    "Compose file",
  ]);
});

Deno.test("what only the loader sees is told with the container's place", async () => {
  const container = docker({
    image: "a",
    parameters: [{ key: "sysctl", value: "x" }, { key: "shm-size", value: "big" }],
  });
  const error = await assertRejects(() => podFor({ task: { container } }), SpecError);
  assertEquals(
    error.message,
    'TaskInfo.container: services.app.shm_size: "big" is not a size such as 512m or 1g',
  );
});
