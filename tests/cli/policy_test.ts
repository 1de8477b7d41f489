import { policiesOfHost } from "../../src/cli/host_policies.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { runProgram } from "./program.ts";

async function withFiles(
  files: Readonly<Record<string, string>>,
  work: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-policy-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(`${directory}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What is wrong with policies, or what holds. */
async function namesOf(sources: Parameters<typeof policiesOfHost>[0]): Promise<readonly string[] | string> {
  try {
    return (await policiesOfHost(sources)).all.map(({ name, privileged }) => `${name} ${privileged}`);
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    return `${error.exitCode}: ${error.message}`;
  }
}

Deno.test("the host's policy holds, and one that is named beside it; tasks have one in any case", async () => {
  await withFiles(
    { "host.yaml": "privileged: deny\n", "own.yaml": "privileged: allow\n" },
    async (directory) => {
      const [hostFile, file] = [`${directory}/host.yaml`, `${directory}/own.yaml`];
      const none = `${directory}/none.yaml`;
      assertEquals(await namesOf({ hostFile: none }), []);
      assertEquals(await namesOf({ hostFile }), [`${hostFile} false`]);
      assertEquals(await namesOf({ hostFile, file }), [`${hostFile} false`, `${file} true`]);
      const byDefault = "the default policy of tasks";
      assertEquals(await namesOf({ hostFile: none, tasks: { allow: [] } }), [`${byDefault} false`]);
      assertEquals(await namesOf({ hostFile: none, tasks: { allow: ["privileged"] }, file }), [
        `${byDefault} true`,
        `${file} true`,
      ]);
      assertEquals(await namesOf({ hostFile, tasks: { allow: [] } }), [`${hostFile} false`]);
      const lines: string[] = [];
      assertEquals(
        await namesOf({ hostFile, tasks: { allow: ["privileged"], log: (text) => lines.push(text) } }),
        [`${hostFile} false`],
      );
      assertEquals(lines, [
        `warning: --allow privileged has no effect: this host has a policy of its own, ${hostFile}`,
      ]);
      assertEquals(
        await namesOf({ hostFile, file: none }),
        `66: There is no policy ${none}: give --policy a file`,
      );
      assertMatch(
        String(await namesOf({ hostFile: directory })),
        /^78: Cannot read the policy .*nothing is allowed/,
      );
    },
  );
});

Deno.test("a pod that a policy does not allow is refused by file, line and field, before any engine is asked", async () => {
  await withFiles({
    "policy.yaml": "bind_mounts: [spec]\nfiles: [spec]\nprivileged: deny\n",
    "shop/compose.yaml":
      "services:\n  web:\n    image: busybox\n    privileged: true\n    volumes: [./data:/d, /etc:/e]\n",
    "good/compose.yaml":
      "services:\n  web:\n    image: busybox\n    volumes: [./data:/d]\n    env_file: ./env\n",
    "good/env": "A=1\n",
    "read/compose.yaml": "services:\n  web:\n    image: busybox\n    env_file: ../good/env\n",
  }, async (directory) => {
    const policy = `${directory}/policy.yaml`;
    const plan = (name: string) =>
      runProgram(["plan", "--offline", "--policy", policy, "-f", `${directory}/${name}/compose.yaml`]);
    const refused = await plan("shop");
    assertEquals(refused.code, 65);
    assertEquals(
      refused.error.replaceAll(directory, ""),
      [
        "error: /shop/compose.yaml:4:5: services.web.privileged: a privileged container is not allowed by the rule privileged of /policy.yaml",
        "error: /shop/compose.yaml:5:5: services.web.volumes: the bind mount of /etc is not allowed by the rule bind_mounts of /policy.yaml",
        "",
      ].join("\n"),
    );
    assertEquals((await plan("good")).code, 0);
    assertMatch((await plan("read")).error, /good\/env: is not allowed by the rule files of/);
  });
});

Deno.test("a task is planned under the policy that its executor would hold it to", async () => {
  await withFiles({
    "task.json": JSON.stringify({
      name: "shop",
      task_id: { value: "shop.1" },
      agent_id: { value: "a" },
      labels: {
        labels: [{ key: "mesolet.spec-data", value: "services: {web: {image: busybox, pid: host}}" }],
      },
    }),
  }, async (directory) => {
    const { code, error } = await runProgram(["plan", "--offline", "--task", "task.json"], { directory });
    assertEquals(code, 65);
    assertMatch(
      error,
      /services\.web\.pid: the host's pid namespace is not allowed by the rule host_namespaces of the default policy of tasks/,
    );
  });
});
