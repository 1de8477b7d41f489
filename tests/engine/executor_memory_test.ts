import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import { exists, exitCode, podOf, reached, specOf, untilTold, withExecutor } from "../support/task_life.ts";

/** Holds 24 MiB in a shell. */
const eats = `["sh", "-c", "x=$$(head -c 25165824 /dev/zero | tr '\\\\0' x); echo held; sleep 1000"]`;

Deno.test("3.11 a container out of its own memory: FAILED, named, with the reason of the limit", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask("t1", specOf(eats, ["mem_limit: 8m"])));
    const { message, reason } = await reached(agent, "t1", "TASK_FAILED");
    assertMatch(message ?? "", /^web .*memory/);
    assertEquals(reason, "REASON_CONTAINER_LIMITATION_MEMORY");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.11 a pod out of the task's memory: FAILED with the limitation", async () => {
  await withExecutor({}, async ({ agent }) => {
    const resources = [
      { name: "cpus", type: "SCALAR", scalar: { value: 0.5 } },
      { name: "mem", type: "SCALAR", scalar: { value: 32 } },
    ] as const;
    await agent.launch(
      shopTask("t1", `${specOf(eats)}\n  other: {image: busybox, command: ${eats}}`, { resources }),
    );
    const { message, reason, limitation } = await reached(agent, "t1", "TASK_FAILED");
    assertMatch(message ?? "", /memory/);
    assertEquals(reason, "REASON_CONTAINER_LIMITATION_MEMORY");
    assertEquals(limitation?.resources?.[0]?.scalar?.value, 32);
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("5.6 the pod's cgroup has the task's limits and is not below mesos/; it goes with the pod", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    await agent.launch(shopTask("t1", specOf(untilTold)));
    await reached(agent, "t1", "TASK_RUNNING");
    const pod = podOf(agent, "t1");
    const parent = `/mesolet/${pod}`;
    const { cgroupVersion } = engine.engine.facts;
    const [limit = ""] = cgroupVersion === 1
      ? [`/sys/fs/cgroup/memory${parent}/memory.limit_in_bytes`]
      : [`/sys/fs/cgroup${parent}/memory.max`];
    assertEquals((await Deno.readTextFile(limit)).trim(), String(64 * 2 ** 20));
    const containers = await engine.engine.listContainers(pod);
    assertEquals(containers.length, 2);
    for (const { id } of containers) {
      const inspected = await engine.engine.inspectVerbatim(id);
      const { CgroupParent } = hostConfigOf(inspected);
      assertEquals(CgroupParent, parent);
    }
    agent.kill("t1");
    assertEquals(await exitCode(agent), 0);
    assert(!exists(limit));
  });
});

Deno.test("5.6 label mesolet.cgroup=none: no parent of ours", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    const labels = { labels: [{ key: "mesolet.cgroup", value: "none" }] };
    await agent.launch(shopTask("t1", specOf(untilTold), { labels }));
    await reached(agent, "t1", "TASK_RUNNING");
    const [first] = await engine.engine.listContainers(podOf(agent, "t1"));
    const inspected = await engine.engine.inspectVerbatim(first?.id ?? "");
    assertEquals(hostConfigOf(inspected).CgroupParent, "");
    agent.kill("t1");
    assertEquals(await exitCode(agent), 0);
  });
});

function hostConfigOf(inspected: unknown): { readonly CgroupParent?: unknown } {
  if (typeof inspected !== "object" || inspected === null || !("HostConfig" in inspected)) {
    throw new Error("an inspection has no HostConfig");
  }
  const { HostConfig: config } = inspected;
  return typeof config === "object" && config !== null ? config : {};
}
