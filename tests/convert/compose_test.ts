import { loadCompose } from "../../src/compose/load.ts";
import { podOf } from "../../src/compose/pod.ts";
import { toCompose } from "../../src/convert/compose.ts";
import type { Conversion } from "../../src/convert/conversion.ts";
import { memoryFiles } from "../support/memory_files.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { type GivenSpec, lossesOf, notesOf, sourceOf } from "./converting.ts";

async function converted(given: string | GivenSpec): Promise<Conversion> {
  const spec = typeof given === "string" ? { text: given } : given;
  return toCompose(await sourceOf(spec), { pauseImage: "pause:3" });
}

Deno.test("compose: the pod's network is that of one more service", async () => {
  const { text, losses } = await converted(`
services:
  web:
    image: web
    ports: ["8080:80"]
    hostname: front
    extra_hosts: ["h=1.2.3.4"]
    dns: [1.1.1.1]
    sysctls: {net.core.somaxconn: 5, kernel.msgmax: 9}
    depends_on: [db]
    shm_size: 1m
    restart: always
  db: {image: "db", networks: {default: {aliases: [database]}}, ipc: private}
  out: {image: out, network_mode: host}
`);
  assertEquals(losses, []);
  assertEquals(
    text,
    `name: shop
services:
  db:
    depends_on:
      pod:
        condition: service_started
        required: true
        restart: true
    image: db
    ipc: private
    network_mode: service:pod
  out:
    image: out
    network_mode: host
  pod:
    cap_drop:
      - ALL
    command:
      - sleep
      - infinity
    dns:
      - "1.1.1.1"
    extra_hosts:
      - database=127.0.0.1
      - db=127.0.0.1
      - front=127.0.0.1
      - shop-db-1=127.0.0.1
      - shop-web-1=127.0.0.1
      - web=127.0.0.1
      - h=1.2.3.4
    hostname: front
    image: pause:3
    ipc: shareable
    networks:
      default: null
    ports:
      - mode: ingress
        protocol: tcp
        published: "8080"
        target: 80
    read_only: true
    restart: always
    security_opt:
      - no-new-privileges:true
    shm_size: "1048576"
    stop_signal: SIGKILL
    sysctls:
      kernel.msgmax: "9"
      net.core.somaxconn: "5"
  web:
    depends_on:
      db:
        condition: service_started
        required: true
      pod:
        condition: service_started
        required: true
        restart: true
    image: web
    ipc: service:pod
    network_mode: service:pod
    restart: always
networks:
  default:
    ipam: {}
    name: shop_default
`,
  );
});

const networks: readonly {
  readonly name: string;
  readonly text: string;
  readonly lines: readonly string[];
}[] = [
  {
    name: "services: as they are",
    text: "services: {a: {image: i, ports: ['80:80']}}\nx-pod: {network: services}\n",
    lines: ['        published: "80"', "    networks:", "      default: null"],
  },
  {
    name: "host: without ports and networks",
    text: "services: {a: {image: i, ports: ['80:80']}}\nx-pod: {network: host}\n",
    lines: ["    network_mode: host"],
  },
  {
    name: "none: one namespace without a network",
    text: "services: {a: {image: i}}\nx-pod: {network: none}\n",
    lines: ["    network_mode: service:pod", "    network_mode: none"],
  },
  {
    name: "existing: the pause service joins it",
    text: "services: {a: {image: i}, pod: {image: p}}\nx-pod: {network: back}\n",
    lines: ["  pod-2:", "    network_mode: service:pod-2", "    external: true", "    name: back"],
  },
];

for (const { name, text, lines } of networks) {
  Deno.test(`compose: network mode ${name}`, async () => {
    const conversion = await converted(text);
    assertEquals(lossesOf(conversion), []);
    for (const line of lines) assertStringIncludes(conversion.text, `${line}\n`);
    if (name.startsWith("host")) assertEquals(conversion.text.includes("ports:"), false);
  });
}

Deno.test("compose: what it makes is a spec, of the same containers and one more", async () => {
  const given = "services: {a: {image: i, environment: {A: '$$x'}, volumes: [data:/v]}}\nvolumes: {data: }\n";
  const { text } = await converted(given);
  const { project } = await loadCompose({
    files: ["/x/compose.yaml"],
    workingDirectory: "/x",
    environment: {},
    access: memoryFiles({ "/x/compose.yaml": text }),
  });
  const { pod } = podOf({ project, readFile: () => undefined, network: "services" });
  assertEquals(pod.name, "shop");
  assertEquals(pod.containers.map(({ name, image }) => `${name} ${image}`), ["a i", "pod pause:3"]);
  assertEquals(pod.containers[0]?.environment, [{ name: "A", value: "$x" }]);
  assertEquals(pod.volumes.map(({ name }) => name), ["shop_data"]);
});

Deno.test("compose: a total holds for one service, and for several it is lost", async () => {
  const total = "x-pod: {resources: {cpus: 1.5, memory: 64m}}\n";
  const one = await converted(`services: {a: {image: i}}\n${total}`);
  assertEquals(lossesOf(one), []);
  assertStringIncludes(one.text, "    cpus: 1.5\n");
  assertStringIncludes(one.text, '    mem_limit: "67108864"\n');
  const two = await converted(`services: {a: {image: i, mem_limit: 8m}, b: {image: i}}\n${total}`);
  assertEquals(lossesOf(two), [
    "x-pod.resources: is lost: each service is held to it by itself, and not all of them together",
  ]);
  assertStringIncludes(two.text, '    mem_limit: "8388608"\n');
});

Deno.test("compose: the rest of x-pod is lost", async () => {
  const conversion = await converted(`
services: {a: {image: i, environment: {KEY: secret}}}
x-pod: {name: mine, essential: [a], hooks: {running: [https://example.org]}, uris: [/x], replicas: 2, roles: [r]}
`);
  assertEquals(
    lossesOf(conversion).map((line) => line.split(":")[0] ?? ""),
    ["x-pod.essential", "x-pod.hooks", "x-pod.replicas", "x-pod.roles", "x-pod.uris"],
  );
  assertEquals(notesOf(conversion), [
    "services.a.environment: its values are in the text, as those of all variables",
  ]);
});

Deno.test("compose: images are by digest where they are to be", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const { text } = await converted({
    text: "services: {a: {image: 'busybox:1'}, b: {image: other}}\nx-pod: {pin: [a]}\n",
    digests: new Map([["busybox:1", digest]]),
  });
  assertStringIncludes(
    text,
    `busybox@${digest}`,
  );
  assertStringIncludes(text, "image: other\n");
});

Deno.test("compose: services that claim one port share no network", async () => {
  const text = "services: {a: {image: i, expose: ['80']}, b: {image: i, expose: ['80']}}";
  await assertRejects(() => converted(text));
});
