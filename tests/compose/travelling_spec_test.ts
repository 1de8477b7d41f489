import { loadCompose } from "../../src/compose/load.ts";
import { largestTravelling, travellingSpec } from "../../src/compose/travelling_spec.ts";
import { cleanPath } from "../../src/compose/volume_syntax.ts";
import { formatProblem } from "../../src/pod/errors.ts";
import { assertEquals, assertNotMatch, assertStringIncludes } from "../support/assert.ts";
import { memoryFiles } from "../support/memory_files.ts";

interface Travelled {
  readonly text: string;
  readonly problems: readonly string[];
}

/** A spec in `/spec` that travels. */
async function travel(
  text: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
  { hasUris = false, environment = {} }: {
    readonly hasUris?: boolean;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<Travelled> {
  const texts = Object.entries(files).flatMap(([path, content]) =>
    typeof content === "string" ? [[`/spec/${path}`, content] as const] : []
  );
  const { project } = await loadCompose({
    files: ["compose.yaml"],
    projectName: "shop",
    workingDirectory: "/spec",
    environment,
    access: memoryFiles({ ...Object.fromEntries(texts), "/spec/compose.yaml": text }),
  });
  const readFile = (path: string) => {
    const content = files[cleanPath(path).replace("/spec/", "")];
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
  const travelling = travellingSpec(project, { readFile, hasUris });
  return { text: travelling.text, problems: travelling.problems.map(formatProblem) };
}

Deno.test("travelling: everything is in one text", async () => {
  const { text, problems } = await travel(
    `
x-common: &common {restart: always}
services:
  web:
    <<: *common
    image: web:\${TAG}
    build: .
    env_file: [web.env]
    environment: {OWN: "$$1", BARE: null}
    configs: [{source: page, target: /www/index.html, mode: 0440}]
    secrets: [key, {source: token, target: tokens/a, uid: "5"}]
    depends_on: {debug: {condition: service_started, required: false}, db: {condition: service_started}}
    ports: ["8080:80", "9000-9010:90"]
    develop: {watch: [{path: ., action: rebuild}]}
  db: {image: db, volumes: ["data:/data", "/srv/db:/host"]}
  debug: {image: debug, profiles: [debug]}
volumes: {data: {}}
configs: {page: {file: ./page.html}}
secrets: {key: {file: ./key}, token: {environment: TOKEN}}
x-pod:
  name: shop
  essential: [web]
  replicas: 3
  placement: {unique: [hostname]}
  resources: {cpus: 1, disk: 1g}
`,
    { "web.env": "FROM_FILE=yes", "page.html": "<p>$5</p>\n", key: "secret\u0000key" },
    { environment: { TAG: "7", TOKEN: "t0ken" } },
  );
  assertEquals(problems, [
    "services.web.ports[1].published: has no effect: 9000-9010 counts as any port that is offered",
    "volumes.data: is a new volume for each task: with a `name:` of its own, tasks find it again on the same agent, " +
    "all of them",
  ]);
  assertEquals(
    text,
    `name: shop
services:
  db:
    image: db
    networks:
      default: null
    volumes:
      - source: data
        target: /data
        type: volume
        volume: {}
      - bind: {}
        source: /srv/db
        target: /host
        type: bind
  web:
    configs:
      - mode: "0440"
        source: page
        target: /www/index.html
      - source: secret-key
        target: /run/secrets/key
      - source: secret-token
        target: /run/secrets/tokens/a
        uid: "5"
    depends_on:
      db:
        condition: service_started
        required: true
    environment:
      BARE: null
      FROM_FILE: "yes"
      OWN: "$$1"
    image: web:7
    networks:
      default: null
    ports:
      - mode: ingress
        protocol: tcp
        published: "8080"
        target: 80
      - mode: ingress
        protocol: tcp
        target: 90
    restart: always
networks:
  default:
    ipam: {}
volumes:
  data: {}
configs:
  page:
    content: |
      <p>$$5</p>
  secret-key:
    content: "secret\\u0000key"
  secret-token:
    content: t0ken
x-pod:
  essential:
    - web
  resources:
    cpus: 1
`,
  );
});

Deno.test("travelling: what lies beside the spec is refused by its field, with what to do", async () => {
  const spec = `
services:
  web:
    image: web
    volumes: ["./page:/www:ro", ".:/all", "/etc/localtime:/etc/localtime", "local:/local"]
    configs: [gone, bytes]
volumes: {local: {driver: local, driver_opts: {type: none, o: bind, device: ./local}, name: local}}
configs: {gone: {file: ./gone}, bytes: {file: ./bytes}}
`;
  const how = "pack it, put the archive where agents can fetch it, and name that in x-pod.uris";
  const files = { bytes: Uint8Array.of(0xff, 0xfe) };
  const { problems } = await travel(spec, files);
  assertEquals(problems, [
    `configs.gone.file: /spec/gone is missing, or no readable file of at most 1 MiB, and does not travel with a task: ${how}`,
    `configs.bytes.file: /spec/bytes is no text (UTF-8), and only text can be part of a spec, and does not travel with a task: ${how}`,
    `services.web.volumes[0]: ./page lies beside the spec and does not travel with a task: ${how}; or use configs, an image, or a path that all agents have`,
    `services.web.volumes[1]: . lies beside the spec and does not travel with a task: ${how}; or use configs, an image, or a path that all agents have`,
    `volumes.local.driver_opts.device: ./local lies beside the spec and does not travel with a task: ${how}`,
  ]);
  const fetched = await travel(spec, files, { hasUris: true });
  assertEquals(fetched.problems, []);
  for (
    const line of [
      "source: ./page",
      "source: .\n",
      "source: /etc/localtime",
      "device: ./local",
      "file: ./gone",
    ]
  ) {
    assertStringIncludes(fetched.text, line);
  }
});

Deno.test("travelling: of files that agents fetch, only small ones are in the spec", async () => {
  const spec = "services: {a: {image: i, configs: [small, large]}}\n" +
    "configs: {small: {file: ./small}, large: {file: ./large}}";
  const files = { small: "s".repeat(1000), large: "l".repeat(70_000) };
  assertStringIncludes((await travel(spec, files, { hasUris: true })).text, "file: ./large");
  assertNotMatch((await travel(spec, files)).text, /file:/);
});

Deno.test("travelling: what is too large is refused by the largest file", async () => {
  const half = "x".repeat(largestTravelling / 2);
  const { problems } = await travel(
    "services: {a: {image: i, configs: [c], secrets: [s]}}\nconfigs: {c: {file: ./c}}\nsecrets: {s: {file: ./s}}",
    { c: half, s: `${half}y` },
  );
  assertEquals(problems, [
    "secrets.s: the spec has 1.0 MiB with its files, and 1.0 MiB travel with a task: this one has 0.5 MiB; let agents " +
    "fetch it (x-pod.uris), or put it into an image",
  ]);
});

Deno.test("travelling: a config that is called as a secret would be keeps its name", async () => {
  const { text } = await travel(
    "services: {a: {image: i, configs: [secret-s], secrets: [s]}}\nconfigs: {secret-s: {content: c}}\n" +
      "secrets: {s: {file: ./s}}",
    { s: "the secret" },
  );
  assertStringIncludes(text, '  secret-s:\n    content: c\n  secret-s-:\n    content: "the secret"\n');
});

Deno.test("travelling: a seccomp profile is part of its option", async () => {
  const { text } = await travel(
    "services: {a: {image: i, security_opt: ['seccomp=./p.json', 'seccomp:unconfined', no-new-privileges]}}",
    { "p.json": '{"defaultAction": "SCMP_ACT_ALLOW"}' },
  );
  assertStringIncludes(text, `- "seccomp={\\"defaultAction\\": \\"SCMP_ACT_ALLOW\\"}"`);
  assertStringIncludes(text, "- seccomp:unconfined");
});

Deno.test("travelling: a name that no Compose file can have is refused", async () => {
  const { problems } = await travel(
    'services: {base: {image: i, environment: [A=b]}, s: {extends: base, environment: !override {"A\\r": f}}}',
  );
  assertEquals(problems, ['services.s.environment: the name "A\\r" ends in a blank: take that away']);
});
