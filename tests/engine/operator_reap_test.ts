import { assert, assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

Deno.test("operator: --reap removes the pod of an executor that is gone, beside its own, and ends with it", async () => {
  await using engine = await testEngine();
  await using executor = await RunningExecutor.start(engine);
  await using operator = new RunningOperator(engine);
  const { agent } = executor;
  await agent.launch(shopTask("t1", `services: {web: {image: busybox, command: ${goesOn}}}\n`));
  await agent.update(({ state }) => state === "TASK_RUNNING");
  const pod = engine.podName();
  operator.put(`${pod}.yaml`, `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}}}\n`);

  // As long as the executor runs its pod is not touched, nor is it an orphan of the operator.
  operator.start(["--reap"]);
  await operator.told(`${pod}: runs`);
  assert((await executor.left()).length > 0);
  assertEquals(await operator.end(), 0);

  if (agent.pid !== undefined) Deno.kill(agent.pid, "SIGKILL");
  await agent.exited;
  const before = await livesOf(engine, [pod]);
  operator.start(["--reap", "--stop-pods"]);
  await operator.told("of task t1: removed: its executor executor-t1 is gone");
  await operator.told(`${pod}: adopted: 1 container runs`);
  await waitUntil("nothing of the task is left", async () => (await executor.left()).length === 0);
  assertEquals(await livesOf(engine, [pod]), before);
  assertEquals(await operator.end(), 0);
});
