import { toMarathon } from "../../src/convert/marathon.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type MarathonApp, marathonTask } from "../mesos/marathon_task.ts";
import { assertArrives, everything } from "./arriving.ts";
import { lossesOf, notesOf, sourceOf } from "./converting.ts";

const program = { kind: "uri", uri: "https://files.example.com/mesolet-1.0" } as const;

/** The app, as a person would read the file. */
async function appOf(text: string): Promise<Record<string, unknown>> {
  return JSON.parse(toMarathon(await sourceOf({ text }), { program }).text);
}

Deno.test("marathon: what Marathon hands to the executor is the same pod", async () => {
  const { text } = toMarathon(await sourceOf({ text: everything }), { program });
  const app: MarathonApp = JSON.parse(text);
  for (const sendsApp of [false, true]) {
    const task = marathonTask(app, {
      taskId: "shop.instance-1",
      frameworkId: "marathon",
      hostname: "agent",
      ports: [31_000, 31_001, 31_002].slice(0, app.portDefinitions?.length),
      sendsApp,
    });
    await assertArrives({ ...task, agent_id: { value: "agent" } }, everything);
  }
});

Deno.test("marathon: the app, and what is lost", async () => {
  const conversion = toMarathon(await sourceOf({ text: everything }), { program });
  const { labels, ...app } = JSON.parse(conversion.text);
  assertEquals(Object.keys(labels), ["mesolet.spec-data"]);
  assertEquals(app, {
    id: "/shop",
    cmd: " ",
    executor: "./mesolet",
    cpus: 2,
    mem: 512,
    disk: 1024,
    instances: 4,
    constraints: [
      ["rack", "LIKE", "r\\.1|r2"],
      ["@zone", "LIKE", "a"],
      ["kind", "UNLIKE", "slow"],
      ["disk", "LIKE", "ssd.*"],
      ["@hostname", "UNIQUE"],
      ["@region", "GROUP_BY"],
    ],
    fetch: [{
      uri: "https://files.example.com/mesolet-1.0",
      destPath: "mesolet",
      executable: true,
      extract: false,
      cache: true,
    }],
    portDefinitions: [
      { port: 0, protocol: "tcp", name: "web-80" },
      { port: 0, protocol: "udp", name: "dns" },
      { port: 0, protocol: "tcp", name: "web-53" },
    ],
    requirePorts: false,
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
    unreachableStrategy: { inactiveAfterSeconds: 120, expungeAfterSeconds: 120 },
    killSelection: "YOUNGEST_FIRST",
  });
  assertEquals(lossesOf(conversion), [
    "services.web.ports: is lost: 53 for 53 becomes any port: in Marathon an app has all of its ports fixed, or none",
    "x-pod.update.healthy_for: is lost: Marathon goes on as soon as a new instance is healthy",
    "x-pod.update.max_failures: is lost: Marathon tries new instances for as long as the deployment lasts",
    "x-pod.update.on_failure: is lost: Marathon neither pauses a deployment nor takes it back by itself",
  ]);
});

Deno.test("marathon: ports that are all fixed are required", async () => {
  const app = await appOf("services: {a: {image: i, ports: ['8080:80', '8443:443']}}");
  assertEquals([app["requirePorts"], app["portDefinitions"]], [true, [
    { port: 8080, protocol: "tcp", name: "a-80" },
    { port: 8443, protocol: "tcp", name: "a-443" },
  ]]);
});

const strategies:
  readonly (readonly [pod: string, strategy: readonly [number, number], unreachable: unknown])[] = [
    ["{replicas: 1}", [0, 0], { inactiveAfterSeconds: 300, expungeAfterSeconds: 300 }],
    ["{replicas: 3}", [0.6667, 0], { inactiveAfterSeconds: 300, expungeAfterSeconds: 300 }],
    ["{replicas: 2, update: {parallel: 9}, unreachable: {wait: forever}}", [0, 0], "disabled"],
    ["{replicas: 0}", [0, 0], { inactiveAfterSeconds: 300, expungeAfterSeconds: 300 }],
  ];

for (const [pod, [healthy, over], unreachable] of strategies) {
  Deno.test(`marathon: the strategies of ${pod}`, async () => {
    const app = await appOf(`services: {a: {image: i}}\nx-pod: ${pod}\n`);
    assertEquals(app["upgradeStrategy"], { minimumHealthCapacity: healthy, maximumOverCapacity: over });
    assertEquals(app["unreachableStrategy"], unreachable);
  });
}

/** What Marathon's definition of an app says of the members that are used (docs/rest-api, `app.raml`). */
const rules: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: (value) =>
    /^(\/?((\.\.)|(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))?($|\/))+$/
      .test(
        String(value),
      ),
  cmd: (value) => typeof value === "string" && value.length > 0,
  executor: (value) => typeof value === "string",
  cpus: (value) => Number(value) >= 0.001,
  mem: (value) => Number(value) >= 0,
  disk: (value) => Number(value) >= 0,
  gpus: (value) => Number.isInteger(value),
  instances: (value) => Number.isInteger(value) && Number(value) >= 0,
  acceptedResourceRoles: (value) => Array.isArray(value) && new Set(value).size === value.length,
  constraints: (value) =>
    Array.isArray(value) &&
    value.every((each) =>
      each.length >= 2 && each.length <= 3 &&
      ["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS"].includes(each[1])
    ),
  fetch: (value) =>
    Array.isArray(value) &&
    value.every((each) =>
      each.uri.length <= 1024 &&
      Object.keys(each).every((name) => ["uri", "extract", "executable", "cache", "destPath"].includes(name))
    ),
  labels: (value) => Object.values(Object(value)).every((text) => typeof text === "string"),
  portDefinitions: (value) =>
    Array.isArray(value) &&
    value.every(({ port, name = "a", protocol }) =>
      port >= 0 && port <= 65_535 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) &&
      ["tcp", "udp", "udp,tcp"].includes(protocol)
    ),
  requirePorts: (value) => typeof value === "boolean",
  upgradeStrategy: (value) =>
    Object.values(Object(value)).every((share) => Number(share) >= 0 && Number(share) <= 1),
  unreachableStrategy: (value) => value === "disabled" || typeof value === "object",
  killSelection: (value) => ["YOUNGEST_FIRST", "OLDEST_FIRST"].includes(String(value)),
};

const specs = [
  everything,
  "name: a_b-c_\nservices: {a: {image: i, ports: [{name: My_Port, target: 1, protocol: sctp}]}}\nx-pod: {roles: [web, '*'], uris: [https://example.org/x.tgz], resources: {gpus: 1}}\n",
];

for (const [index, text] of specs.entries()) {
  Deno.test(`marathon: app ${index} keeps to what Marathon publishes`, async () => {
    for (const [name, value] of Object.entries(await appOf(text))) {
      assert(rules[name]?.(value), `${name}: ${JSON.stringify(value)}`);
    }
  });
}

Deno.test("marathon: names that it does not take, and memory that is too little, are told", async () => {
  const conversion = toMarathon(await sourceOf({ text: specs[1] ?? "" }), {
    program: { kind: "file", path: "/opt/mesolet" },
  });
  assertEquals(JSON.parse(conversion.text)["executor"], "/opt/mesolet");
  assertEquals(lossesOf(conversion), [
    "services.a.ports: is lost: Marathon knows tcp and udp alone, and calls a port of sctp tcp",
  ]);
  assert(notesOf(conversion).includes("services.a.ports: My_Port is called my-port in Marathon"));
});
