import { inspectImage } from "../../src/docker/observe.ts";
import type { TaskInfo } from "../../src/mesos/wire/messages_task.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import {
  exitCode,
  reached,
  sharedExecutor,
  specOf,
  statesOf,
  untilTold,
  withExecutor,
} from "../support/task_life.ts";
import { DebianRegistry } from "../support/debian_registry.ts";
import { pushImage, removeImages } from "../support/pushed_image.ts";
import { testRegistry } from "../support/registry.ts";

/** How tasks end by themselves, and what the framework hears of it. */

const failures: readonly {
  readonly name: string;
  readonly spec: string;
  readonly task?: Partial<TaskInfo>;
  readonly states: readonly string[];
  readonly reason?: string;
  readonly message: RegExp;
}[] = [
  {
    name: "an exit code is told with the container and its last lines",
    spec: `${
      specOf(untilTold)
    }\n  job:\n    image: busybox\n    command: ["sh", "-c", "echo no database; exit 3"]`,
    states: ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"],
    message: /^job exited with code 3; its last lines:\n {2}\| no database$/,
  },
  {
    name: "an image that is not there is named with its container",
    spec: "services: {web: {image: '127.0.0.1:9/no/image:1', pull_policy: missing}}",
    states: ["TASK_STARTING", "TASK_FAILED"],
    reason: "REASON_CONTAINER_LAUNCH_FAILED",
    message: /127\.0\.0\.1:9\/no\/image:1.* \(the image of web\)$/,
  },
  {
    name: "too few ports: those that are wanted are named",
    spec: specOf(untilTold, ["ports: ['80', '443']"]),
    states: ["TASK_STARTING", "TASK_FAILED"],
    reason: "REASON_TASK_INVALID",
    message: /443/,
  },
  {
    name: "a wrong spec is told with its line and column",
    spec: "services:\n  web:\n    image: [1]\n",
    states: ["TASK_STARTING", "TASK_FAILED"],
    reason: "REASON_TASK_INVALID",
    message: /:3:\d+: /,
  },
  {
    name: "a container that gets unhealthy",
    spec: specOf(untilTold, ["healthcheck: {test: 'false', interval: 50ms, retries: 2}"]),
    states: ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"],
    message: /^web .*unhealthy/,
  },
  {
    name: "max_completion_time has its reason",
    spec: specOf(untilTold),
    task: { max_completion_time: { nanoseconds: 3e9 } },
    states: ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"],
    reason: "REASON_MAX_COMPLETION_TIME_REACHED",
    message: /3 s \(max_completion_time\)/,
  },
  {
    name: "a spec that this engine cannot have",
    spec: specOf(untilTold, ["runtime: nobody-has-this"]),
    states: ["TASK_STARTING", "TASK_FAILED"],
    reason: "REASON_CONTAINER_LAUNCH_FAILED",
    message: /nobody-has-this/,
  },
  {
    name: "a command that is not there is told as the engine has it",
    spec: specOf('["/no/such/program"]'),
    states: ["TASK_STARTING", "TASK_FAILED"],
    reason: "REASON_CONTAINER_LAUNCH_FAILED",
    message: /web.*\/no\/such\/program/,
  },
];

Deno.test("3.11 a task that fails: a message for people, a reason where there is one", async (t) => {
  await withExecutor({}, async ({ agent }) => {
    const executor = sharedExecutor(agent);
    await agent.launch(shopTask("stays", specOf(untilTold), { executor }));
    await reached(agent, "stays", "TASK_RUNNING");
    for (const [index, { name, spec, task, states, reason, message }] of failures.entries()) {
      assert(
        await t.step(name, async () => {
          const id = `t${index}`;
          await agent.launch(shopTask(id, spec, { executor, ...task }));
          const failed = await reached(agent, id, "TASK_FAILED");
          assertMatch(failed.message ?? "", message);
          assertEquals(failed.reason, reason);
          assertEquals(onceEach(statesOf(agent, id)), states);
        }),
      );
    }
    agent.kill("stays");
    assertEquals(await exitCode(agent), 0);
  });
});

/** RUNNING may be said again on the way to an end. */
function onceEach(states: readonly string[]): string[] {
  return [...new Set(states)];
}

Deno.test("3.11 an unhealthy container fails the task with healthy=false", async () => {
  await withExecutor({}, async ({ agent }) => {
    const check = "healthcheck: {test: 'false', interval: 50ms, retries: 2}";
    await agent.launch(shopTask("t1", specOf(untilTold, [check])));
    assertEquals((await reached(agent, "t1", "TASK_FAILED")).healthy, false);
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.11 a pod whose essential containers end with 0 has FINISHED, after RUNNING", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask(
      "t1",
      `x-pod: {essential: [job]}\n${specOf(untilTold)}\n  job: {image: busybox, command: ["true"]}`,
    ));
    const { message } = await reached(agent, "t1", "TASK_FINISHED");
    assertStringIncludes(message ?? "", "job");
    assertEquals(onceEach(statesOf(agent, "t1")), ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.12 LAUNCH again: two tasks in one executor, a finished id, and an end with nothing left", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    const executor = sharedExecutor(agent);
    await agent.launch(shopTask("t1", specOf(untilTold), { executor }));
    await reached(agent, "t1", "TASK_RUNNING");
    const { pid } = agent;
    await agent.launch(shopTask("t2", specOf('["true"]'), { executor }));
    await reached(agent, "t2", "TASK_FINISHED");
    await agent.launch(shopTask("t2", specOf('["sh", "-c", "exit 4"]'), { executor }));
    const failed = await agent.update(({ task_id, state }) =>
      task_id.value === "t2" && state === "TASK_FAILED"
    );
    assertMatch(failed.message ?? "", /^web exited with code 4/);
    assertEquals(agent.pid, pid);
    assert(
      (await engine.engine.listParts("io.mesolet.mesos.task")).some((part) =>
        part.labels["io.mesolet.mesos.task"] === "t1" &&
        part.labels["io.mesolet.mesos.framework"] === agent.frameworkId
      ),
    );
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    const wanted = [
      "TASK_STARTING",
      "TASK_RUNNING",
      "TASK_FINISHED",
      "TASK_STARTING",
      "TASK_RUNNING",
      "TASK_FAILED",
    ];
    assertEquals(statesOf(agent, "t2"), wanted);
  });
});

Deno.test("3.2 UPDATE and 3.14 RUNNING: what an agent and Mesos-DNS want, from an image of a registry", async () => {
  await using registry = await testRegistry();
  await withExecutor({}, async ({ agent, engine }) => {
    // The image of the registry has no program that runs: what is pulled is enough here.
    const image = `${registry.address}/app:1`;
    const labels = { labels: [{ key: "mesolet.remove-images", value: "true" }] };
    await agent.launch(shopTask("t1", `services: {web: {image: "${image}"}}`, { labels }));
    const failed = await reached(agent, "t1", "TASK_FAILED");
    assertStringIncludes(failed.message ?? "", "/marker");
    assert(registry.requests.length > 0);
    for (const { uuid, source, executor_id, timestamp, message } of agent.updates) {
      assertEquals(uuid?.length, 16);
      assertEquals(source, "SOURCE_EXECUTOR");
      assertEquals(executor_id?.value, "executor-t1");
      assert(timestamp !== undefined && (message ?? "") !== "");
    }
    assertEquals(await exitCode(agent), 0);
    assertEquals(await inspectImage(engine.connection, image), null);
  });
});

Deno.test("images: a pinned task runs by the digest that its tag had at the launch, or that the task brings", async () => {
  await using registry = await DebianRegistry.start();
  const image = `${registry.address}/app:1`;
  await withExecutor({}, async ({ agent, engine, executor }) => {
    try {
      const first = await pushImage(engine, image, "1");
      const spec = `x-pod: {pin: true}\n${specOf(untilTold).replace("busybox", `"${image}"`)}`;
      const shared = sharedExecutor(agent);
      await agent.launch(shopTask("t1", spec, { executor: shared }));
      await reached(agent, "t1", "TASK_RUNNING");
      const [container] = JSON.parse(await executor.read("pod.json")).containers;
      assertEquals([container.image, container.digest], [image, first]);
      const second = await pushImage(engine, image, "2");
      // The framework has found it out before: all instances of a version run the same.
      const labels = { labels: [{ key: "mesolet.digests", value: `${image}=${first}` }] };
      await agent.launch(shopTask("t2", spec, { executor: shared, labels }));
      await reached(agent, "t2", "TASK_RUNNING");
      await agent.launch(shopTask("t3", spec, { executor: shared }));
      await reached(agent, "t3", "TASK_RUNNING");
      const digests = (await engine.engine.listContainers()).flatMap(({ labels }) =>
        labels["io.mesolet.digests"] ?? []
      );
      assertEquals(digests.sort(), [first, first, second].map((digest) => `${image}=${digest}`).sort());
      await registry.stop();
      await agent.launch(shopTask("t4", spec, { executor: shared }));
      const { message } = await reached(agent, "t4", "TASK_FAILED");
      assertMatch(message ?? "", /Cannot find out the digest of .* \(the image of web\)$/);
      for (const id of ["t1", "t2", "t3"]) {
        agent.kill(id);
        await reached(agent, id, "TASK_KILLED");
      }
      assertEquals(await exitCode(agent), 0);
    } finally {
      await removeImages(engine, `${registry.address}/app`);
    }
  });
});
