import { assertEquals } from "../support/assert.ts";
import { load, problems, service, serviceOf, serviceText } from "./loading.ts";

async function merged(base: string, over: string): Promise<Record<string, unknown>> {
  return await service(
    { "compose.yaml": serviceText(base), "over.yaml": `services:\n  s:\n${indent(over)}` },
    {
      files: ["/p/compose.yaml", "/p/over.yaml"],
    },
  );
}

function indent(fields: string): string {
  return fields.replace(/^(?=.)/gm, "    ");
}

const cases: [what: string, base: string, over: string, normal: Record<string, unknown>][] = [
  ["scalars are replaced", "user: a\nhostname: h", "user: b", { hostname: "h", user: "b" }],
  ["null keeps the base", "environment: {A: 1}\nhostname: h", "environment:", {
    environment: { A: "1" },
    hostname: "h",
  }],
  ["command is replaced", "command: a b", "command: [c]", { command: ["c"] }],
  ["null takes a command away", "command: a b", "command:", {}],
  ["entrypoint is replaced", "entrypoint: a", "entrypoint: []", { entrypoint: [] }],
  ["a health test is replaced", "healthcheck: {test: a, retries: 2}", "healthcheck: {test: [CMD, b]}", {
    healthcheck: { test: ["CMD", "b"], retries: 2 },
  }],
  ["lists are joined", "cap_add: [A]", "cap_add: [B, A]", { cap_add: ["A", "B"] }],
  ["environments are merged by key", "environment: {A: 1, B: 2}", "environment: [B=3, C]", {
    environment: { A: "1", B: "3", C: null },
  }],
  ["labels are merged by key", "labels: [a=1]", "labels: {a: 2, b: 3}", { labels: { a: "2", b: "3" } }],
  ["dns is joined", "dns: 1.1.1.1", "dns: [2.2.2.2, 1.1.1.1]", { dns: ["1.1.1.1", "2.2.2.2"] }],
  [
    "extra_hosts are joined without duplicates",
    "extra_hosts: [a=1.1.1.1]",
    "extra_hosts: {a: 1.1.1.1, b: 2.2.2.2}",
    { extra_hosts: ["a=1.1.1.1", "b=2.2.2.2"] },
  ],
  ["a limit is replaced as a whole", "ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}", {
    ulimits: { nofile: 5 },
  }],
  ["ports are unique", "ports: ['8080:80', '81:81']", "ports: [{target: 80, published: '8080', name: web}]", {
    ports: [
      { mode: "ingress", name: "web", protocol: "tcp", published: "8080", target: 80 },
      { mode: "ingress", protocol: "tcp", published: "81", target: 81 },
    ],
  }],
  ["volumes are unique by target", "volumes: [/a:/d, /b:/e]", "volumes: [/c:/d]", {
    volumes: [
      { bind: {}, source: "/c", target: "/d", type: "bind" },
      { bind: {}, source: "/b", target: "/e", type: "bind" },
    ],
  }],
  ["logging of another driver is replaced", "logging: {driver: a, options: {x: 1}}", "logging: {driver: b}", {
    logging: { driver: "b" },
  }],
  [
    "logging of the same driver is merged",
    "logging: {driver: a, options: {x: 1}}",
    "logging: {options: {y: 2}}",
    { logging: { driver: "a", options: { x: "1", y: "2" } } },
  ],
  ["!reset takes away", "ports: ['80:80']\nuser: a", "ports: !reset []\nuser: !reset null", {}],
  ["!reset takes a key away", "environment: {A: 1, B: 2}", "environment:\n  A: !reset null", {
    environment: { B: "2" },
  }],
  ["!override replaces", "ports: ['80:80']", "ports: !override ['81:81']", {
    ports: [{ mode: "ingress", protocol: "tcp", published: "81", target: 81 }],
  }],
  ["!override replaces a mapping", "environment: {A: 1}", "environment: !override {B: 2}", {
    environment: { B: "2" },
  }],
];

for (const [what, base, over, normal] of cases) {
  Deno.test(`merge: ${what}`, async () => {
    assertEquals(await merged(base, over), normal);
  });
}

Deno.test("merge: a dependency as a list resets the condition and keeps restart", async () => {
  const project = await load({
    "compose.yaml":
      "services:\n  t: {image: x}\n  s: {image: x, depends_on: {t: {condition: service_healthy, restart: true}}}\n",
    "over.yaml": "services:\n  s: {depends_on: [t]}\n",
  }, { files: ["/p/compose.yaml", "/p/over.yaml"] });
  assertEquals(
    JSON.stringify(serviceOf(project, "s").depends_on),
    '{"t":{"condition":"service_started","required":true,"restart":true}}',
  );
});

Deno.test("merge: address pools merge by subnet", async () => {
  const text = (pools: string) => `${serviceText("")}networks: {default: {ipam: {config: [${pools}]}}}\n`;
  const project = await load({
    "compose.yaml": text("{subnet: 10.0.0.0/24, gateway: 10.0.0.1}, {subnet: 10.1.0.0/24}"),
    "over.yaml": text("{subnet: 10.0.0.0/24, gateway: 10.0.0.9}, {subnet: 10.2.0.0/24}"),
  }, { files: ["/p/compose.yaml", "/p/over.yaml"] });
  assertEquals(project.networks.default?.ipam.config, [
    { subnet: "10.0.0.0/24", gateway: "10.0.0.9" },
    { subnet: "10.1.0.0/24" },
    { subnet: "10.2.0.0/24" },
  ]);
});

Deno.test("merge: what does not fit is refused", async () => {
  const found = await problems({
    "compose.yaml": serviceText("healthcheck: {retries: 1}"),
    "over.yaml": "services:\n  s:\n    healthcheck: 5\n",
  }, { files: ["/p/compose.yaml", "/p/over.yaml"] });
  assertEquals(found, [
    "/p/over.yaml:3:5: services.s.healthcheck: the number 5 cannot be merged over a mapping of an earlier file",
  ]);
});
