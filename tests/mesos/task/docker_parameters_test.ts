import {
  applyParameters,
  emptyDraft,
  parameterNames,
  parametersOfWords,
} from "../../../src/mesos/task/docker_parameters.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";
import { docker, podFor } from "./asking.ts";

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
    ["volume", ":/data"],
    ["stop-timeout", "-1"],
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
    'volume: ":/data" names no volume and no path',
    "stop-timeout: -1 is no number of seconds from 0 on",
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
