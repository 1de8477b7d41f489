import { assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { DirectMaster } from "./direct_master.ts";
import { SimulatedAgents } from "./simulated_agents.ts";
import { TestFramework } from "./test_framework.ts";

Deno.test("simulated agents: a thousand of them run ten thousand tasks, and one in ten goes", async () => {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock });
  const agents = new SimulatedAgents(master.host, clock);
  for (let index = 0; index < 1_000; index++) agents.add();
  const framework = new TestFramework(master);
  framework.subscribe();
  await clock.settle();
  let number = 0;
  for (const offer of framework.takeOffers()) {
    const tasks = Array.from({ length: 10 }, () => framework.task(`t${number++}`, offer));
    framework.launch([offer], tasks);
  }
  await clock.advance(1_000);
  assertEquals(framework.statuses.filter(({ state }) => state === "TASK_RUNNING").length, 10_000);
  for (const agent of agents.agents.slice(0, 100)) agent.lose();
  await clock.advance(76_000);
  assertEquals(framework.statuses.filter(({ state }) => state === "TASK_UNREACHABLE").length, 1_000);
  assertEquals(master.host.conduct.breaches, []);
  agents.end();
  master.end();
});
