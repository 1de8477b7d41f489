import { loadCompose } from "../../../../src/compose/load.ts";
import { podOf } from "../../../../src/compose/pod.ts";
import { formatProblem, SpecError } from "../../../../src/pod/errors.ts";
import { assertEquals } from "../../../support/assert.ts";
import { memoryFiles } from "../../../support/memory_files.ts";
import { problemsOf, readSpec } from "../wish/wishing.ts";

/** What is said of a spec, by its loader or for a cluster. */
async function told(text: string): Promise<string[]> {
  try {
    return await problemsOf(text);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(formatProblem);
  }
}

/** A spec of one service with these fields, and an `x-pod` with these. */
function spec(service: string, pod = ""): string {
  const native = pod.startsWith("containerizer") ? pod : `containerizer: mesos, ${pod}`;
  return `services: {web: {image: i, cpus: 1, mem_limit: 64m, ${service}}}\nx-pod: {${native}}\n`;
}

/** Fields that are refused, and the paths that are named. */
const refused: readonly (readonly [fields: string, path: string, pod?: string])[] = [
  ["working_dir: /srv", "services.web.working_dir"],
  ["privileged: true", "services.web.privileged"],
  ["read_only: true", "services.web.read_only"],
  ["tmpfs: [/tmp]", "services.web.tmpfs"],
  ["hostname: h", "services.web.hostname"],
  ["extra_hosts: [a=10.0.0.1]", "services.web.extra_hosts"],
  ["dns: [10.0.0.1]", "services.web.dns"],
  ["sysctls: {net.core.somaxconn: 1}", "services.web.sysctls"],
  ["devices: [/dev/fuse]", "services.web.devices"],
  ["shm_size: 1m", "services.web.shm_size"],
  ["pids_limit: 5", "services.web.pids_limit"],
  ["cpu_shares: 5", "services.web.cpu_shares"],
  ["cgroup_parent: /x", "services.web.cgroup_parent"],
  ["group_add: [adm]", "services.web.group_add"],
  ["platform: linux/arm64", "services.web.platform"],
  ["tty: true", "services.web.tty"],
  ["stdin_open: true", "services.web.stdin_open"],
  ["runtime: crun", "services.web.runtime"],
  ["userns_mode: host", "services.web.userns_mode"],
  ["post_start: [{command: [a]}]", "services.web.post_start"],
  ["pre_stop: [{command: [a]}]", "services.web.pre_stop"],
  ["pre_start: [{command: [a]}]", "services.web.pre_start"],
  ["command: [run]", "services.web.command"],
  ["entrypoint: []", "services.web.entrypoint"],
  ["environment: {HOME: }", "services.web.environment.HOME"],
  ['user: "1000"', "services.web.user"],
  ["user: www:www", "services.web.user"],
  ["pull_policy: never", "services.web.pull_policy"],
  ["pull_policy: daily", "services.web.pull_policy"],
  ["cap_add: [FLY]", "services.web.cap_add[0]"],
  ["security_opt: [no-new-privileges]", "services.web.security_opt[0]"],
  ["ulimits: {wings: 2}", "services.web.ulimits.wings"],
  ["pid: host", "services.web.pid"],
  ["ipc: host", "services.web.ipc"],
  ["volumes: [{type: tmpfs, target: /t}]", "services.web.volumes[0].type"],
  [
    "volumes: [{type: bind, source: /s, target: /t, bind: {selinux: z}}]",
    "services.web.volumes[0].bind.selinux",
  ],
  ["network_mode: bridge", "services.web.network_mode"],
  ["stop_signal: SIGINT", "services.web.stop_signal"],
  ["healthcheck: {interval: 5s}", "services.web.healthcheck"],
  ["gpus: [{device_ids: [a]}]", "services.web.gpus[0].device_ids"],
  ['ports: ["8080:80"]', "services.web.ports[0].published"],
  ['ports: ["127.0.0.1:80:80"]', "services.web.ports[0].host_ip"],
  ['ports: ["80"], scale: 2', "services.web.ports"],
  ["", "x-pod.essential", "essential: [web]"],
  ["", "x-pod.uris", "uris: [https://example.org/a.tgz]"],
  ["", "x-pod.hooks", "hooks: [{on: running, url: http://example.org}]"],
  ["", "x-pod.preload", "preload: {}"],
  ["", "x-pod.network", "network: pod"],
  ["", "x-pod.network", "network: none"],
  ["", "x-pod.network", "network: services"],
  ["", "x-pod.resources.cpus", "resources: {cpus: 0.5}"],
  ["", "x-pod.resources.gpus", "resources: {gpus: 1}"],
  ["", "x-pod.containerizer", "containerizer: rkt"],
];

for (const [fields, path, pod = ""] of refused) {
  Deno.test(`native pods: ${fields}${pod} is refused at ${path}`, async () => {
    const lines = await told(spec(fields, pod));
    assertEquals(lines.some((line) => line.startsWith(`${path}: `)), true, lines.join("\n"));
  });
}

/** What runs otherwise than on an engine, and is told. */
const warned: readonly (readonly [text: string, lines: readonly string[]])[] = [
  [spec("container_name: page"), [
    "services.web.container_name: has no effect: containers of Mesos have ids of their own",
  ]],
  [spec("init: true"), [
    "services.web.init: has no effect: Mesos puts a process of its own in front of each container",
  ]],
  [spec("logging: {driver: json-file}"), [
    "services.web.logging: has no effect: output goes to stdout and stderr of each task's sandbox",
  ]],
  [spec("restart: always"), [
    "services.web.restart: is done for the pod as a whole: when a container fails, all of it is launched anew; one " +
    "that ends well is not started again",
  ]],
  [spec("volumes: [data:/d]") + "volumes: {data: {}}", [
    "volumes.data: is empty at first, for each instance anew, and not filled with what the image has there",
  ]],
  [spec("networks: [front]") + "networks: {front: {}}", [
    "services.web.networks.front: has no effect: x-pod.network holds for all containers",
  ]],
  [
    "services: {a: {image: i, depends_on: [b]}, b: {image: i}}\n" +
    "x-pod: {containerizer: mesos, resources: {cpus: 1, memory: 1g}}",
    [
      "services.a.depends_on.b: has no effect: all containers of a pod start together",
      "x-pod.containerizer: has the containers of the pod reach each other at 127.0.0.1: names of services are not " +
      "known there",
    ],
  ],
  ["services: {a: {image: i}}\nx-pod: {containerizer: mesos}", [
    "x-pod.resources.cpus: is not said, nor what a may use: 0.1 CPUs are taken for each",
    "x-pod.resources.memory: is not said, nor what a may use: 128 MiB are taken for each",
  ]],
  [spec('pull_policy: always, user: www, entrypoint: [], command: [run], ports: ["80"]'), []],
];

for (const [text, lines] of warned) {
  Deno.test(`native pods: what is said of ${text.split("\n")[0]}`, async () => {
    assertEquals((await readingWarnings(text)).sort(), [...lines].sort());
  });
}

/** Warnings of the loader, and for a cluster. */
async function readingWarnings(text: string): Promise<string[]> {
  const { warnings, result } = await readSpec(text);
  return [...warnings, ...result.problems].map(formatProblem);
}

Deno.test("native pods: on one host the engine runs it, and that is told", async () => {
  const { project } = await loadCompose({
    defaultName: "shop",
    workingDirectory: "/p",
    environment: {},
    access: memoryFiles({ "/p/compose.yaml": spec("working_dir: /srv") }),
  });
  const { pod, warnings } = podOf({ project, readFile: () => undefined });
  assertEquals(pod.network, { mode: "pod" });
  assertEquals(warnings.map(formatProblem), [
    "x-pod.containerizer: has no effect here: on this host the pod runs, once",
  ]);
});
