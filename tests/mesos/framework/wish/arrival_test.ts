/** What travels is what arrives: an executor makes the same pod of a task as it would of the spec's own files. */

import type { TaskInfo } from "../../../../src/mesos/wire/messages.ts";
import { SpecError } from "../../../../src/pod/errors.ts";
import type { Container, Pod } from "../../../../src/pod/model.ts";
import { statusMoments } from "../../../../src/pod/status_hook.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../../../support/assert.ts";
import { fuzzSeeds, mutate, seededNumbers } from "../../../support/compose_fuzzing.ts";
import { podFor, portsOf, sandbox, warningsOf } from "../../task/asking.ts";
import { type GivenSpec, readSpec, taskOf } from "./wishing.ts";

const examples = new URL("../../../../examples/", import.meta.url).pathname;

/** Everything in one spec. */
const everything: GivenSpec = {
  text: `
name: all
services:
  web:
    image: web:1
    hostname: web
    command: ["sh", "-c", "echo $$HOME \\"$\${X:-y}\\""]
    entrypoint: []
    environment: {A: "$$b", B: "", N: null, MULTI: "a\\nb: c\\n"}
    env_file: [web.env]
    labels: {"a.b": "$$c"}
    ports: [80, "8443:443", {name: dns, target: 53, protocol: udp}, "8500-8510:85"]
    configs: [{source: page, target: /page}, raw]
    secrets: [{source: key, mode: 0400, uid: "1"}, token]
    healthcheck: {test: [CMD-SHELL, "test $$(id -u) = 0"], interval: 5s}
    depends_on: {db: {condition: service_healthy, restart: true}, gone: {condition: service_started, required: false}}
    stop_grace_period: 1m30s
    stop_signal: SIGINT
    post_start: [{command: ["echo", "$$5"], user: root}]
    pre_start: [{command: ["prepare"], environment: {P: "1"}, per_replica: true}]
    pre_stop: [{command: [bye]}]
    deploy: {resources: {limits: {cpus: "0.5", memory: 64m}, reservations: {cpus: "0.1"}}, restart_policy: {condition: on-failure, max_attempts: 3}}
    ulimits: {nofile: {soft: 10, hard: 20}, nproc: 5}
    tmpfs: ["/run:size=1m"]
    security_opt: ["seccomp=./profile.json", no-new-privileges]
    extra_hosts: ["h=1.2.3.4", "h=::1"]
    sysctls: {net.core.somaxconn: 5}
    logging: {driver: json-file, options: {max-size: 1m}}
    dns: [1.1.1.1]
    init: false
    oom_kill_disable: false
    memswap_limit: -1
    blkio_config: {weight: 5}
    pull_policy: every_12h
    volumes:
      - data:/data:ro
      - named:/named
      - /etc/localtime:/etc/localtime:ro
      - type: tmpfs
        target: /t
        tmpfs: {size: 1m, mode: 493}
      - /anonymous
  db:
    image: db@sha256:${"a".repeat(64)}
    init: true
    networks: {back: {aliases: [database], priority: 3}, default: null}
    healthcheck: {disable: true}
    volumes_from: [web:ro]
    network_mode:
  gone: {image: g, profiles: [gone], env_file: [missing.env]}
  extra: {image: e, profiles: [extra], container_name: extra, scale: 1}
networks: {back: {driver: bridge, ipam: {config: [{subnet: 10.9.0.0/24}]}}, far: {external: true}}
volumes: {data: {labels: {x: "$$y"}}, named: {name: named-one, driver_opts: {type: tmpfs, device: tmpfs}}}
configs: {page: {file: ./page.html}, raw: {content: "a: \${TAG}\\n\\tb"}}
secrets: {key: {file: ./key}, token: {environment: TOKEN}}
x-anything: {large: true}
x-pod:
  network: pod
  essential: [web]
  ports: {web:80: PORT1, web:53: 31005}
  hooks: {running: [./announce "$$1", https://example.org/$$x], failed: {command: [a], timeout: 5s, on_failure: ignore}}
  resources: {cpus: 2, memory: 512m, disk: 1g}
  replicas: 2
  placement: {require: {rack: {matches: "r.$$"}}}
`.replace("    network_mode:\n", "").replace("volumes_from: [web:ro]", "dns_search: [x]"),
  files: {
    "web.env": "FILE=one\nQUOTED='$x'\n",
    "page.html": "\uFEFF<p>$HOME</p>\r\n  trailing  \n\n",
    key: "k\u0000y",
    "profile.json": '{"a": [1]}',
  },
  environment: { TAG: "$tag", TOKEN: "to$$ken\n" },
  profiles: ["extra"],
};

/** Examples, with what their directories hold. */
async function* exampleSpecs(): AsyncGenerator<GivenSpec & { readonly name: string }> {
  for (
    const name of [
      "init-then-serve",
      "resource-total",
      "secrets-and-configs",
      "web-cache-sidecar",
      "operator/pods/page",
    ]
  ) {
    const files: Record<string, string> = {};
    for await (const { name: file, isFile } of Deno.readDir(`${examples}${name}`)) {
      if (isFile) files[file] = await Deno.readTextFile(`${examples}${name}/${file}`);
    }
    const { "compose.yaml": text = "", ...others } = files;
    yield { name, text, files: others };
  }
}

/** The pod that an executor makes of the task, and the one that it makes of the files, had they been fetched. */
async function arrivals(given: GivenSpec): Promise<readonly [arrived: Pod, original: Pod]> {
  const { pod, result } = await readSpec(given);
  const { wish } = result;
  assert(wish !== undefined, result.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  const task = taskOf(wish);
  const arrived = await podFor({ task });
  const { data: _data, ...withoutData } = task;
  // As if the agent had the files of the spec, and the variables that the framework has.
  const fetched: TaskInfo = {
    ...withoutData,
    labels: {
      labels: [
        { key: "mesolet.spec", value: "compose.yaml" },
        ...(given.profiles === undefined
          ? []
          : [{ key: "mesolet.profiles", value: given.profiles.join(",") }]),
      ],
    },
  };
  const dotenv = Object.entries(given.environment ?? {}).map(([name, value]) =>
    `${name}=${JSON.stringify(value)}`
  )
    .join("\n").replaceAll("$", "\\$");
  const original = await podFor({
    task: fetched,
    files: {
      ...(dotenv === "" ? {} : { ".env": dotenv }),
      ...given.files,
      "compose.yaml": given.text,
    },
  });
  assertEquals(warningsOf(arrived).filter((line) => line.startsWith("label")), []);
  // The framework knows where each port is before the executor gives them out.
  const ports = wish.task.ports.map(({ need, container, target, protocol }) => {
    const { number } = task.discovery?.ports?.ports?.find(({ labels }, index) =>
      index === wish.task.ports.findIndex((port) =>
          port.need === need && port.protocol === protocol &&
          port.container === container && port.target === target
        ) && labels !== undefined
    ) ?? { number: 0 };
    return `${container}:${target}/${protocol}=${number}`;
  });
  assertEquals(portsOf(arrived).map((line) => line.split(" ")[0] ?? ""), ports);
  assertEquals(arrived.pod.containers.map(({ name }) => name), pod.containers.map(({ name }) => name));
  return [arrived.pod, original.pod];
}

/** A pod without what a journey may change: where its files were, and that contents are in it now. */
function compared(pod: Pod, given: GivenSpec): unknown {
  const { source: _source, disabled: _disabled, statusHooks = [], containers, ...rest } = pod;
  // Hooks of one moment keep their order; the moments have none among each other.
  const hooks = statusMoments.map((moment) => statusHooks.filter((hook) => hook.moment === moment));
  return { ...rest, hooks, containers: containers.map((container) => comparedContainer(container, given)) };
}

function comparedContainer(container: Container, { files = {} }: GivenSpec): unknown {
  return {
    ...container,
    files: container.files.map(({ source: _source, kind: _kind, content, ...file }) => ({
      ...file,
      content: content.kind === "inline"
        ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(content.bytes)
        : files[content.path.slice(sandbox.onHost.length + 1)],
    })),
  };
}

Deno.test("arrival: a spec with everything", async () => {
  const [arrived, original] = await arrivals(everything);
  assertEquals(compared(arrived, everything), compared(original, everything));
});

Deno.test("arrival: the examples", async (test) => {
  for await (const given of exampleSpecs()) {
    await test.step(given.name, async () => {
      const [arrived, original] = await arrivals(given);
      assertEquals(compared(arrived, given), compared(original, given));
    });
  }
});

Deno.test("arrival: mutated specs, as far as they make a pod", async () => {
  const files = { "inc.yaml": "services: {inc: {image: y}}", "e.env": "E=$1\nF='$2'", "sub/x": "" };
  const below = seededNumbers(7);
  let made = 0;
  for (const seed of fuzzSeeds) {
    const whole = seed.replace("\n---\n", "\nx-pod: {uris: [/c.tgz], resources: {gpus: 1}}\n---\n");
    const text = whole === seed ? `${seed}x-pod: {uris: [/c.tgz], resources: {gpus: 1}}\n` : whole;
    for (let round = 0; round < 300; round++) {
      const given = { text: round === 0 ? text : mutate(text, below), files };
      const read = await readSpec(given).catch((error: unknown) => {
        if (error instanceof SpecError) return undefined;
        throw error;
      });
      if (read?.result.wish === undefined) {
        assert(round > 0 || seed.includes("include"), JSON.stringify(read?.result.problems));
        continue;
      }
      made++;
      const [arrived, original] = await arrivals(given);
      assertEquals(compared(arrived, given), compared(original, given), given.text);
    }
  }
  assert(made > 20, `${made} of them make a pod`);
});

Deno.test("arrival: what agents fetch is where the spec has it", async () => {
  const given = {
    text:
      "services: {a: {image: i, volumes: ['./page:/www:ro']}}\nx-pod: {uris: [https://files.example/page.tgz]}",
  };
  const [arrived, original] = await arrivals(given);
  assertEquals(compared(arrived, given), compared(original, given));
  const [mount] = arrived.containers[0]?.mounts ?? [];
  assertEquals(mount?.source, `${sandbox.onHost}/page`);
});

Deno.test("arrival: no name, label or message of a task tells a secret", async () => {
  const { result } = await readSpec({
    text: "services: {a: {image: i, ports: [80], secrets: [s, t]}}\n" +
      "secrets: {s: {file: ./s}, t: {environment: T}}",
    files: { s: "first-secret" },
    environment: { T: "second-secret" },
  });
  assert(result.wish !== undefined);
  const { data, ...task } = taskOf(result.wish);
  assert(data !== undefined);
  assertNotMatch(JSON.stringify([task, result.problems]), /first-secret|second-secret/);
  const stream = new Blob([new Uint8Array(data)]).stream().pipeThrough(new DecompressionStream("gzip"));
  assertStringIncludes(await new Response(stream).text(), "first-secret");
});
