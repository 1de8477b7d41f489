import { assertEquals, assertMatch } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import { waitUntil } from "../support/wait.ts";
import { exitCode, reached, specOf, statesOf, untilTold, withExecutor } from "../support/task_life.ts";

/** A plugin that writes down what it is told, and which containers run at that moment; it gives every pod a label. */
const witness = `#!/bin/sh
input=$(cat)
directory=\${0%/*}/../told
running=$(docker ps -q --filter label=org.mesolet.witness=yes 2>/dev/null | wc -l)
echo "$1 $running" >> "$directory/steps"
printf '%s' "$input" > "$directory/$1.json"
[ "$1" = pre-launch ] || exit 0
echo '{"reason": "everybody is watched", "patch": [
  {"op": "add", "path": "/services/web/labels", "value": {"org.mesolet.witness": "yes"}}]}'
`;

async function withPlugin(text: string, work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "mesolet-plugins-" });
  try {
    for (const name of ["plugins", "told"]) await Deno.mkdir(`${root}/${name}`);
    await Deno.writeTextFile(`${root}/plugins/10-witness`, text, { mode: 0o755 });
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("plugins of an agent's host see every step of a task on an engine, and change it before it is launched", async () => {
  await withPlugin(witness, async (root) => {
    const words = ["executor", "--plugins", `${root}/plugins`];
    await withExecutor({ words }, async ({ agent }) => {
      await agent.launch(shopTask("t1", specOf(untilTold), {}));
      await reached(agent, "t1", "TASK_RUNNING");
      const said = () => Deno.readTextFile(`${root}/told/steps`);
      // It is told beside the pod, which may be killed meanwhile.
      await waitUntil(
        "the plugin was told of the launch",
        async () => (await said()).includes("post-launch"),
      );
      agent.kill("t1");
      await reached(agent, "t1", "TASK_KILLED");
      assertEquals(await exitCode(agent), 0);
      const steps = (await said()).trim().split("\n");
      assertEquals(steps, ["pre-launch 0", "post-launch 1", "pre-kill 1", "post-kill 0", "shutdown 0"]);
      const told = async (step: string) => JSON.parse(await Deno.readTextFile(`${root}/told/${step}.json`));
      const { reason, task, runner, pod } = await told("pre-kill");
      assertEquals([reason, task.id, runner], ["killed by the framework", "t1", "executor"]);
      assertEquals(pod.services.web.labels["org.mesolet.witness"], "yes");
      assertEquals(Object.keys(await told("shutdown")), ["schema", "step", "runner"]);
    });
  });
});

Deno.test("a task that a plugin, or the policy, refuses never comes to an engine: it fails, and says why", async () => {
  await withPlugin(
    "#!/bin/sh\n[ $1 = pre-launch ] || exit 0\necho 'no pods on this host today' >&2\nexit 1\n",
    async (root) => {
      await withExecutor({ words: ["executor", "--plugins", `${root}/plugins`] }, async ({ agent }) => {
        await agent.launch(shopTask("t1", specOf(untilTold), {}));
        await exitCode(agent);
        assertEquals(statesOf(agent, "t1").at(-1), "TASK_FAILED");
        const { message, reason } = agent.updates.at(-1) ?? {};
        assertMatch(message ?? "", /the plugin 10-witness refused: no pods on this host today/);
        assertEquals(reason, "REASON_TASK_INVALID");
      });
    },
  );
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask("t1", specOf(untilTold, ["privileged: true", "volumes: [/etc:/host]"]), {}));
    await exitCode(agent);
    assertEquals(statesOf(agent, "t1").at(-1), "TASK_FAILED");
    const message = agent.updates.at(-1)?.message ?? "";
    assertMatch(
      message,
      /a privileged container is not allowed by the rule privileged of the default policy of tasks/,
    );
    assertMatch(message, /the bind mount of \/etc is not allowed by the rule bind_mounts/);
  });
});

Deno.test("a task may do on an engine what its executor's command allows beyond the default policy", async () => {
  const words = ["executor", "--allow", "host_namespaces=pid", "--allow", "bind_mounts=/etc:ro"];
  await withExecutor({ words }, async ({ agent }) => {
    const spec = specOf('["sh", "-c", "test -e /host/hostname"]', [
      "pid: host",
      "volumes: ['/etc:/host:ro']",
    ]);
    await agent.launch(shopTask("t1", spec, {}));
    await reached(agent, "t1", "TASK_FINISHED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("a link that a container of a task makes leads no later one on an engine out of the sandbox", async () => {
  await withExecutor({}, async ({ agent }) => {
    const spec = `services:
  first: {image: busybox, command: [ln, -s, /etc, /mnt/mesos/sandbox/data]}
  second:
    image: busybox
    command: [test, -e, /host/passwd]
    depends_on: {first: {condition: service_completed_successfully}}
    volumes: [./data:/host]
`;
    await agent.launch(shopTask("t1", spec, {}));
    await exitCode(agent);
    assertEquals(statesOf(agent, "t1").at(-1), "TASK_FAILED");
    assertMatch(
      agent.updates.at(-1)?.message ?? "",
      /services\.second\.volumes: by now the bind mount of .* is not allowed by the rule bind_mounts of the default policy/,
    );
  });
});

Deno.test("a task of the default policy on an engine runs no command on its host", async () => {
  await withExecutor({}, async ({ agent }) => {
    const labels = { labels: [{ key: "mesolet.hook.launching", value: "/bin/true" }] };
    await agent.launch(shopTask("t1", specOf(untilTold), { labels }));
    await exitCode(agent);
    assertEquals(statesOf(agent, "t1").at(-1), "TASK_FAILED");
    assertMatch(
      agent.updates.at(-1)?.message ?? "",
      /x-pod\.hooks\.launching: a command on the host is not allowed by the rule host_commands/,
    );
  });
});
