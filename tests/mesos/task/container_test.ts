import {
  applyParameters,
  emptyDraft,
  parameterNames,
  parametersOfWords,
} from "../../../src/mesos/task/docker_parameters.ts";
import type { ContainerInfo, TaskInfo, Volume } from "../../../src/mesos/wire/messages.ts";
import { SpecError } from "../../../src/pod/errors.ts";
import type { Container } from "../../../src/pod/model.ts";
import { assertEquals, assertRejects, assertThrows } from "../../support/assert.ts";
import { type Asked, containerOf, docker, podFor, portsOf, warningsOf } from "./asking.ts";

/** What flags of docker run come to. */
function applied(parameters: readonly (readonly [string, string])[]) {
  const draft = emptyDraft();
  const refused: string[] = [];
  applyParameters(
    draft,
    parameters.map(([key, value]) => ({ key, value })),
    ({ key }, reason) => refused.push(`${key}: ${reason}`),
  );
  return { service: draft.service, volumes: draft.volumes, refused };
}

/** Every flag: a value, and the fields of the service that it becomes. */
const flags: Readonly<Record<string, readonly [string, Record<string, unknown>]>> = {
  "add-host": ["db:10.0.0.1", { extra_hosts: ["db:10.0.0.1"] }],
  annotation: ["a=b", { annotations: { a: "b" } }],
  "blkio-weight-device": ["/dev/null:300", {
    blkio_config: { weight_device: [{ path: "/dev/null", weight: 300 }] },
  }],
  "blkio-weight": ["300", { blkio_config: { weight: 300 } }],
  "cap-add": ["NET_ADMIN", { cap_add: ["NET_ADMIN"] }],
  "cap-drop": ["ALL", { cap_drop: ["ALL"] }],
  "cgroup-parent": ["/x", { cgroup_parent: "/x" }],
  cgroupns: ["host", { cgroup: "host" }],
  "cpu-period": ["100000", { cpu_period: 100_000 }],
  "cpu-quota": ["50000", { cpu_quota: 50_000 }],
  "cpu-shares": ["512", { cpu_shares: 512 }],
  cpus: ["1.5", { cpus: "1.5" }],
  "cpuset-cpus": ["0-1", { cpuset: "0-1" }],
  detach: ["true", {}],
  device: ["/dev/fuse:/dev/fuse:rwm", { devices: ["/dev/fuse:/dev/fuse:rwm"] }],
  "device-cgroup-rule": ["c 1:3 mr", { device_cgroup_rules: ["c 1:3 mr"] }],
  "device-read-bps": ["/dev/null:1mb", {
    blkio_config: { device_read_bps: [{ path: "/dev/null", rate: "1mb" }] },
  }],
  "device-read-iops": ["/dev/null:9", {
    blkio_config: { device_read_iops: [{ path: "/dev/null", rate: "9" }] },
  }],
  "device-write-bps": ["/dev/null:1mb", {
    blkio_config: { device_write_bps: [{ path: "/dev/null", rate: "1mb" }] },
  }],
  "device-write-iops": ["/dev/null:9", {
    blkio_config: { device_write_iops: [{ path: "/dev/null", rate: "9" }] },
  }],
  dns: ["9.9.9.9", { dns: ["9.9.9.9"] }],
  "dns-opt": ["ndots:2", { dns_opt: ["ndots:2"] }],
  "dns-option": ["ndots:2", { dns_opt: ["ndots:2"] }],
  "dns-search": ["example", { dns_search: ["example"] }],
  domainname: ["example", { domainname: "example" }],
  entrypoint: ["/bin/a b", { entrypoint: ["/bin/a b"] }],
  env: ["A=b=c", { environment: { A: "b=c" } }],
  "env-file": ["vars", { env_file: ["vars"] }],
  expose: ["80", { expose: ["80"] }],
  gpus: ["2", { gpus: [{ count: 2 }] }],
  "group-add": ["audio", { group_add: ["audio"] }],
  "health-cmd": ["true", { healthcheck: { test: ["CMD-SHELL", "true"] } }],
  "health-interval": ["3s", { healthcheck: { interval: "3s" } }],
  "health-retries": ["3", { healthcheck: { retries: 3 } }],
  "health-start-interval": ["1s", { healthcheck: { start_interval: "1s" } }],
  "health-start-period": ["9s", { healthcheck: { start_period: "9s" } }],
  "health-timeout": ["2s", { healthcheck: { timeout: "2s" } }],
  hostname: ["front", { hostname: "front" }],
  init: ["true", { init: true }],
  interactive: ["", { stdin_open: true }],
  ipc: ["host", { ipc: "host" }],
  label: ["a.b=c", { labels: { "a.b": "c" } }],
  "label-file": ["labels", { label_file: ["labels"] }],
  link: ["other:db", { external_links: ["other:db"] }],
  "log-driver": ["journald", { logging: { driver: "journald" } }],
  "log-opt": ["max-size=1m", { logging: { options: { "max-size": "1m" } } }],
  "mac-address": ["02:42:ac:11:65:43", { mac_address: "02:42:ac:11:65:43" }],
  memory: ["64m", { mem_limit: "64m" }],
  "memory-reservation": ["32m", { mem_reservation: "32m" }],
  "memory-swap": ["-1", { memswap_limit: "-1" }],
  "memory-swappiness": ["0", { mem_swappiness: 0 }],
  mount: [
    "type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave",
    {
      volumes: [{
        type: "bind",
        source: "/a",
        target: "/b",
        read_only: true,
        bind: { propagation: "rslave" },
      }],
    },
  ],
  net: ["calico", {}],
  "net-alias": ["www", { networks: { default: { aliases: ["www"] } } }],
  network: ["host", {}],
  "network-alias": ["www", { networks: { default: { aliases: ["www"] } } }],
  "no-healthcheck": ["true", { healthcheck: { disable: true } }],
  "oom-kill-disable": ["true", { oom_kill_disable: true }],
  "oom-score-adj": ["100", { oom_score_adj: 100 }],
  pid: ["host", { pid: "host" }],
  "pids-limit": ["64", { pids_limit: 64 }],
  platform: ["linux/arm64", { platform: "linux/arm64" }],
  privileged: ["false", { privileged: false }],
  publish: ["8080:80/udp", { ports: ["8080:80/udp"] }],
  pull: ["always", { pull_policy: "always" }],
  "read-only": ["true", { read_only: true }],
  restart: ["on-failure:3", { restart: "on-failure:3" }],
  rm: ["true", {}],
  runtime: ["runc", { runtime: "runc" }],
  "security-opt": ["no-new-privileges", { security_opt: ["no-new-privileges"] }],
  "shm-size": ["64m", { shm_size: "64m" }],
  "stop-signal": ["SIGINT", { stop_signal: "SIGINT" }],
  "stop-timeout": ["20", { stop_grace_period: "20s" }],
  "storage-opt": ["size=1g", { storage_opt: { size: "1g" } }],
  sysctl: ["net.core.somaxconn=1024", { sysctls: { "net.core.somaxconn": "1024" } }],
  tmpfs: ["/run:size=1m", { tmpfs: ["/run:size=1m"] }],
  tty: ["true", { tty: true }],
  ulimit: ["nofile=1024:2048", { ulimits: { nofile: { soft: 1024, hard: 2048 } } }],
  user: ["33", { user: "33" }],
  userns: ["host", { userns_mode: "host" }],
  uts: ["host", { uts: "host" }],
  volume: ["/a:/b:ro", { volumes: ["/a:/b:ro"] }],
  "volume-driver": ["rexray", {}],
  "volumes-from": ["data", { volumes_from: ["container:data"] }],
  workdir: ["/srv", { working_dir: "/srv" }],
};

Deno.test("every flag of docker run that is known has a line in the table", () => {
  assertEquals(Object.keys(flags).sort(), [...parameterNames].sort());
});

for (const [key, [value, service]] of Object.entries(flags)) {
  Deno.test(`parameter ${key}`, async () => {
    assertEquals(applied([[key, value]]), { service, volumes: {}, refused: [] });
    // The loader takes what it became; without a container's own network only what is right there.
    await podFor({
      task: {
        container: docker({ image: "a", network: "BRIDGE", parameters: [{ key, value }] }),
        ports: "31000",
      },
      files: { vars: "A=b\n", labels: "a=b\n" },
    });
  });
}

Deno.test("parameters that come more than once add up; volumes of the engine are declared", () => {
  const { service, volumes, refused } = applied([
    ["env", "A=1"],
    ["e", "B=2"],
    ["env", "INHERITED"],
    ["v", "data:/data"],
    ["volume", "data:/again:ro"],
    ["volume", "/anonymous"],
    ["mount", "source=other,target=/o,volume-nocopy=true"],
    ["log-driver", "json-file"],
    ["log-opt", "max-size=1m"],
    ["log-opt", "max-file=2"],
    ["network-alias", "a"],
    ["network-alias", "b"],
  ]);
  assertEquals(refused, []);
  assertEquals(service, {
    environment: { A: "1", B: "2" },
    volumes: [
      "volume-0:/data",
      "volume-0:/again:ro",
      { type: "volume", target: "/anonymous" },
      { type: "volume", source: "volume-1", target: "/o", volume: { nocopy: true } },
    ],
    logging: { driver: "json-file", options: { "max-size": "1m", "max-file": "2" } },
    networks: { default: { aliases: ["a", "b"] } },
  });
  assertEquals(volumes, { "volume-0": { name: "data" }, "volume-1": { name: "other" } });
});

Deno.test("parameters that are unknown or wrong are refused by name", () => {
  const unknown = "it is no flag of docker run that is known here; use a Compose file";
  const { refused } = applied([
    ["frobnicate", "x"],
    ["__proto__", "x"],
    ["name", "web"],
    ["net", "container:web"],
    ["rm", "false"],
    ["P", "true"],
    ["device-read-bps", "1mb"],
    ["cpu-shares", "many"],
    ["privileged", "perhaps"],
    ["gpus", "some"],
    ["env", "=x"],
    ["mount", "type=bind,colour=red"],
  ]);
  assertEquals(refused, [
    `frobnicate: ${unknown}`,
    `__proto__: ${unknown}`,
    "name: names are made from the pod's name; set the label mesolet.name",
    'net: "container:web" is not host, none, bridge or the name of a network',
    "rm: containers are removed with the pod",
    "P: name the ports, with the label mesolet.ports or in a Compose file",
    'device-read-bps: "1mb" is not of the form /dev/sda:1mb',
    'cpu-shares: "many" is not a number',
    'privileged: "perhaps" is neither true nor false',
    'gpus: "some" is neither all, nor a number, nor device=ID,…',
    'env: "=x" names no variable',
    'mount: "colour" is not known in a mount',
  ]);
});

Deno.test("a network and a volume driver among the parameters", async () => {
  const parameters = [
    { key: "volume", value: "data:/d" },
    { key: "volume-driver", value: "rexray" },
    { key: "net", value: "calico" },
    { key: "gpus", value: '"device=0,GPU-1"' },
  ];
  const container = docker({ image: "a", network: "BRIDGE", parameters }, {
    volumes: [{
      mode: "RW",
      container_path: "/e",
      source: { type: "DOCKER_VOLUME", docker_volume: { name: "e", driver: "local" } },
    }],
  });
  const { pod } = await podFor({ task: { container } });
  assertEquals(pod.network, { mode: "existing", network: "calico" });
  assertEquals(pod.volumes.map(({ name, driver }) => [name, driver]), [["e", "local"], ["data", "rexray"]]);
  assertEquals(pod.containers[0]?.deviceRequests.map(({ deviceIds }) => deviceIds), [["0", "GPU-1"]]);
});

Deno.test("flags as words of a command line", () => {
  const words = [
    "-v",
    "/a:/b",
    "--privileged",
    "--env=A=b",
    "-e FOO=1 2",
    "-p80:80",
    "--dns",
    "9.9.9.9",
    "-m=1g",
  ];
  assertEquals(parametersOfWords(words).map(({ key, value }) => `${key} ${value}`), [
    "volume /a:/b",
    "privileged true",
    "env A=b",
    "env FOO=1 2",
    "publish 80:80",
    "dns 9.9.9.9",
    "memory 1g",
  ]);
  assertThrows(() => parametersOfWords(["--dns"]), RangeError, "--dns needs a value");
  assertThrows(() => parametersOfWords(["x"]), RangeError, '"x" is no flag of docker run');
});

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

function mountText({ type, source = "", target, readOnly, bind }: Container["mounts"][number]): string {
  return `${type} ${source} ${target}${readOnly ? " ro" : ""}${
    bind?.propagation === undefined ? "" : ` ${bind.propagation}`
  }`;
}

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
