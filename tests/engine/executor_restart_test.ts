import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../support/assert.ts";
import type { TestEngine } from "../support/engine.ts";
import { shopTask } from "../support/mesos_task.ts";
import {
  exitCode,
  podOf,
  reached,
  reapFor,
  sharedExecutor,
  specOf,
  statesOf,
  untilTold,
  waitingFor,
  withExecutor,
} from "../support/task_life.ts";
import { waitUntil } from "../support/wait.ts";

/** What an executor does while its agent is gone, and when it comes back. */

const two = `${specOf(untilTold)}\n  side: {image: busybox, command: ${untilTold}}`;

/** Each container of a pod with all that a restart would change. */
async function lives({ engine }: TestEngine, pod: string): Promise<string[]> {
  const containers = await engine.listContainers(pod);
  const details = await Promise.all(containers.map(({ id }) => engine.inspect(id)));
  return details.map((one) => `${one?.id} ${one?.state} ${one?.startedAt}`).sort();
}

Deno.test("3.6 Disconnect with checkpoint: the pod goes on, and reports of meanwhile arrive once and in order", async () => {
  await withExecutor({}, async ({ agent, executor, engine }) => {
    const shared = sharedExecutor(agent);
    await agent.launch(shopTask("t1", two, { executor: shared }));
    await agent.launch(shopTask("t2", specOf(waitingFor("go", "exit 3")), { executor: shared }));
    await reached(agent, "t1", "TASK_RUNNING");
    await reached(agent, "t2", "TASK_RUNNING");
    const before = await lives(engine, podOf(agent, "t1"));
    const { pid } = agent;
    const back = agent.restart({ downFor: 1_500, routingFor: 300, readingFor: 300 });
    await Deno.writeTextFile(`${agent.sandbox}/go`, "");
    await waitUntil(
      "the task has ended",
      async () => (await executor.read("stderr")).includes("t2: TASK_FAILED"),
    );
    await back;
    const failed = await reached(agent, "t2", "TASK_FAILED");
    assertStringIncludes(failed.message ?? "", "web exited with code 3");
    assertEquals(await lives(engine, podOf(agent, "t1")), before);
    assertEquals(before.length, 3);
    assertEquals(agent.pid, pid);
    assertStringIncludes(await executor.read("stderr"), "subscribed with the agent again");
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    assertEquals(statesOf(agent, "t1"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
    assertEquals([...new Set(statesOf(agent, "t2"))], ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  });
});

Deno.test("3.4 Unacknowledged: what a scheduler does not acknowledge is no reason to wait or to speak again", async () => {
  await withExecutor({}, async ({ agent }) => {
    agent.acknowledging = false;
    await agent.launch(shopTask("t1", specOf(waitingFor("go", "exit 0"))));
    await waitUntil(
      "the executor has the agent's word",
      () => agent.exchanges.some((one) => one.includes("UPDATE")),
    );
    await agent.restart({ downFor: 300 });
    await Deno.writeTextFile(`${agent.sandbox}/go`, "");
    agent.acknowledging = true;
    await reached(agent, "t1", "TASK_FINISHED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("5.4 the stream breaks, and KILL in between is lost: the executor is there for the next one", async () => {
  await withExecutor({ subscriptionBackoffMax: 15_000 }, async ({ agent, executor, engine }) => {
    await agent.launch(shopTask("t1", two));
    await reached(agent, "t1", "TASK_RUNNING");
    const before = await lives(engine, podOf(agent, "t1"));
    agent.drop();
    agent.kill("t1");
    await waitUntil(
      "it has subscribed again",
      async () => (await executor.read("stderr")).includes("subscribed with the agent again"),
    );
    await agent.subscribed();
    assertEquals(await lives(engine, podOf(agent, "t1")), before);
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.6 Disconnect without checkpoint: the pod is stopped, and the executor ends", async () => {
  await withExecutor({ checkpoint: false }, async ({ agent, executor }) => {
    await agent.launch(shopTask("t1", two));
    await reached(agent, "t1", "TASK_RUNNING");
    await agent.stop();
    assertNotEquals(await exitCode(agent), -1);
    assertEquals(await executor.left(), []);
    assertStringIncludes(await executor.read("stderr"), "t1: TASK_KILLED");
  });
});

Deno.test("3.6 Disconnect: when the recovery timeout is over, the pod is stopped and the exit code says so", async () => {
  await withExecutor({ recoveryTimeout: 1_500 }, async ({ agent, executor }) => {
    await agent.launch(shopTask("t1", two));
    await reached(agent, "t1", "TASK_RUNNING");
    await agent.stop();
    const code = await exitCode(agent);
    assert(code > 0 && code < 128, `exit code ${code}`);
    assertEquals(await executor.left(), []);
    assertStringIncludes(await executor.read("stderr"), "recovery timeout");
  });
});

for (const status of [400, 401]) {
  Deno.test(`3.7 refused with ${status}: borne for the recovery timeout, then the pod goes`, async () => {
    await withExecutor({ recoveryTimeout: 2_000 }, async ({ agent, executor }) => {
      await agent.launch(shopTask("t1", two));
      await reached(agent, "t1", "TASK_RUNNING");
      agent.refuse(status);
      agent.drop();
      const code = await exitCode(agent);
      assert(code > 0 && code < 128, `exit code ${code}`);
      assertEquals(await executor.left(), []);
    });
  });
}

Deno.test("3.7 503 and 404 while an agent starts: borne, and nothing of the pod is touched", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    await agent.launch(shopTask("t1", two));
    await reached(agent, "t1", "TASK_RUNNING");
    const before = await lives(engine, podOf(agent, "t1"));
    for (const status of [404, 503]) {
      const asked = agent.exchanges.length;
      agent.refuse(status);
      agent.drop();
      await waitUntil(
        `it was answered ${status}`,
        () => agent.exchanges.slice(asked).some((one) => one.endsWith(` ${status}`)),
      );
      agent.refuse();
      await agent.subscribed();
    }
    assertEquals(await lives(engine, podOf(agent, "t1")), before);
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("0.1 an executor that comes back too late is shut down: nothing is left", async () => {
  await withExecutor({ reregistrationTimeout: 200 }, async ({ agent, executor, engine }) => {
    await agent.launch(shopTask("t1", two));
    await reached(agent, "t1", "TASK_RUNNING");
    const { pid } = agent;
    assert(pid !== undefined);
    // As on a host without air: it cannot even notice that the agent is gone.
    Deno.kill(pid, "SIGSTOP");
    await agent.restart({ downFor: 100 });
    await agent.update(({ state }) =>
      state === "TASK_GONE" || state === "TASK_LOST" || state === "TASK_FAILED"
    );
    await exitCode(agent);
    // The agent has killed it, as real ones do; what it left is for the reaper.
    await reapFor(agent, engine);
    assertEquals(await executor.left(), []);
  });
});
