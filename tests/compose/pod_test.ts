import { SpecError } from "../../src/pod/errors.ts";
import type { Container, Pod } from "../../src/pod/model.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { type ComposePodOptions, podOfText } from "../support/compose_pod.ts";

async function containerOf(service: string, options?: ComposePodOptions): Promise<Container> {
  const { pod } = await podOfText(`services:\n  a:\n    image: i\n${indent(service)}`, options);
  const [container] = pod.containers;
  if (container === undefined) throw new Error("no container");
  return container;
}

function indent(text: string): string {
  return text.trim().split("\n").map((line) => `    ${line}\n`).join("");
}

/** What a service's fields become. */
const fields: { readonly service: string; readonly gives: Partial<Container> }[] = [
  {
    service: "restart: on-failure:3",
    gives: { restart: { kind: "on-failure", verbatim: "on-failure", maximumRetries: 3 } },
  },
  {
    service: "deploy: {restart_policy: {condition: none}}",
    gives: { restart: { kind: "no", verbatim: "no" } },
  },
  {
    service: "deploy: {restart_policy: {max_attempts: 2}}",
    gives: { restart: { kind: "always", verbatim: "always", maximumRetries: 2 } },
  },
  {
    service: "stop_grace_period: 1m30s\nstop_signal: SIGINT",
    gives: { stop: { signal: "SIGINT", graceMilliseconds: 90_000 } },
  },
  { service: "pull_policy: every_12h", gives: { pull: { kind: "interval", milliseconds: 12 * 3_600_000 } } },
  { service: "pull_policy: if_not_present", gives: { pull: { kind: "missing" } } },
  { service: "pull_policy: build", gives: { pull: { kind: "never" } } },
  {
    service: "healthcheck: {test: [CMD, ok], interval: 1m, timeout: 5s, retries: 2, start_period: 10s}",
    gives: {
      health: {
        test: ["CMD", "ok"],
        intervalNanoseconds: 60e9,
        timeoutNanoseconds: 5e9,
        retries: 2,
        startPeriodNanoseconds: 10e9,
      },
    },
  },
  { service: "healthcheck: {disable: true}", gives: { health: { test: ["NONE"] } } },
  {
    service: "extra_hosts: ['a=1.1.1.1', 'a=2.2.2.2']",
    gives: { extraHosts: [{ name: "a", addresses: ["1.1.1.1", "2.2.2.2"] }] },
  },
  {
    service: "cpus: 0.1\nmem_limit: 64m\nmemswap_limit: -1",
    gives: { resources: { nanoCpus: 100_000_000, memoryBytes: 64 * 1024 * 1024, memorySwapBytes: -1 } },
  },
  {
    service:
      "deploy: {resources: {limits: {cpus: '1.5', memory: 1g, pids: 10}, reservations: {cpus: '0.25'}}}",
    gives: {
      resources: { nanoCpus: 1_500_000_000, memoryBytes: 1024 ** 3, pidsLimit: 10, reservedMilliCpus: 250 },
    },
  },
  {
    service: "gpus: all",
    gives: {
      deviceRequests: [{ driver: "", count: -1, deviceIds: [], capabilities: [["gpu"]], options: {} }],
    },
  },
  {
    service: "devices: ['vendor.com/gpu=0', '/dev/a:/dev/b:r']",
    gives: {
      devices: [{ source: "/dev/a", target: "/dev/b", permissions: "r" }],
      deviceRequests: [{
        driver: "cdi",
        count: 0,
        deviceIds: ["vendor.com/gpu=0"],
        capabilities: [],
        options: {},
      }],
    },
  },
  {
    service: "environment: [B=2, A=1, C]",
    gives: {
      environment: [{ name: "A", value: "1" }, { name: "B", value: "2" }, { name: "C", value: null }],
    },
  },
  {
    service: "tmpfs: ['/a', '/b:size=1m']",
    gives: {
      temporaryFilesystems: [{ target: "/a", options: "" }, { target: "/b", options: "size=1m" }],
    },
  },
  {
    service: "ulimits: {core: 0, nofile: {soft: 1, hard: 2}}",
    gives: {
      ulimits: [{ name: "core", soft: 0, hard: 0 }, { name: "nofile", soft: 1, hard: 2 }],
    },
  },
  {
    service: "network_mode: 'container:x'",
    gives: { networkNamespace: { kind: "external", container: "x" } },
  },
];

for (const { service, gives } of fields) {
  Deno.test(`a service with ${service.replaceAll("\n", ", ")}`, async () => {
    const container = await containerOf(service);
    for (const [name, value] of Object.entries(gives)) {
      assertEquals(Reflect.get(container, name), value, name);
    }
  });
}

const pods: {
  readonly name: string;
  readonly text: string;
  readonly gives: Partial<Pod>;
  readonly options?: ComposePodOptions;
}[] = [
  {
    name: "essential are those that are not meant to end",
    text:
      "services: {a: {image: i}, init: {image: i}, b: {image: i, depends_on: {init: {condition: service_completed_successfully}}}}",
    gives: { essential: ["a", "b"], essentialIsExplicit: false },
  },
  {
    name: "x-pod names the essential ones, the total and the network",
    text:
      "services: {a: {image: i}, b: {image: i}}\nx-pod: {essential: [b], resources: {cpus: '0.5', mem: 64m}, network: host}",
    gives: {
      essential: ["b"],
      essentialIsExplicit: true,
      resources: { milliCpus: 500, memoryBytes: 64 * 1024 * 1024 },
      network: { mode: "host" },
    },
  },
  {
    name: "a network mode of the command line wins",
    text: "services: {a: {image: i}}\nx-pod: {network: host}",
    gives: { network: { mode: "existing", network: "backplane" } },
    options: { network: "backplane" },
  },
  {
    name: "what no container uses is left out",
    text:
      "services: {a: {image: i, volumes: [data:/d], networks: [n]}}\nvolumes: {data: {}, other: {}}\nnetworks: {n: {}, m: {}}",
    gives: {
      volumes: [{ key: "data", name: "shop_data", external: false, driverOptions: {}, labels: {} }],
    },
  },
  {
    name: "x-pod names the pod when -p does not",
    text: "name: other\nservices: {a: {image: i}}\nx-pod: {name: mine}",
    gives: { name: "mine" },
    options: { name: "" },
  },
];

for (const { name, text, gives, options } of pods) {
  Deno.test(`a pod: ${name}`, async () => {
    const { pod } = await podOfText(text, options);
    for (const [field, value] of Object.entries(gives)) assertEquals(Reflect.get(pod, field), value, field);
  });
}

interface Remark {
  readonly text: string;
  readonly says: string[];
  readonly options?: ComposePodOptions;
}

const refused: Remark[] = [
  {
    text: "services: {a: {image: i, profiles: [p]}}",
    says: ["services: no service is selected: add one, or activate a profile with --profile"],
  },
  {
    text:
      "services: {a: {image: i, pre_start: [{command: [x]}, {command: [y]}]}, a-pre_start-1: {image: i, profiles: [p]}}",
    says: [
      "services.a.pre_start[1]: its container is called a-pre_start-1, and so is a service: give that another name",
    ],
  },
  {
    text:
      "services: {a: {image: i, pre_start: [{command: [x]}]}, b: {image: i, container_name: shop-a-pre_start-0-1}}",
    says: [
      "services.b.container_name: a container of a-pre_start-0 is called shop-a-pre_start-0-1 as well: choose another",
    ],
  },
  {
    text: `services: {a: {image: i, hostname: ${"h".repeat(65)}, domainname: ${"d".repeat(65)}}}`,
    says: [
      "services.a.hostname: has 65 bytes, and Linux takes 64 at most: choose a shorter one",
      "services.a.domainname: has 65 bytes, and Linux takes 64 at most: choose a shorter one",
    ],
  },
  {
    text: "services: {a: {image: i, container_name: ../xx}, b: {image: i, container_name: bb y}}",
    says: [
      'services.a.container_name: "../xx" is no name that an engine takes: use letters, digits, _, . and -, with a letter or digit in front',
      'services.b.container_name: "bb y" is no name that an engine takes: use letters, digits, _, . and -, with a letter or digit in front',
    ],
  },
  {
    text: "services: {a: {image: i}, b: {image: i, scale: 2000000000}}",
    says: [
      "services.b.scale: makes 2000000001 containers of the pod, and a pod has 10000 at most: scale it down",
    ],
  },
  {
    text: "services: {a: {image: 'i:b:c'}, b: {image: Web}, c: {image: i, pre_start: [{image: 'i:?'}]}}",
    says: [
      'services.a.image: "i:b:c" is no image: "b:c" is no tag',
      'services.b.image: "Web" is no image: the name of a repository is in lower case',
      'services.c.pre_start[0].image: "i:?" is no image: "?" is no tag',
    ],
  },
  {
    text: "services: {a: {build: .}, b: {image: i, build: .}}",
    says: ["services.a.build: is not done by mesolet, and there is no image: name one with `image:`"],
  },
  {
    text: "{services: {a: {build: .}}, x-pod: {network: services}}",
    options: { forTask: true },
    says: ["services.a.build: is not done by mesolet, and there is no image: name one with `image:`"],
  },
  {
    text: "services: {a: {provider: {type: x}}}",
    says: [
      "services.a.provider: provider services are run by Docker Compose's plugins and not by mesolet: use a container",
    ],
  },
  {
    text: "services: {a: {image: i, models: [m]}}\nmodels: {m: {model: x}}",
    says: [
      "models.m: models are not run by mesolet: remove it, or run the model as a service",
      "services.a.models: models are not run by mesolet: run the model as a service",
    ],
  },
  {
    text: "services: {a: {image: i, use_api_socket: true}}",
    says: [
      "services.a.use_api_socket: would hand the engine to the container: mount a socket on purpose if it has to be",
    ],
  },
  {
    text: "services: {a: {image: i, secrets: [s]}}\nsecrets: {s: {external: true}}",
    says: [
      "secrets.s.external: external secrets live in a swarm and are not available here: use file, environment",
    ],
  },
  {
    text: "services: {a: {image: i, secrets: [s]}}\nsecrets: {s: {environment: NOPE}}",
    says: [
      "secrets.s.environment: the variable NOPE is not set: set it, or take the secret from a file",
    ],
  },
  {
    text: "services: {a: {image: i, configs: [{source: c, uid: joe}]}}\nconfigs: {c: {content: x}}",
    says: [
      'services.a.configs[0].uid: must be a number: names are known only inside the image, not "joe"',
    ],
  },
  {
    text: "services: {a: {image: i, security_opt: [bogus, 'seccomp=missing.json', 'seccomp={secret']}}",
    says: [
      'services.a.security_opt[0]: "bogus" is not of the form name=value',
      "services.a.security_opt[1]: the seccomp profile /spec/missing.json is not a readable file of at most 1 MiB",
      "services.a.security_opt[2]: the seccomp profile is not JSON",
    ],
  },
  {
    text: "services: {a: {image: i, container_name: shop-b-1}, b: {image: i}}",
    says: [
      "services.b.container_name: a container of a is called shop-b-1 as well: choose another",
    ],
  },
  {
    text:
      "services: {a: {image: i}}\nx-pod: {resources: {cpus: many, mem: 1k, swap: 1}, essential: [z], network: [], nett: host, name: A}",
    says: [
      "x-pod.resources.cpus: must be a number of CPUs of at least 0.001, such as 0.5 or 2",
      'x-pod.resources.mem: must be a size of at least 4 MiB, such as "256m" or "1g"',
      "x-pod.resources.swap: is not a resource of a pod: it has cpus and memory (or mem), and for a cluster disk and gpus",
      'x-pod.essential[0]: "z" is not an active service: use one of a',
      "x-pod.network: must be pod, services, host, none or the name of an existing network",
      "x-pod.nett: is not a field of x-pod: it has name, network, resources and essential",
      "x-pod.name: must be lower-case letters, digits, - and _, beginning with a letter or digit",
    ],
  },
];

for (const { text, says, options } of refused) {
  Deno.test(`no pod is made of ${text.replaceAll("\n", " ")}`, async () => {
    const error = await assertRejects(() => podOfText(text, options), SpecError);
    const errors = error.problems.filter(({ severity }) => severity === "error");
    assertEquals(errors.map(({ path, message }) => `${path}: ${message}`), says);
  });
}

const warned: Remark[] = [
  {
    text: "services: {a: {image: i, build: .}}",
    says: ["services.a.build: is not done here: the image i is used as it is"],
  },
  {
    text: "{services: {a: {build: .}}, x-pod: {network: services}}",
    says: [
      "services.a.build: is not done by mesolet: shop-a is used if it is on the engine's host; better name an image " +
      "with `image:`",
    ],
  },
  {
    text: "services: {a: {image: i, volumes: ['v:/d']}}",
    says: [
      'services.a.volumes[0]: a volume name of one letter is taken for a Windows drive: give volume "v" a longer name',
    ],
  },
  {
    text:
      "services: {a: {image: i, attach: false, develop: {}, credential_spec: {file: x}, deploy: {mode: global, labels: {a: b}, placement: {constraints: [x]}, restart_policy: {delay: 1s}}}}",
    says: [
      "services.a.develop: has no effect: it is for `docker compose watch`",
      "services.a.attach: has no effect: logs of all services are shown",
      "services.a.credential_spec: has no effect: it is for Windows containers",
      "services.a.deploy.mode: global has no effect on one host: the service runs as replicated",
      "services.a.deploy.labels: has no effect: they are labels of a swarm's service; use labels for containers",
      "services.a.deploy.placement: has no effect: there is one host to run on",
      "services.a.deploy.restart_policy.delay: has no effect: restarts back off from 10 s to 300 s, and anew after 10 min",
    ],
  },
  {
    text: "services: {a: {image: i, secrets: [s]}}\nsecrets: {s: {file: ./gone}}",
    says: [
      "secrets.s.file: /spec/gone is missing, or no readable file of at most 1 MiB: the engine refuses a missing one, and changes of others go unnoticed",
    ],
  },
];

for (const { text, says, options } of warned) {
  Deno.test(`a person is told of ${text.replaceAll("\n", " ")}`, async () => {
    const { warnings } = await podOfText(text, options);
    assertEquals(warnings.map(({ path, message }) => `${path}: ${message}`), says);
  });
}

Deno.test("secrets and configs: content is copied, files are mounted unless they have an owner or mode", async () => {
  const { pod } = await podOfText(
    `
services:
  a:
    image: i
    configs: [c, {source: f, target: etc/f}]
    secrets: [{source: s, uid: "5", mode: 0400}, e]
configs: {c: {content: hello}, f: {file: f.txt}}
secrets: {s: {file: s.txt}, e: {environment: E}}
`,
    { environment: { E: "from the environment" }, files: { "/spec/s.txt": "x", "/spec/f.txt": "y" } },
  );
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(
    pod.containers[0]?.files.map(({ kind, target, content, uid, mode }) => [
      kind,
      target,
      content.kind === "inline" ? text(content.bytes) : content.path,
      uid,
      mode,
    ]),
    [
      ["config", "/c", "hello", undefined, undefined],
      ["config", "/etc/f", "/spec/f.txt", undefined, undefined],
      ["secret", "/run/secrets/s", "x", "5", 0o400],
      ["secret", "/run/secrets/e", "from the environment", undefined, undefined],
    ],
  );
});
