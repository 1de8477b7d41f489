import { formatProblem, SpecError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { loadResult, problems, serviceText, warnings } from "./loading.ts";

/** Problems of a service's fields: position, path below the service, message. */
const fieldCases: [fields: string, ...problems: string[]][] = [
  ["imagee: y", "4:5: imagee: is an unknown field: is image meant?"],
  ["whatever: y", "4:5: whatever: is an unknown field"],
  ["user: 5", "4:5: user: must be text, not the number 5"],
  [
    "tty: [a]",
    "4:5: tty: must be text or true or false, not a list".replace(
      "text or true or false",
      "text or true or false",
    ),
  ],
  ["ports: 80", "4:5: ports: must be a list, not the number 80"],
  [
    "ports:\n  - '80:80'\n  - 'abc'",
    '6:9: ports[1]: "abc": the port inside the container must be 0 to 65535, or a range such as 8000-8010, not "abc"',
  ],
  ["cap_add: [A]\nsecurity_opt: [a, a]", "5:23: security_opt[1]: is the same as item 0: each may stand once"],
  ["ports: [{target: 80, host_ip: x}]", '4:26: ports[0].host_ip: must be an IP address, not "x"'],
  ["ports: [80.5]", "4:13: ports[0]: must be a port, not the number 80.5"],
  [
    "environment: {A: [b]}",
    "4:19: environment.A: must be text, a number, true or false or nothing, not a list",
  ],
  ["environment: ['A =b']", '4:19: environment[0]: the name "A " ends in a blank'],
  ["command: [1]", "4:15: command[0]: must be text, not the number 1"],
  ["command: 'a \"b'", '4:5: command: "a \\"b" is not a command line: a closing " is missing'],
  ["healthcheck: {interval: 5}", "4:19: healthcheck.interval: must be text, not the number 5"],
  [
    "healthcheck: {interval: 5x}",
    '4:19: healthcheck.interval: "5x" is not a duration such as 1m30s: unknown unit "x"',
  ],
  [
    "healthcheck: {test: [curl, x]}",
    '4:19: healthcheck.test: must start with "CMD", "CMD-SHELL" or "NONE", not "curl"',
  ],
  ["mem_limit: -5m", '4:5: mem_limit: "-5m" is not a size such as 512m or 1g'],
  ["memswap_limit: '-2'", '4:5: memswap_limit: "-2" is not a size such as 512m or 1g'],
  ["cgroup: other", '4:5: cgroup: must be host or private, not "other"'],
  [
    "pull_policy: newer",
    '4:5: pull_policy: must be always, never, missing, if_not_present, build, refresh, daily, weekly or every_<duration>, not "newer"',
  ],
  ["oom_score_adj: 2000", "4:5: oom_score_adj: must be at most 1000, not 2000"],
  ["ulimits: {nofile: {soft: 1}}", "4:15: ulimits.nofile: needs the field hard"],
  ["volumes: [{type: bind, target: /x}]", "4:15: volumes[0]: needs the field source: the path on the host"],
  ["volumes: [{type: volume, source: x}]", "4:15: volumes[0]: needs the field target: where it is mounted"],
  [
    "volumes: ['/a:/b:ro:x']",
    '4:15: volumes[0]: "/a:/b:ro:x" has too many colons: write source:target[:options]',
  ],
  [
    "volumes: [no:/x]",
    '4:15: volumes[0]: names the volume "no", which the file does not define under volumes',
  ],
  ["tmpfs: [/x]\nvolumes: [/a:/x]", "5:15: volumes[0]: mounts /x, where tmpfs[0] is mounted already"],
  [
    "networks: [no]",
    '4:5: networks.no: names the network "no", which the file does not define under networks',
  ],
  [
    "network_mode: host\nnetworks: [default]\n",
    "4:5: network_mode: cannot be set together with networks: keep one of them",
    '5:5: networks.default: names the network "default", which the file does not define under networks',
  ],
  ["secrets: [no]", '4:15: secrets[0]: names the secret "no", which the file does not define under secrets'],
  ["depends_on: [no]", '4:5: depends_on.no: depends on the service "no", which the project does not have'],
  ["links: [no:x]", '4:13: links[0]: depends on the service "no", which the project does not have'],
  [
    "network_mode: service:no",
    '4:5: network_mode: depends on the service "no", which the project does not have',
  ],
  ["depends_on: [s]", "2:3: : depends on itself: s → s; take one of these dependencies away"],
  [
    "scale: 2\ncontainer_name: aa",
    "5:5: container_name: cannot be set on a service with several containers: names are unique",
  ],
  [
    "scale: 2\ndeploy: {replicas: 3}",
    "4:5: scale: says 2 but deploy.replicas says 3: set one of them, or the same",
  ],
  ["scale: -1", "4:5: scale: must be at least 0"],
  [
    "cpus: 1\ndeploy: {resources: {limits: {cpus: 2}}}",
    "4:5: cpus: says 1 but deploy.resources.limits.cpus says 2: set both to the same, or only the latter",
  ],
  ["healthcheck: {retries: -1}", "4:19: healthcheck.retries: must be at least 0, not -1"],
  ["ports: [{target: -1}]", "4:14: ports[0].target: must be at least 0, not -1"],
  ["scale: abc", '4:5: scale: "abc" is not a whole number'],
  ["tty: ${X:-maybe}", '4:5: tty: "maybe" is not a boolean: write true or false'],
  [
    "hostname: '${X'",
    '4:5: hostname: "${X" is no valid variable: write ${NAME}, ${NAME:-default} or the like, or $$ for a plain $',
  ],
  ["hostname: ${X:?give it}", "4:5: hostname: the variable X must be set: give it"],
  [
    "gpus: [{count: 1, device_ids: [a]}]",
    "4:12: gpus[0]: has both count and device_ids: one of them is enough",
  ],
  ["gpus: [{count: some}]", '4:13: gpus[0].count: must be "all" or a number, not "some"'],
  ["extra_hosts: [nope]", '4:19: extra_hosts[0]: "nope" must be host=address'],
];

for (const [fields, ...expected] of fieldCases) {
  Deno.test(`problem: ${fields.replaceAll("\n", " | ")}`, async () => {
    const found = await problems(serviceText(fields));
    assertEquals(
      found.map((line) => line.replace("/p/compose.yaml:", "").replace(/services\.s\.?/, "")),
      expected,
    );
  });
}

Deno.test("all problems of a file are told at once", async () => {
  const text = "services:\n  a:\n    imag: x\n    user: 5\n  b:\n    image: [x]\nnetworks: 5\nwhat: 1\n";
  assertEquals(await problems(text), [
    "/p/compose.yaml:3:5: services.a.imag: is an unknown field: is image meant?",
    "/p/compose.yaml:4:5: services.a.user: must be text, not the number 5",
    "/p/compose.yaml:6:5: services.b.image: must be text, not a list",
    "/p/compose.yaml:7:1: networks: must be a mapping, not the number 5",
    "/p/compose.yaml:8:1: what: is an unknown field",
  ]);
});

Deno.test("a problem of a later file is placed there", async () => {
  const found = await problems({
    "compose.yaml": serviceText("user: u"),
    "over.yaml": "services:\n  s:\n    user: 5\n",
  }, {
    files: ["/p/compose.yaml", "/p/over.yaml"],
  });
  assertEquals(found, ["/p/over.yaml:3:5: services.s.user: must be text, not the number 5"]);
});

Deno.test("problems of sections", async () => {
  const cases: [text: string, problem: string][] = [
    [
      "volumes: {v: {external: true, driver: x}}",
      "5:31: volumes.v.driver: cannot be set on an external volume, which exists already",
    ],
    ["configs: {c: {}}", "5:11: configs.c: needs one of file, environment, content, or external: true"],
    [
      "configs: {c: {file: a, content: b}}",
      "5:11: configs.c: has file and content: only one of file, environment, content may be set",
    ],
    ["secrets: {c: {content: b}}", "5:15: secrets.c.content: is an unknown field"],
    [
      "networks: {n: {ipam: {config: [{subne: x}]}}}",
      "5:33: networks.n.ipam.config[0].subne: is an unknown field: is subnet meant?",
    ],
    [
      "volumes: {'a b': }",
      "5:11: volumes[\"a b\"]: is no valid name here: use letters, digits, '.', '_' and '-'",
    ],
    ["web: {image: x}", "5:1: web: is an unknown field: a service stands below services:, with its name"],
    ["name: 5", "5:1: name: must be text, not the number 5"],
  ];
  for (const [section, problem] of cases) {
    assertEquals(await problems(`${serviceText("")}${section}\n`), [`/p/compose.yaml:${problem}`], section);
  }
});

Deno.test("warnings have positions", async () => {
  const text = `version: "3"\n${
    serviceText("hostname: $NOPE\ntty: yes\ninit: 'yes'\nmem_limit: 1.5")
  }networks:\n  default: {external: {name: n}}\n`;
  assertEquals(await warnings(text), [
    "/p/compose.yaml:5:5: services.s.hostname: the variable NOPE is not set and becomes empty",
    '/p/compose.yaml:6:5: services.s.tty: "yes" is not a boolean in YAML 1.2: write true',
    '/p/compose.yaml:7:5: services.s.init: "yes" is not a boolean in YAML 1.2: write true',
    "/p/compose.yaml:1:1: version: is obsolete and not used: take it out",
    "/p/compose.yaml:10:13: networks.default.external: external.name is deprecated: write external: true and name",
    "/p/compose.yaml:8:5: services.s.mem_limit: 1.5 is no size and is not used: write it with a unit, as 1.5g",
  ]);
});

Deno.test("the position of a field is found through merges, extends and includes", async () => {
  const result = await loadResult({
    "compose.yaml":
      "include: [inc.yaml]\nx-a: &a\n  user: u\nservices:\n  s:\n    <<: *a\n    extends: {service: b, file: b.yaml}\n    image: x\n    labels: {a.b: c}\n",
    "b.yaml": "services:\n  b:\n    hostname: h\n",
    "inc.yaml": "services:\n  i:\n    image: y\n",
  });
  const cases: [path: string, place: string][] = [
    ["services.s.image", "/p/compose.yaml:8:5"],
    ["services.s.user", "/p/compose.yaml:3:3"],
    ["services.s.hostname", "/p/b.yaml:3:5"],
    ["services.i.image", "/p/inc.yaml:3:5"],
    ['services.s.labels["a.b"]', "/p/compose.yaml:9:14"],
    ["services.s.ports[3].target", "/p/compose.yaml:5:3"],
    ["services", "/p/compose.yaml:4:1"],
  ];
  for (const [path, place] of cases) {
    const position = await result.positionOf(path);
    assertEquals(`${position?.file}:${position?.line}:${position?.column}`, place, path);
  }
  const [located] = await result.locate([{ severity: "error", message: "m", path: "services.s.hostname" }]);
  assertEquals(located === undefined ? "" : formatProblem(located), "/p/b.yaml:3:5: services.s.hostname: m");
});

Deno.test("a SpecError carries its problems as data", async () => {
  const error = await assertRejects(() => loadResult(serviceText("user: 5")), SpecError);
  assertEquals(error.problems[0], {
    severity: "error",
    message: "must be text, not the number 5",
    path: "services.s.user",
    position: { file: "/p/compose.yaml", line: 4, column: 5 },
  });
});
