import { parse } from "yaml";
import { toLinuxKit, usualSystem } from "../../src/convert/linuxkit.ts";
import type { Conversion } from "../../src/convert/conversion.ts";
import { objectOf } from "../../src/pod/json.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type GivenSpec, lossesOf, notesOf, sourceOf } from "./converting.ts";

async function converted(given: string | GivenSpec, hasDisk = false): Promise<Conversion> {
  const spec = typeof given === "string" ? { text: given } : given;
  return toLinuxKit(await sourceOf(spec), { ...usualSystem, hasDisk });
}

const spec: GivenSpec = {
  text: `
services:
  web:
    image: web:1
    entrypoint: [httpd]
    command: ["-f"]
    environment: {KEY: value}
    ports: ["80:80"]
    volumes: ["data:/data", "/var/x:/x:ro", "./page.html:/page.html", {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 493}}]
    tmpfs: ["/run:size=1m"]
    configs: [page]
    secrets: [{source: key, target: /key, mode: 0400, uid: "5"}]
    depends_on: {setup: {condition: service_completed_successfully}}
    deploy: {resources: {limits: {cpus: "0.5", memory: 64m}}}
    ulimits: {nofile: {soft: 10, hard: -1}}
    user: "1000:100"
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    hostname: front
    sysctls: {net.core.somaxconn: 5}
    security_opt: [no-new-privileges]
    read_only: true
  setup: {image: setup, network_mode: none, pid: host, cap_drop: [MKNOD, AUDIT_WRITE], scale: 2}
volumes: {data: {}}
configs: {page: {content: "hello\\n"}}
secrets: {key: {file: ./key}}
`,
  files: { key: "k", "page.html": "<p>" },
};

Deno.test("linuxkit: a system as text", async () => {
  const conversion = await converted(spec, true);
  assertEquals(lossesOf(conversion), []);
  assertEquals(
    conversion.text,
    `kernel:
  image: linuxkit/kernel:6.12.59
  cmdline: "console=tty0 console=ttyS0 console=ttyAMA0"
init:
  - linuxkit/init:b5506cc74a6812dc40982cacfd2f4328f8a4b12a
  - linuxkit/runc:9442aa234715e751a16144f1d4ae3fd1a00fd492
  - linuxkit/containerd:ba19f64efd3331a8fd0a33e00eabd14f6ee1780e
  - linuxkit/ca-certificates:256f1950df59f2f209e9f0b81374177409eb11de
onboot:
  - name: sysctl
    image: linuxkit/sysctl:43ac1d39da329c3567fcb9689e5ca99de6d169b6
  - name: dhcpcd
    image: linuxkit/dhcpcd:b87e9ececac55a65eaa592f4dd8b4e0c3009afdb
    command:
      - /sbin/dhcpcd
      - "--nobackground"
      - "-f"
      - /dhcpcd.conf
      - "-1"
  - name: format
    image: linuxkit/format:4f779c0b0d0ba145b7f03211b5cbf59fbbe12e54
  - name: mount
    image: linuxkit/mount:bd1c3bb45e48e68e47a9456d1669f7119f855184
    command:
      - /usr/bin/mountie
      - /var/lib/mesolet
${
      ["setup", "setup-2"].map((name) =>
        `  - name: ${name}
    image: setup
    capabilities:
      - CAP_CHOWN
      - CAP_DAC_OVERRIDE
      - CAP_FSETID
      - CAP_FOWNER
      - CAP_NET_RAW
      - CAP_SETGID
      - CAP_SETUID
      - CAP_SETFCAP
      - CAP_SETPCAP
      - CAP_NET_BIND_SERVICE
      - CAP_SYS_CHROOT
      - CAP_KILL
    net: none
    pid: host
    binds:
      - /etc/resolv.conf:/etc/resolv.conf:ro
      - /etc/mesolet/shop/hosts:/etc/hosts:ro
`
      ).join("")
    }services:
  - name: web
    image: web:1
    command:
      - httpd
      - "-f"
    env:
      - PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
      - KEY=value
    capabilities:
      - CAP_NET_BIND_SERVICE
    net: host
    hostname: front
    uts: new
    uid: 1000
    gid: 100
    readonly: true
    noNewPrivileges: true
    resources:
      memory:
        limit: 67108864
      cpu:
        quota: 50000
        period: 100000
    sysctl:
      net.core.somaxconn: "5"
    rlimits:
      - "nofile,10,unlimited"
    binds:
      - /etc/resolv.conf:/etc/resolv.conf:ro
      - /etc/mesolet/shop/hosts:/etc/hosts:ro
      - /var/lib/mesolet/volumes/data:/data
      - /var/x:/x:ro
      - /etc/mesolet/shop/files/page.html:/page.html
      - /etc/mesolet/shop/configs/page:/page:ro
      - /etc/mesolet/shop/secrets/key:/key:ro
    tmpfs:
      - /run:size=1m
      - "/t:size=1048576,mode=755"
    runtime:
      mkdir:
        - /var/lib/mesolet/volumes/data
        - /var/x
files:
  - path: etc/mesolet/shop/hosts
    contents: |
      127.0.0.1 localhost
      ::1 localhost
      127.0.0.1 front
      127.0.0.1 shop-web-1
      127.0.0.1 web
    mode: "0644"
  - path: etc/mesolet/shop/files/page.html
    source: /pods/shop/page.html
    mode: "0644"
  - path: etc/mesolet/shop/configs/page
    contents: |
      hello
    mode: "0444"
  - path: etc/mesolet/shop/secrets/key
    contents: k
    mode: "0400"
    uid: 5
`,
  );
});

/** What LinuxKit's schema takes (`src/cmd/linuxkit/moby/schema.go`): no other members than these, of these types. */
const text = (value: unknown) => typeof value === "string";
const texts = (value: unknown) => Array.isArray(value) && value.every(text);
const truth = (value: unknown) => typeof value === "boolean";
const whole = (value: unknown) => Number.isInteger(value);
const identity = (value: unknown) => text(value) || whole(value);
const textMap = (value: unknown) => Object.values(objectOf(value)).every(text);
type Shape = { readonly [member: string]: (value: unknown) => boolean };
const members = (shape: Shape, required: readonly string[] = []) => (value: unknown): boolean =>
  required.every((name) => name in objectOf(value)) &&
  Object.entries(objectOf(value)).every(([name, member]) => shape[name]?.(member) === true);
const list = (each: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(each);
const image = members({
  name: text,
  image: text,
  capabilities: texts,
  binds: texts,
  tmpfs: texts,
  command: texts,
  env: texts,
  cwd: text,
  net: text,
  pid: text,
  ipc: text,
  uts: text,
  readonly: truth,
  uid: identity,
  gid: identity,
  additionalGids: list(identity),
  noNewPrivileges: truth,
  hostname: text,
  oomScoreAdj: whole,
  cgroupsPath: text,
  resources: members({
    memory: members({
      limit: whole,
      reservation: whole,
      swap: whole,
      swappiness: whole,
      disableOOMKiller: truth,
    }),
    cpu: members({ shares: whole, quota: whole, period: whole, cpus: text }),
    pids: members({ limit: whole }),
  }),
  sysctl: textMap,
  rlimits: texts,
  annotations: textMap,
  runtime: members({ mkdir: texts }),
}, ["name", "image"]);
const system = members({
  kernel: members({ image: text, cmdline: text }),
  init: texts,
  onboot: list(image),
  services: list(image),
  files: list(members({
    path: text,
    contents: text,
    source: text,
    mode: text,
    uid: identity,
    gid: identity,
  })),
  volumes: list(members({ name: text, image: text, readonly: truth })),
});

const systems: readonly GivenSpec[] = [
  spec,
  {
    text: `
services:
  a:
    image: i
    oom_score_adj: 5
    oom_kill_disable: true
    mem_limit: 1g
    memswap_limit: 2g
    mem_swappiness: "60"
    cpu_shares: 5
    cpuset: 0-1
    pids_limit: 9
    annotations: {a: b}
    group_add: ["5"]
    ipc: private
    working_dir: /w
    cgroup_parent: /x
    volumes: [data:/v, {type: image, source: other, target: /o, read_only: true}]
volumes: {data: {}}
`,
  },
];

for (const [index, given] of systems.entries()) {
  Deno.test(`linuxkit: system ${index} keeps to LinuxKit's schema`, async () => {
    const document: unknown = parse((await converted(given)).text);
    assert(system(document), JSON.stringify(document, null, 1));
  });
}

Deno.test("linuxkit: what a machine cannot do is lost", async () => {
  const conversion = await converted({
    text: `
services:
  a:
    image: i
    command: [x]
    ports: ["8080:80", "127.0.0.1:81:81", "82"]
    volumes: [data:/v, ./sub:/sub, "/h:/h"]
    privileged: true
    restart: always
    healthcheck: {test: x}
    user: www
    security_opt: [seccomp=unconfined]
    network_mode: bridge
    extra_hosts: ["g=host-gateway"]
    depends_on: {b: {condition: service_healthy}}
  b: {image: i, logging: {driver: none}, stop_signal: SIGINT, healthcheck: {disable: true}}
volumes: {data: {}}
x-pod: {network: services, resources: {cpus: 1}, essential: [a]}
`,
  });
  assertEquals(lossesOf(conversion).map((line) => line.split(": ")[0]), [
    "services.b.logging",
    "services.b.stop_signal",
    "x-pod.resources",
    "x-pod.essential",
    "x-pod.network",
    "services.a.extra_hosts",
    "services.a.depends_on.b.condition",
    "volumes.data",
    "services.a.volumes[1]",
    "services.a.privileged",
    "services.a.security_opt",
    "services.a.restart",
    "services.a.healthcheck",
    "services.a.ports[0]",
    "services.a.ports[1]",
    "services.a.network_mode",
    "services.a.user",
  ]);
  assert(
    notesOf(conversion).some((line) => line.startsWith("services.a.command: is run without the entrypoint")),
  );
});
