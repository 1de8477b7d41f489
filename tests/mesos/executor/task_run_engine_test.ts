import { assert, assertEquals, assertMatch } from "../../support/assert.ts";
import { podFrom } from "../../support/supervising.ts";
import { RunningTask } from "./running_task.ts";

const web = "  web:\n    image: busybox\n    stop_grace_period: 5s\n";

Deno.test("KILL while the engine is gone for good: KILLED within a bound, and what may be left is said", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web));
  test.engine.goDown();
  test.run.kill(undefined);
  await test.clock.advance(30_000);
  assertEquals(test.states.at(-1), "TASK_KILLING");
  await test.clock.advance(6_000);
  assertEquals(test.states.at(-1), "TASK_KILLED");
  assertMatch(
    test.last.message ?? "",
    /^killed by the framework; Cannot stop pod shop within 35 s: .*Run mesolet down shop when the engine answers again$/,
  );
  // What is left is tried to be removed once more, and that is bounded as well.
  await test.over(60_000);
});

Deno.test("a task whose engine is gone goes on, and says so", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web));
  test.engine.goDown();
  await test.clock.advance(3_600_000);
  assertEquals([test.last.state, test.last.message], [
    "TASK_RUNNING",
    "Cannot ask the engine: nobody listens (1 container runs)",
  ]);
  assert(!test.isOver);
  test.run.giveUp();
  test.run.kill({ grace_period: { nanoseconds: 0 } });
  await test.over(120_000);
  assertEquals(test.states.filter((state) => state === "TASK_KILLED").length, 1);
});
