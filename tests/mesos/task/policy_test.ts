import { SpecError } from "../../../src/pod/errors.ts";
import { Policies } from "../../../src/policy/policies.ts";
import { taskPolicy } from "../../../src/policy/policy.ts";
import { readPolicy } from "../../../src/policy/read_policy.ts";
import { assertEquals } from "../../support/assert.ts";
import { type Asked, containerOf, docker, podFor } from "./asking.ts";

/** The lines that a task is refused with. */
async function problemsOf(asked: Asked): Promise<readonly string[]> {
  try {
    await podFor(asked);
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.message.split("\n");
  }
}

const byDefault = new Policies([taskPolicy]);
const spec = (fields: string) => `services: {web: {image: busybox, ${fields}}}\n`;

/** Tasks, and what the default policy refuses of them. */
const refused: Record<string, readonly [Asked, readonly string[]]> = {
  "a spec of the sandbox, by line": [
    { files: { "compose.yaml": "services:\n  web:\n    image: busybox\n    privileged: true\n" } },
    [
      "/sandbox/compose.yaml:4:5: services.web.privileged: a privileged container is not allowed by the rule privileged of the default policy of tasks",
    ],
  ],
  "parameters of a container": [
    {
      task: { container: docker({ image: "busybox", parameters: [{ key: "volume", value: "/etc:/etc" }] }) },
    },
    [
      "TaskInfo.container: services.app.volumes: the bind mount of /etc is not allowed by the rule bind_mounts of the default policy of tasks",
    ],
  ],
  "an environment file of the host": [
    { files: { "compose.yaml": spec("env_file: /etc/passwd"), "/etc/passwd": "root=x" } },
    ["/etc/passwd: is not allowed by the rule files of the default policy of tasks"],
  ],
  "an environment file behind a link": [
    {
      files: { "compose.yaml": spec("env_file: ./env"), "/etc/passwd": "root=x" },
      links: { "/sandbox/env": "/etc/passwd" },
    },
    ["/sandbox/env: is not allowed by the rule files of the default policy of tasks"],
  ],
  "a secret of the host": [
    {
      files: {
        "compose.yaml": `${spec("secrets: [key]")}secrets: {key: {file: /etc/shadow}}`,
        "/etc/shadow": "x",
      },
    },
    ["secrets.key.file: /etc/shadow is not allowed by the rule files of the default policy of tasks"],
  ],
  "a file that is included": [
    {
      files: {
        "compose.yaml": `include: [/etc/other.yaml]\n${spec("restart: always")}`,
        "/etc/other.yaml": spec("x-a: 1"),
      },
    },
    ["is not allowed by the rule files of the default policy of tasks"],
  ],
};

for (const [title, [asked, expected]] of Object.entries(refused)) {
  Deno.test(`a task is held to the default policy: ${title}`, async () => {
    const problems = await problemsOf({ ...asked, policies: byDefault });
    assertEquals(
      expected.filter((text) => !problems.some((problem) => problem.includes(text))),
      [],
      problems.join("\n"),
    );
  });
}

Deno.test("a task that stays in its sandbox has nothing to fear, with what comes from its agent", async () => {
  const pod = await podFor({
    files: {
      "compose.yaml": `${
        spec(
          "volumes: ['./data:/data', 'named:/named'], env_file: ./env, network_mode: host, cap_add: [NET_ADMIN]",
        )
      }volumes: {named: {}}\n`,
      env: "A=1",
      "data/file": "x",
    },
    task: { label: { "mesolet.network": "host" } },
    policies: byDefault,
  });
  assertEquals(
    containerOf(pod).mounts.filter(({ type }) => type === "bind").map(({ source }) => source),
    ["/var/lib/mesos/runs/c1/data", "/var/lib/mesos/runs/c1"],
  );
});

Deno.test("mounts that a policy has for every container come to all forms of a task, below what they mount themselves", async () => {
  const policies = new Policies([
    readPolicy(
      "bind_mounts: {allow: [sandbox], default: ['/etc/ssl/certs:/etc/ssl/certs:ro', '/srv/cache:/cache']}",
      "p.yaml",
    ),
  ]);
  const compose =
    "services: {web: {image: busybox, volumes: ['own:/cache']}, db: {image: busybox}}\nvolumes: {own: {}}\n";
  const forms: Record<string, Asked> = {
    db: { files: { "compose.yaml": compose } },
    web: { files: { "compose.yaml": compose } },
    app: { task: { container: docker({ image: "busybox" }) } },
  };
  for (const [name, asked] of Object.entries(forms)) {
    const { mounts } = containerOf(await podFor({ ...asked, policies }), name);
    const given = mounts.filter(({ type, target }) => type === "bind" && target !== "/mnt/mesos/sandbox");
    assertEquals(given.map(({ source, target, readOnly }) => [source, target, readOnly]), [
      ["/etc/ssl/certs", "/etc/ssl/certs", true],
      ...(name === "web" ? [] : [["/srv/cache", "/cache", false]]),
    ]);
  }
});

Deno.test("a policy has parameters for every container of a task, which its own follow, and refuses others", async () => {
  const policies = new Policies([
    readPolicy("docker_parameters: {deny: [label], default: [hostname=given, dns=10.0.0.1]}", "p.yaml"),
  ]);
  const asked = (key: string, value: string) => ({
    task: { container: docker({ image: "busybox", parameters: [{ key, value }] }) },
    policies,
  });
  const { hostname, dns } = containerOf(await podFor(asked("hostname", "own")));
  assertEquals({ hostname, dns }, { hostname: "own", dns: ["10.0.0.1"] });
  for (const key of ["label", "l", "--label"]) {
    assertEquals(await problemsOf(asked(key, "a=b")), [
      `TaskInfo.container: the parameter ${
        JSON.stringify(key)
      } is not allowed by the rule docker_parameters of p.yaml`,
    ]);
  }
});
