import { assertEquals } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import {
  exists,
  exitCode,
  reached,
  sharedExecutor,
  specOf,
  statesOf,
  stubborn,
  untilTold,
  withExecutor,
} from "../support/task_life.ts";
import { waitUntil } from "../support/wait.ts";

/** The agent kills the executor without another word when the grace is over: then it would not exit with 0. */

const deaf = specOf(stubborn.replace("echo deaf", "touch /mnt/mesos/sandbox/deaf"), [
  "stop_grace_period: 10m",
]);
const killed = ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"];

for (const media of ["protobuf", "json"]) {
  Deno.test(`3.8 SHUTDOWN: a pod that ignores TERM is gone within the grace, in ${media}`, async () => {
    await withExecutor({ words: ["executor", "--encoding", media] }, async ({ agent }) => {
      await agent.launch(shopTask("t1", deaf));
      await reached(agent, "t1", "TASK_RUNNING");
      await waitUntil("the container is deaf", () => exists(`${agent.sandbox}/deaf`));
      agent.shutdown();
      const { message } = await reached(agent, "t1", "TASK_KILLED");
      assertEquals(message, "the agent shut the executor down");
      assertEquals(await exitCode(agent), 0);
      assertEquals(statesOf(agent, "t1"), killed);
    });
  });
}

Deno.test("3.8 SHUTDOWN: SIGTERM is the same", async () => {
  await withExecutor({ shutdownGrace: 4_000 }, async ({ agent }) => {
    await agent.launch(shopTask("t1", deaf));
    await reached(agent, "t1", "TASK_RUNNING");
    await waitUntil("the container is deaf", () => exists(`${agent.sandbox}/deaf`));
    if (agent.pid !== undefined) Deno.kill(agent.pid, "SIGTERM");
    assertEquals((await reached(agent, "t1", "TASK_KILLED")).message, "the executor got SIGTERM");
    assertEquals(await exitCode(agent), 0);
    assertEquals(statesOf(agent, "t1"), killed);
  });
});

Deno.test("3.8 SHUTDOWN: of a torn down framework, which acknowledges nothing any more", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask("t1", specOf(untilTold)));
    await reached(agent, "t1", "TASK_RUNNING");
    agent.tearDown();
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.8 SHUTDOWN during the launch: what was made goes", async () => {
  await withExecutor({}, async ({ agent }) => {
    const wait = 'post_start: [{command: ["sh", "-c", "touch /mnt/mesos/sandbox/begun; sleep 10000"]}]';
    await agent.launch(shopTask("t1", specOf(untilTold, [wait])));
    await waitUntil("the launch is under way", () => exists(`${agent.sandbox}/begun`));
    agent.shutdown();
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("5.7 the grace of ExecutorInfo.shutdown_grace_period is the pod's to use", async () => {
  await withExecutor({}, async ({ agent }) => {
    const slow =
      `["sh", "-c", "trap 'sleep 4; touch /mnt/mesos/sandbox/whole; exit 0' TERM; sleep 10000 & wait"]`;
    await agent.launch(shopTask("t1", specOf(slow, ["stop_grace_period: 15s"]), {
      executor: { ...sharedExecutor(agent), shutdown_grace_period: { nanoseconds: 20e9 } },
    }));
    await reached(agent, "t1", "TASK_RUNNING");
    agent.shutdown();
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(exists(`${agent.sandbox}/whole`), true);
    assertEquals(await exitCode(agent), 0);
  });
});
