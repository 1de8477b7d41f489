import { assertEquals } from "../support/assert.ts";
import { load, model, service, serviceOf, serviceText } from "./loading.ts";

Deno.test("each form of a field comes to the same normal form", async () => {
  const cases: [yaml: string, normal: Record<string, unknown>][] = [
    ["command: nginx -g 'daemon off;'", { command: ["nginx", "-g", "daemon off;"] }],
    ["command: []\nentrypoint: ''", { command: [], entrypoint: [] }],
    ["environment: {A: 1, B: true, C: 1.50, D: '', E: }", {
      environment: { A: "1", B: "true", C: "1.5", D: "", E: null },
    }],
    ["environment: [A=1, B=, C, HOME]", { environment: { A: "1", B: "", C: null, HOME: "/home/me" } }],
    ["labels: {a: , b: 5, x-c: d}", { labels: { a: "", b: "5", "x-c": "d" } }],
    ["labels: [a, b=c=d]", { labels: { a: "", b: "c=d" } }],
    ["sysctls: [a=1]\nannotations: {b: 2}", { sysctls: { a: "1" }, annotations: { b: "2" } }],
    ["dns: 1.1.1.1\ndns_search: [a, b]", { dns: ["1.1.1.1"], dns_search: ["a", "b"] }],
    ["dns: ['', 1.1.1.1]", { dns: ["1.1.1.1"] }],
    ["tmpfs: /run:size=1m", { tmpfs: ["/run:size=1m"] }],
    ["expose: [80, '90-91/udp']", { expose: ["80", "90-91/udp"] }],
    ["group_add: [1, mail]", { group_add: ["1", "mail"] }],
    ["extra_hosts: [a:1.1.1.1, 'b=[::1]', 'c:::1']", { extra_hosts: ["a=1.1.1.1", "b=::1", "c=::1"] }],
    ["extra_hosts: {a: 1.1.1.1, b: [2.2.2.2, 3.3.3.3]}", {
      extra_hosts: ["a=1.1.1.1", "b=2.2.2.2", "b=3.3.3.3"],
    }],
    ["ulimits: {nofile: 5, nproc: {soft: '1', hard: 2}, core: 0}", {
      ulimits: { nofile: 5, nproc: { soft: 1, hard: 2 }, core: 0 },
    }],
    ["mem_limit: 512m\nshm_size: 1024\nmemswap_limit: -1", {
      mem_limit: "536870912",
      shm_size: "1024",
      memswap_limit: "-1",
    }],
    ["mem_swappiness: 0", { mem_swappiness: "0" }],
    ["cpus: '0.5'\npids_limit: 0", { cpus: 0.5 }],
    ["stop_grace_period: 90s", { stop_grace_period: "1m30s" }],
    ["healthcheck: {test: curl x, interval: 5s, retries: '3'}", {
      healthcheck: { test: ["CMD-SHELL", "curl x"], interval: "5s", retries: 3 },
    }],
    ["healthcheck: {disable: yes}", { healthcheck: { disable: true } }],
    ["devices: ['/dev/a:/dev/b:r', /dev/c, vendor/class=name]", {
      devices: [
        { source: "/dev/a", target: "/dev/b", permissions: "r" },
        { source: "/dev/c", target: "/dev/c", permissions: "rwm" },
        { source: "vendor/class=name", target: "vendor/class=name", permissions: "rwm" },
      ],
    }],
    ["gpus: all", { gpus: [{ count: -1 }] }],
    ["gpus: [{driver: nvidia, device_ids: ['0']}]", { gpus: [{ driver: "nvidia", device_ids: ["0"] }] }],
    ["ports: [80, '8080:80/udp', {target: 1, published: 2}]", {
      ports: [
        { mode: "ingress", target: 80, protocol: "tcp" },
        { mode: "ingress", target: 80, published: "8080", protocol: "udp" },
        { mode: "ingress", target: 1, published: "2", protocol: "tcp" },
      ],
    }],
    ["volumes: [./a:/b, {type: bind, source: /c, target: /d, bind: {create_host_path: false}}]", {
      volumes: [
        { type: "bind", source: "/p/a", target: "/b", bind: {} },
        { type: "bind", source: "/c", target: "/d", bind: { create_host_path: false } },
      ],
    }],
    ["volumes: [{type: tmpfs, target: /t, tmpfs: {size: 10m, mode: 01777}}]", {
      volumes: [{ type: "tmpfs", target: "/t", tmpfs: { size: "10485760", mode: 0o1777 } }],
    }],
    ["restart: on-failure:3\npull_policy: if_not_present", {
      restart: "on-failure:3",
      pull_policy: "missing",
    }],
    ["init: false\ntty: false\nprivileged: 'true'", { init: false, privileged: true }],
    ["deploy: {resources: {limits: {cpus: '0.5', memory: 1g, pids: 5}}}", {
      deploy: { placement: {}, resources: { limits: { cpus: 0.5, memory: "1073741824", pids: 5 } } },
    }],
    ["logging: {driver: x, options: {a: 1, b: }}", { logging: { driver: "x", options: { a: "1", b: "" } } }],
    ["post_start: [{command: echo a, user: root}]", {
      post_start: [{ command: ["echo", "a"], user: "root" }],
    }],
    ["blkio_config: {weight: 5, device_read_bps: [{path: /dev/a, rate: 1m}]}", {
      blkio_config: { weight: 5, device_read_bps: [{ Path: "/dev/a", Rate: "1048576" }] },
    }],
    ["network_mode: host", { network_mode: "host", networks: undefined }],
    ["x-anything: 5\nhostname: h", { hostname: "h" }],
  ];
  for (const [yaml, normal] of cases) {
    assertEquals(
      JSON.stringify(sortedDeep(await service(serviceText(yaml)))),
      JSON.stringify(sortedDeep(normal)),
      yaml,
    );
  }
});

function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort().map(([key, item]) => [key, sortedDeep(item)]));
}

Deno.test("what a service cannot do without becomes a dependency", async () => {
  const project = await load(`services:
  a: {image: x}
  b: {image: x, links: ["a:al"]}
  c: {image: x, network_mode: "service:a"}
  d: {image: x, volumes_from: ["a:ro", "container:z"]}
  e: {image: x, links: [a], depends_on: {a: {condition: service_healthy}}}
`);
  const dependencies = ["b", "c", "d", "e"].map((name) =>
    JSON.stringify(serviceOf(project, name).depends_on)
  );
  assertEquals(dependencies, [
    '{"a":{"condition":"service_started","required":true,"restart":true}}',
    '{"a":{"condition":"service_started","required":true,"restart":true}}',
    '{"a":{"condition":"service_started","required":true}}',
    '{"a":{"condition":"service_healthy","required":true}}',
  ]);
});

Deno.test("networks, volumes, configs and secrets get names; unused ones go", async () => {
  const text = `services:
  s:
    image: x
    networks: [n, e, named]
    volumes: [v:/v, ev:/ev]
    configs: [{source: c, target: /c, mode: 0440}]
    secrets: [k]
networks: {n: , e: {external: true}, named: {name: other}, unused: {}}
volumes: {vv: , v1: {}, v: , ev: {external: true, name: there}}
configs: {c: {content: "a$$b"}}
secrets: {k: {environment: HOME}}
`;
  const project = await load(text.replace("v:/v", "v1:/v"));
  assertEquals(
    JSON.stringify([project.networks, project.volumes, project.configs, project.secrets]),
    JSON.stringify([
      {
        n: { name: "proj_n", ipam: {} },
        e: { name: "e", ipam: {}, external: true },
        named: { name: "other", ipam: {} },
      },
      { v1: { name: "proj_v1" }, ev: { name: "there", external: true } },
      { c: { name: "proj_c", content: "a$b" } },
      { k: { name: "proj_k", environment: "HOME", environmentValue: "/home/me" } },
    ]),
  );
  assertEquals(serviceOf(project, "s").configs, [{ source: "c", target: "/c", mode: "0440" }]);
  assertEquals(serviceOf(project, "s").secrets, [{ source: "k", target: "/run/secrets/k" }]);
});

Deno.test("the default network is there only where a service uses it", async () => {
  const networksOf = async (fields: string) => Object.keys((await load(serviceText(fields))).networks);
  assertEquals(await networksOf(""), ["default"]);
  assertEquals(await networksOf("networks: {}"), ["default"]);
  assertEquals(await networksOf("network_mode: none"), []);
  assertEquals(await networksOf("networks: [default]"), ["default"]);
});

Deno.test("x-fields are kept where they belong", async () => {
  const project = await load(`x-pod: {network: host}
services:
  s: {image: x, x-probe: {a: 1}}
networks: {default: {x-n: 1}}
`);
  assertEquals(JSON.stringify(project.extensions), '{"x-pod":{"network":"host"}}');
  assertEquals(JSON.stringify(serviceOf(project, "s").extensions), '{"x-probe":{"a":1}}');
  assertEquals(JSON.stringify(project.networks.default?.extensions), '{"x-n":1}');
  assertEquals(JSON.stringify((await model(serviceText("x-a: 1"))).services).includes("x-a"), false);
});

Deno.test("names that objects have by themselves are names like others", async () => {
  const project = await load("services:\n  constructor: {image: x, labels: {toString: a, __proto__: b}}\n");
  assertEquals(Object.keys(project.services), ["constructor"]);
  assertEquals(Object.keys(serviceOf(project, "constructor").labels ?? {}), ["toString", "__proto__"]);
});
