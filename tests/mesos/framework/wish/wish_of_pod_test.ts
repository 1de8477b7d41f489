import { textsOfPayload } from "../../../../src/mesos/task/payload.ts";
import { stopTimeOf } from "../../../../src/mesos/framework/wish/stop_time.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../../../support/assert.ts";
import { problemsOf, readSpec, wishOf } from "./wishing.ts";

const total = "x-pod: {resources: {cpus: 1, memory: 64m}}";

const needs: readonly { readonly text: string; readonly needs: Readonly<Record<string, number>> }[] = [
  { text: `services: {a: {image: i}}\n${total}`, needs: { cpus: 1100, memory: 192_000, disk: 0, gpus: 0 } },
  {
    text: "services: {a: {image: i}}\nx-pod: {resources: {cpus: 1, memory: 100000000, disk: 1g, gpus: 2}}",
    needs: { cpus: 1100, memory: 223_368, disk: 1_024_000, gpus: 2000 },
  },
  {
    text:
      "services: {a: {image: i, cpus: 0.5, mem_limit: 32m, scale: 2}, b: {image: i, cpu_quota: 25000}}\n" +
      "x-pod: {network: services}",
    needs: { cpus: 1350, memory: 64_000 + 128_000 + 128_000, disk: 0, gpus: 0 },
  },
  {
    text:
      "services: {a: {image: i, deploy: {resources: {reservations: {cpus: '0.2', memory: 48m}}}, pre_start: [{command: x}]}}",
    needs: { cpus: 300, memory: 176_000, disk: 0, gpus: 0 },
  },
  { text: "services: {a: {image: i}}", needs: { cpus: 200, memory: 256_000, disk: 0, gpus: 0 } },
  {
    text: `services: {a: {image: i, gpus: [{driver: nvidia, count: 2}]}}\n${total}`,
    needs: { cpus: 1100, memory: 192_000, disk: 0, gpus: 2000 },
  },
];

for (const { text, needs: expected } of needs) {
  Deno.test(`wish: what is needed for ${text.replaceAll("\n", " ")}`, async () => {
    const { ports: _ports, ...scalars } = (await wishOf(text)).needs;
    assertEquals(scalars, expected);
  });
}

Deno.test("wish: amounts that nobody named are told, since the pod is held to them", async () => {
  assertEquals(
    await problemsOf("services: {a: {image: i, cpus: 1}, b: {image: i}}"),
    [
      "warning: x-pod.resources.cpus: is not said, nor what b may use: 0.1 CPUs are taken for each, and the pod is held " +
      "to the sum",
      "warning: x-pod.resources.memory: is not said, nor what a, b may use: 128 MiB are taken for each, and the pod is " +
      "held to the sum",
    ].map((line) => line.replace(/^warning: /, "")),
  );
  assertEquals(await problemsOf(`services: {a: {image: i}}\n${total}`), []);
});

const ports: readonly { readonly name: string; readonly text: string; readonly ports: readonly string[] }[] =
  [
    {
      name: "fixed and any, containers by name",
      text:
        "services: {b: {image: i, ports: ['8080:80', '90']}, a: {image: i, ports: [{name: http, target: 70}]}}",
      ports: ["any a:70/tcp http", "8080 b:80/tcp b-80", "any b:90/tcp b-90"],
    },
    {
      name: "two protocols of one number",
      text: "services: {a: {image: i, ports: ['53:53/udp', '53:53/tcp']}}",
      ports: ["53 a:53/tcp a-53", "53 a:53/udp a-53"],
    },
    {
      name: "a range is any port",
      text: "services: {a: {image: i, ports: ['8000-8005:80', '90']}}",
      ports: ["any a:80/tcp a-80", "any a:90/tcp a-90"],
    },
    {
      name: "one container port twice",
      text: "services: {a: {image: i, ports: ['8080:80', '8081:80']}}",
      ports: ["8080 a:80/tcp a-80", "8081 a:80/tcp a-80"],
    },
    {
      name: "x-pod.ports by place, number and name, also for what the spec does not publish",
      text:
        "services: {a: {image: i, ports: [80, 90, 70]}}\nx-pod: {ports: [a:70=PORT0, a:90=31005, a:60=admin]}",
      ports: ["any a:70/tcp a-70", "any a:80/tcp a-80", "31005 a:90/tcp a-90", "any a:60/tcp admin"],
    },
    {
      name: "on the host's network the ports themselves",
      text: "services: {a: {image: i, ports: [8080], network_mode: host}, b: {image: i, ports: [80]}}",
      ports: ["any b:80/tcp b-80", "8080 a:8080/tcp a-8080"],
    },
  ];

for (const { name, text, ports: expected } of ports) {
  Deno.test(`wish: ports: ${name}`, async () => {
    const wish = await wishOf(text);
    assertEquals(
      wish.task.ports.map(({ need, name, protocol, container, target }) =>
        `${wish.needs.ports[need]?.fixed ?? "any"} ${container}:${target}/${protocol} ${name}`
      ),
      expected,
    );
  });
}

const refused: readonly { readonly text: string; readonly says: readonly string[] }[] = [
  {
    text: `services: {a: {image: i, ports: [80]}}\n${
      total.replace("x-pod: {", "x-pod: {ports: [a:80=PORT1], ")
    }`,
    says: ["x-pod.ports: there is no PORT1: the pod has PORT0 to PORT0"],
  },
  {
    text: `services: {a: {image: i, ports: [80]}}\n${
      total.replace("x-pod: {", "x-pod: {ports: [b:80=PORT0], ")
    }`,
    says: ['x-pod.ports: "b:80=PORT0": no container is called b: use one of a'],
  },
  {
    text: `services: {a: {image: i, scale: 2, ports: [80]}}\n${
      total.replace("x-pod: {", "x-pod: {network: services, ")
    }`,
    says: [
      "services.a.ports[0]: 2 replicas cannot share one offered port: run one, or make services of them",
    ],
  },
  {
    text: `services: {a: {image: i, gpus: all}}\n${total}`,
    says: ["x-pod.resources.gpus: has to say how many: a asks for all GPUs of whatever host it runs on"],
  },
  {
    text: `services: {a: {image: i}}\n${total.replace("x-pod: {", "x-pod: {roles: [mesolet, web], ")}`,
    says: ["x-pod.roles[1]: the framework has not the role web: it has mesolet"],
  },
  {
    text: `name: ${"n".repeat(151)}\nservices: {a: {image: i}}\n${total}`,
    says: ["name: has 151 letters, and a pod on a cluster 150 at most"],
  },
];

for (const { text, says } of refused) {
  Deno.test(`wish: none for ${text.slice(0, 90).replaceAll("\n", " ")}`, async () => {
    const { result } = await readSpec(text);
    assertEquals(result.wish, undefined);
    assertEquals(
      result.problems.filter(({ severity }) => severity === "error").map(({ path, message }) =>
        `${path}: ${message}`
      ),
      says,
    );
  });
}

Deno.test("wish: the version is that of what runs, not of where and how often", async () => {
  const version = async (extension: string, service = "image: i") =>
    (await wishOf(`services: {a: {${service}}}\nx-pod: {resources: {cpus: 1, memory: 64m}${extension}}`))
      .version;
  const plain = await version("");
  assertMatch(plain, /^[a-z0-9]{1,32}$/);
  for (
    const same of [
      ", replicas: 3",
      ", placement: {unique: [hostname]}",
      ", update: {parallel: 2}",
      ", roles: [mesolet]",
      ", unreachable: {wait: forever}",
    ]
  ) assertEquals(await version(same), plain, same);
  for (const other of [", essential: [a]", ", network: host", ", uris: [/a.tgz]"]) {
    assertNotEquals(await version(other), plain, other);
  }
  for (const other of ["image: j", "image: i, environment: {A: b}", "image: i, ports: [80]"]) {
    assertNotEquals(await version("", other), plain, other);
  }
  const more =
    (await wishOf("services: {a: {image: i}}\nx-pod: {resources: {cpus: 2, memory: 64m}}")).version;
  assertNotEquals(more, plain);
});

Deno.test("wish: the content of files and variables is part of the version", async () => {
  const text = `services: {a: {image: i, secrets: [s], env_file: [e]}}\nsecrets: {s: {file: ./s}}\n${total}`;
  const version = async (files: Readonly<Record<string, string>>) => (await wishOf({ text, files })).version;
  const before = await version({ s: "one", e: "A=1" });
  assertEquals(await version({ s: "one", e: "A=1" }), before);
  assertNotEquals(await version({ s: "two", e: "A=1" }), before);
  assertNotEquals(await version({ s: "one", e: "A=2" }), before);
});

Deno.test("wish: what x-pod says of a cluster, and what it is without a word", async () => {
  const said = await wishOf(
    `services: {a: {image: i}}\nx-pod: {replicas: 3, roles: [web], unreachable: {wait: forever}, placement: {unique: [hostname]},` +
      " update: {parallel: 2}, resources: {cpus: 1, memory: 64m}}",
  ).catch((error: Error) => error);
  assert(said instanceof Error);
  const wish = await wishOf({
    text: "services: {a: {image: i}}\nx-pod: {replicas: 3, roles: [web], unreachable: {wait: forever}}",
    roles: ["mesolet", "web"],
  });
  assertEquals([wish.replicas, wish.roles, wish.unreachableWait], [3, ["web"], null]);
  const silent = await wishOf({ text: "services: {a: {image: i}}", roles: ["mesolet", "web"] });
  assertEquals([silent.replicas, silent.roles, silent.unreachableWait], [1, ["mesolet", "web"], 300_000]);
});

const healthy = "healthcheck: {test: [CMD, ok]}";
const health: readonly { readonly services: string; readonly hasHealth: boolean }[] = [
  { services: `a: {image: i, ${healthy}}`, hasHealth: true },
  { services: "a: {image: i}", hasHealth: false },
  { services: "a: {image: i, healthcheck: {disable: true}}", hasHealth: false },
  { services: "a: {image: i, healthcheck: {interval: 5s}}", hasHealth: false },
  { services: `a: {image: i, ${healthy}}, b: {image: i}`, hasHealth: true },
  {
    services:
      `a: {image: i, ${healthy}}, b: {image: i, depends_on: {a: {condition: service_completed_successfully}}}`,
    hasHealth: false,
  },
];

for (const { services, hasHealth } of health) {
  Deno.test(`wish: ${hasHealth ? "health" : "no health"} with ${services}`, async () => {
    assertEquals((await wishOf(`services: {${services}}`)).hasHealth, hasHealth);
  });
}

const stops: readonly { readonly services: string; readonly milliseconds: number }[] = [
  { services: "a: {image: i}", milliseconds: 10_000 },
  { services: "a: {image: i, stop_grace_period: 30s}, b: {image: i}", milliseconds: 30_000 },
  {
    services:
      "a: {image: i, stop_grace_period: 1s}, b: {image: i, depends_on: [a], stop_grace_period: 2s}, " +
      "c: {image: i, depends_on: [b], stop_grace_period: 4s}, d: {image: i, depends_on: [a], stop_grace_period: 3s}",
    milliseconds: 7_000,
  },
  {
    services: "a: {image: i, stop_grace_period: 1s, pre_stop: [{command: x}, {command: y}]}",
    milliseconds: 121_000,
  },
];

for (const { services, milliseconds } of stops) {
  Deno.test(`wish: stops within ${milliseconds} ms: ${services}`, async () => {
    assertEquals((await wishOf(`services: {${services}}`)).stopTime, milliseconds);
  });
}

Deno.test("wish: a chain of dependencies as long as it may be", async () => {
  const { pod: { containers } } = await readSpec("services: {a: {image: i, stop_grace_period: 1ms}}");
  const [first] = containers;
  assert(first !== undefined);
  const chain = Array.from({ length: 20_000 }, (_, index) => ({
    ...first,
    name: `c${index}`,
    dependsOn: index === 0
      ? []
      : [{ container: `c${index - 1}`, condition: "started" as const, restart: false, required: true }],
  }));
  assertEquals(stopTimeOf({ containers: chain.reverse() }), 20_000);
});

Deno.test("wish: the payload is what an executor reads", async () => {
  const wish = await wishOf(`services: {a: {image: i}}\n${total}`);
  const texts = await textsOfPayload(Uint8Array.fromBase64(wish.task.payload));
  assertEquals(texts.length, 1);
  assertMatch(texts[0] ?? "", /^name: shop\nservices:\n {2}a:\n/);
});
