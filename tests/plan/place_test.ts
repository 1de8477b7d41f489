import { negotiateApiVersion } from "../../src/docker/engine_facts.ts";
import { place } from "../../src/plan/place.ts";
import type { EngineBody } from "../../src/plan/step.ts";
import { SpecError, UsageError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { type ComposePodOptions, podOfText } from "../support/compose_pod.ts";
import { engineFacts, host, objectOf, placementOf } from "../support/placing.ts";

type PlaceOptions = Parameters<typeof placementOf>[1];

async function bodies(text: string, options: PlaceOptions = {}): Promise<Record<string, EngineBody>> {
  const { placed } = await placementOf(text, options);
  return Object.fromEntries(placed.containers.map(({ name, body }) => [name, body]));
}

/** Fields of `HostConfig` of each container. */
async function hostConfigs(text: string, fields: readonly string[], options: PlaceOptions = {}) {
  const all = await bodies(text, options);
  return Object.fromEntries(
    Object.entries(all).map(([name, body]) => {
      const config = objectOf(body["HostConfig"]);
      return [
        name,
        Object.fromEntries(
          fields.flatMap((field) => config[field] === undefined ? [] : [[field, config[field]]]),
        ),
      ];
    }),
  );
}

const neighbours = `
services:
  web:
    image: web
    ports: ["8080:80", "127.0.0.1:8443:443"]
    hostname: front
    networks: {default: {aliases: [www]}}
    sysctls: {net.core.somaxconn: "1024", kernel.domainname: x}
    extra_hosts: ["registry=10.0.0.1"]
    dns: [9.9.9.9]
    shm_size: 128m
  cache: {image: cache, container_name: the-cache, dns: [1.1.1.1]}
`;

Deno.test("pod mode: the pause container owns network, IPC, ports, names and DNS; the others join it", async () => {
  const fields = ["NetworkMode", "IpcMode", "PortBindings", "ExtraHosts", "Dns", "Sysctls", "ShmSize"];
  assertEquals(await hostConfigs(neighbours, fields), {
    shop_pause: {
      NetworkMode: "mesolet",
      IpcMode: "shareable",
      PortBindings: {
        "80/tcp": [{ HostIp: "", HostPort: "8080" }],
        "443/tcp": [{ HostIp: "127.0.0.1", HostPort: "8443" }],
      },
      ExtraHosts: [
        "cache:127.0.0.1",
        "front:127.0.0.1",
        "shop-cache-1:127.0.0.1",
        "shop-web-1:127.0.0.1",
        "the-cache:127.0.0.1",
        "web:127.0.0.1",
        "www:127.0.0.1",
        "registry:10.0.0.1",
      ],
      Dns: ["1.1.1.1", "9.9.9.9"],
      Sysctls: { "net.core.somaxconn": "1024" },
      ShmSize: 128 * 1024 * 1024,
    },
    "the-cache": { NetworkMode: "container:<id:shop_pause>", IpcMode: "container:<id:shop_pause>" },
    "shop-web-1": {
      NetworkMode: "container:<id:shop_pause>",
      IpcMode: "container:<id:shop_pause>",
      Sysctls: { "kernel.domainname": "x" },
    },
  });
});

Deno.test("pod mode: nothing that the engine refuses beside a joined namespace is sent", async () => {
  const web = (await bodies(neighbours))["shop-web-1"] ?? {};
  assertEquals([web["Hostname"], web["ExposedPorts"], web["NetworkingConfig"], web["MacAddress"]], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("pod mode: a pod whose name is longer than a host's may be is called by its beginning", async () => {
  const hostname = async (pod: string) =>
    (await bodies(`name: ${pod}\nservices: {a: {image: a}}`, { name: pod }))[`${pod}_pause`]?.["Hostname"];
  const name = "a".repeat(63);
  assertEquals([await hostname(name), await hostname(`${name}-more`)], [name, name]);
});

Deno.test("services mode: each container has its own address and names, as Docker Compose has it", async () => {
  const all = await bodies(neighbours, { network: "services" });
  assertEquals(Object.keys(all), ["the-cache", "shop-web-1"]);
  const web = all["shop-web-1"] ?? {};
  assertEquals(objectOf(web["HostConfig"])["NetworkMode"], "shop_default");
  assertEquals(objectOf(objectOf(web["NetworkingConfig"])["EndpointsConfig"])["shop_default"], {
    Aliases: ["shop-web-1", "web", "www"],
    Links: undefined,
    IPAMConfig: undefined,
    IPAddress: undefined,
    MacAddress: undefined,
    DriverOpts: undefined,
    GwPriority: undefined,
  });
});

Deno.test("host mode: containers are on the host's network and know each other at loopback", async () => {
  const text = "services: {a: {image: a, ports: ['80:80']}, b: {image: b}}";
  assertEquals(await hostConfigs(text, ["NetworkMode", "PortBindings", "ExtraHosts"], { network: "host" }), {
    "shop-a-1": {
      NetworkMode: "host",
      ExtraHosts: ["a:127.0.0.1", "b:127.0.0.1", "shop-a-1:127.0.0.1", "shop-b-1:127.0.0.1"],
    },
    "shop-b-1": {
      NetworkMode: "host",
      ExtraHosts: ["a:127.0.0.1", "b:127.0.0.1", "shop-a-1:127.0.0.1", "shop-b-1:127.0.0.1"],
    },
  });
});

Deno.test("none: one namespace with nothing but loopback", async () => {
  const modes = await hostConfigs("services: {a: {image: a}}", ["NetworkMode"], { network: "none" });
  assertEquals(modes, {
    shop_pause: { NetworkMode: "none" },
    "shop-a-1": { NetworkMode: "container:<id:shop_pause>" },
  });
});

Deno.test("an existing network: the pause container joins it, and so it does networks of others that the file names", async () => {
  const { placed } = await placementOf(
    `
services: {a: {image: a, networks: [default, edge]}}
networks: {edge: {external: true, name: traefik}}
x-pod: {network: backplane}
`,
  );
  assertEquals(placed.networks.map(({ name, external }) => [name, external]), [["backplane", true], [
    "traefik",
    true,
  ]]);
  assertEquals(placed.containers[0]?.networks, ["backplane", "traefik"]);
  assertEquals(placed.containers[0]?.laterNetworks.map(({ network }) => network), ["traefik"]);
});

Deno.test("a container that joins another one of the pod shares the pod's namespace; one with its own stays out", async () => {
  const modes = await hostConfigs(
    `
services:
  a: {image: a}
  b: {image: b, network_mode: "service:a"}
  c: {image: c, network_mode: bridge, ports: ["81:80"]}
`,
    ["NetworkMode", "PortBindings"],
  );
  assertEquals(modes["shop-b-1"], { NetworkMode: "container:<id:shop_pause>" });
  assertEquals(modes["shop-c-1"], {
    NetworkMode: "bridge",
    PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "81" }] },
  });
});

Deno.test("what only new engines have is not refused on one whose newest version is spoken", async () => {
  const text = `
services:
  a:
    image: a
    volumes: [{type: image, source: i, target: /i}, {type: volume, source: data, target: /d, volume: {subpath: x}}]
    networks: {n: {interface_name: eth7, gw_priority: 2, mac_address: "02:42:ac:11:65:43"}}
    healthcheck: {test: x, start_period: 2s, start_interval: 1s}
    annotations: {a: b}
networks: {n: {enable_ipv4: false}}
volumes: {data: {}}
`;
  const engine = { ...engineFacts, apiVersion: negotiateApiVersion("1.60") };
  const { problems } = await placementOf(text, { network: "services", host: { engine } });
  assertEquals(problems, []);
});

Deno.test("scaling concerns the services that it names, and is bounded", async () => {
  const { pod } = await podOfText(
    "services: {constructor: {image: a}, toString: {image: a}, web: {image: a}}",
  );
  const names = (scale: Record<string, number>) =>
    place(pod, host, { supervision: "mesolet", version: "test", scale }).placed.containers.map(({ name }) =>
      name
    );
  assertEquals(names({ web: 0 }), ["shop_pause", "shop-constructor-1", "shop-toString-1"]);
  const error = assertThrows(() => names({ web: 9_999 }), UsageError);
  assertEquals(error.message, "--scale makes 10001 containers of the pod, and a pod has 10000 at most");
});

Deno.test("supervised containers are not restarted by the engine, detached ones are", async () => {
  const text = "services: {a: {image: a, restart: on-failure:3}}";
  const policy = async (supervision: "mesolet" | "engine") =>
    (await hostConfigs(text, ["RestartPolicy"], { network: "host", supervision }))["shop-a-1"];
  assertEquals(await policy("mesolet"), { RestartPolicy: { Name: "no", MaximumRetryCount: 0 } });
  assertEquals(await policy("engine"), { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } });
});

Deno.test("the pod's total becomes a parent cgroup of every container, by the engine's driver", async () => {
  const text = "services: {a: {image: a}}\nx-pod: {name: my-shop, resources: {cpus: 1.5, mem: 64m}}";
  const parent = async (cgroupDriver: "cgroupfs" | "systemd") => {
    const { placed } = await placementOf(text, {
      name: "my-shop",
      network: "host",
      host: { engine: { ...engineFacts, cgroupDriver } },
    });
    return [placed.cgroup, objectOf(placed.containers[0]?.body["HostConfig"])["CgroupParent"]];
  };
  const limits = { version: 2, milliCpus: 1500, memoryBytes: 64 * 1024 * 1024 };
  assertEquals(await parent("cgroupfs"), [
    { parent: "/mesolet/my-shop", driver: "cgroupfs", ...limits },
    "/mesolet/my-shop",
  ]);
  assertEquals(await parent("systemd"), [
    { parent: "mesolet-my\\x2dshop.slice", driver: "systemd", ...limits },
    "mesolet-my\\x2dshop.slice",
  ]);
});

interface Remark {
  readonly name: string;
  readonly text: string;
  readonly options?: ComposePodOptions & PlaceOptions;
  readonly says: string[];
}

const refusals: Remark[] = [
  {
    name: "two containers of a namespace that claim one port",
    text: "services: {a: {image: a, ports: ['8080:80']}, b: {image: b, expose: ['79-81']}}",
    says: [
      "services.b.expose[0]: port 80/tcp is claimed by a as well, and containers of a pod share one network namespace: let one listen on another port, or set x-pod.network: services",
    ],
  },
  {
    name: "replicas that listen in one namespace",
    text: "services: {a: {image: a, scale: 2, expose: [80]}}",
    says: [
      "services.a.expose[0]: 2 replicas cannot all listen on 80/tcp in one network namespace: run one, or set x-pod.network: services",
    ],
  },
  {
    name: "one port of the host for two",
    text: "services: {a: {image: a, ports: ['80:80']}, b: {image: b, ports: ['80:81']}}",
    says: ["services.b.ports[0]: host port 0.0.0.0:80/tcp is published for a:80 as well: choose another"],
  },
  {
    name: "a port of all addresses and the same of one",
    text: "services: {a: {image: a, ports: ['80:80']}, b: {image: b, ports: ['127.0.0.1:80:81']}}",
    says: ["services.b.ports[0]: host port 127.0.0.1:80/tcp is published for a:80 as well: choose another"],
  },
  {
    name: "a secret that a tmpfs would hide",
    text: "services: {a: {image: a, tmpfs: [/run/secrets], secrets: [s]}}\nsecrets: {s: {environment: S}}",
    options: { environment: { S: "x" } },
    says: [
      "services.a.tmpfs: hides /run/secrets/s, which is copied into the container before it starts: leave /run/secrets to the secret, or take the secret from a file",
    ],
  },
  {
    name: "a port under another number on the host's network",
    text: "services: {a: {image: a, ports: ['8080:80']}}",
    options: { network: "host" },
    says: [
      "services.a.ports[0]: on the host's network the container listens on 80 itself, which cannot be published as 8080: use the same number, or another x-pod.network",
    ],
  },
  {
    name: "ports without a network",
    text: "services: {a: {image: a, ports: ['8080:80']}}",
    options: { network: "none" },
    says: ["services.a.ports[0]: a pod without a network (x-pod.network: none) publishes no ports"],
  },
  {
    name: "fields that an old engine would misread",
    text: `
services:
  a:
    image: a
    volumes:
      - {type: volume, source: data, target: /d, volume: {subpath: x}}
      - {type: image, source: i, target: /i}
    healthcheck: {test: "true", start_interval: 1s, start_period: 1s}
    networks: {default: {mac_address: "02:42:ac:11:00:02", interface_name: eth7}}
volumes: {data: {}}
`,
    options: { network: "services" },
    says: [
      "services.a.healthcheck.start_interval: needs Docker Engine 25 (API 1.44); this engine has API 1.41",
      "services.a.volumes[0].volume.subpath: needs Docker Engine 26 (API 1.45); this engine has API 1.41",
      "services.a.volumes[1]: needs Docker Engine 28 (API 1.48); this engine has API 1.41",
      "services.a.networks.default.mac_address: needs Docker Engine 25 (API 1.44); this engine has API 1.41",
      "services.a.networks.default.interface_name: needs Docker Engine 28.1 (API 1.49); this engine has API 1.41",
    ],
  },
];

for (const { name, text, options, says } of refusals) {
  Deno.test(`placing refuses ${name}`, async () => {
    const error = await assertRejects(() => placementOf(text, options), SpecError);
    assertEquals(error.problems.map(({ path, message }) => `${path}: ${message}`), says);
  });
}

const warnings: Remark[] = [
  {
    name: "what an old engine drops",
    text: "services: {a: {image: a, annotations: {x: y}, networks: {default: {gw_priority: 1}}}}",
    options: { network: "services" },
    says: [
      "services.a.annotations: has no effect: needs Docker Engine 24 (API 1.43); this engine has API 1.41",
      "services.a.networks.default.gw_priority: has no effect: needs Docker Engine 28 (API 1.48); this engine has API 1.41",
    ],
  },
  {
    name: "what the engine refuses beside a joined namespace",
    text:
      "services: {a: {image: a}, b: {image: b, network_mode: 'service:a', hostname: b, extra_hosts: ['x=1.2.3.4'], ports: ['80:80']}}",
    options: { network: "services" },
    says: ["ports[0]", "hostname", "extra_hosts"].map((field) =>
      `services.b.${field}: belongs to the container whose network namespace this one joins: the engine will refuse it`
    ),
  },
  {
    name: "limits that add up to more than the pod's total",
    text: "services: {a: {image: a, cpus: 2, mem_limit: 100m}}\nx-pod: {resources: {cpus: 1, mem: 64m}}",
    says: [
      "x-pod.resources.cpus: the containers' own limits add up to 2 CPUs, which is more than the pod's 1",
      "x-pod.resources.memory: the containers' own limits add up to 104857600 bytes, which is more than the pod's 67108864",
    ],
  },
  {
    name: "a total that cannot be enforced",
    text: "services: {a: {image: a}}\nx-pod: {resources: {mem: 64m}}",
    options: { host: { cgroups: { usable: false, reason: "the engine is on another host" } } },
    says: ["x-pod.resources: the total is not enforced: the engine is on another host"],
  },
  {
    name: "networks that a shared namespace does not have",
    text: `
services: {a: {image: a, hostname: one, networks: {back: {ipv4_address: 10.9.0.5}}}, b: {image: b, hostname: two, networks: [back]}}
networks: {back: {internal: true, ipam: {config: [{subnet: 10.9.0.0/24}]}}}
`,
    says: [
      "networks.back.internal: has no effect in a shared namespace: set x-pod.network: services to have the file's own networks",
      "services.a.networks.back: a fixed address or interface has no effect in a shared namespace: set x-pod.network: services to have the file's own networks",
      "services.b.hostname: two gives way to one: containers of a pod share one network namespace; the name resolves all the same",
    ],
  },
];

for (const { name, text, options, says } of warnings) {
  Deno.test(`placing warns of ${name}`, async () => {
    const { problems } = await placementOf(text, options);
    assertEquals(problems.map(({ path, message }) => `${path}: ${message}`), says);
  });
}

Deno.test("a copied file below a tmpfs is put into a volume that is mounted over it", async () => {
  const { placed } = await placementOf(
    "services: {a: {image: a, tmpfs: [/run], configs: [{source: c, target: /run/app/c}]}}\nconfigs: {c: {content: x}}",
    { network: "host" },
  );
  assertEquals(objectOf(placed.containers[0]?.body["HostConfig"])["Mounts"], [
    { Type: "volume", Source: "shop-a-1_files", Target: "/run/app" },
  ]);
});
