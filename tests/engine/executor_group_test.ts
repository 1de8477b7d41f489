import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import {
  exitCode,
  podOf,
  reached,
  specOf,
  statesOf,
  untilTold,
  waitingFor,
  withExecutor,
} from "../support/task_life.ts";

const all = ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"];

Deno.test("3.13 LAUNCH_GROUP: each task is a pod; the kill of one ends the others, each with its own reports", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    await agent.launch({ tasks: ["t1", "t2", "t3"].map((id) => shopTask(id, specOf(untilTold))) });
    for (const id of ["t1", "t2", "t3"]) {
      await reached(agent, id, "TASK_RUNNING");
      assertEquals((await engine.engine.listContainers(podOf(agent, id))).length, 2);
    }
    agent.kill("t2");
    for (const id of ["t1", "t2", "t3"]) {
      const { message } = await reached(agent, id, "TASK_KILLED");
      assertStringIncludes(message ?? "", id === "t2" ? "by the framework" : "the task t2 of its group");
      assertEquals(statesOf(agent, id), all);
    }
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.13 LAUNCH_GROUP: a task that fails ends the others, one that finishes does not", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    await agent.launch({
      tasks: [
        shopTask("ends", specOf('["true"]')),
        shopTask("fails", specOf(waitingFor("go", "exit 5"))),
        shopTask("stays", specOf(untilTold)),
      ],
    });
    await reached(agent, "ends", "TASK_FINISHED");
    await reached(agent, "fails", "TASK_RUNNING");
    await reached(agent, "stays", "TASK_RUNNING");
    assert((await engine.engine.listContainers(podOf(agent, "stays"))).length > 0);
    await Deno.writeTextFile(`${agent.sandbox}/go`, "");
    assertStringIncludes((await reached(agent, "fails", "TASK_FAILED")).message ?? "", "exited with code 5");
    const { message } = await reached(agent, "stays", "TASK_KILLED");
    assertStringIncludes(message ?? "", "the task fails of its group ended with TASK_FAILED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.13 LAUNCH_GROUP: all or nothing: a task that cannot be made keeps the others from running", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch({
      tasks: [shopTask("good", specOf(untilTold)), shopTask("bad", "services: {web: {image: [1]}}")],
    });
    await reached(agent, "bad", "TASK_FAILED");
    await reached(agent, "good", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    assertEquals(statesOf(agent, "good").at(-1), "TASK_KILLED");
  });
});

Deno.test("3.13 LAUNCH_GROUP: SHUTDOWN ends all of it within the grace", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch({ tasks: ["t1", "t2"].map((id) => shopTask(id, specOf(untilTold))) });
    for (const id of ["t1", "t2"]) await reached(agent, id, "TASK_RUNNING");
    agent.shutdown();
    for (const id of ["t1", "t2"]) await reached(agent, id, "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});
