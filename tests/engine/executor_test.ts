import { runProgram } from "../cli/program.ts";
import { testEngine } from "../support/engine.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";

/** The executor under an agent that is as strict as a real one, with a real engine. */

const sleeping = `
services:
  web:
    image: busybox
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
`;

Deno.test("executor with an engine: a task runs, tells its address, is killed, and leaves nothing", async () => {
  await using engine = await testEngine();
  await using executor = await RunningExecutor.start(engine);
  const { agent } = executor;
  await agent.launch(shopTask(
    "t1",
    `
services:
  web:
    image: busybox
    command: ["sh", "-c", "echo begins; trap 'echo ends; exit 0' TERM; while :; do sleep 0.1; done"]
`,
  ));
  const running = await agent.update(({ state }) => state === "TASK_RUNNING");
  assertEquals(running.message, "1 container runs");
  const address = running.container_status?.network_infos?.[0]?.ip_addresses?.[0]?.ip_address ?? "";
  assert(/^\d+\.\d+\.\d+\.\d+$/.test(address) && address !== "127.0.0.1", address);
  const [inspected] = JSON.parse(new TextDecoder().decode(running.data));
  assertEquals(inspected.NetworkSettings.Networks.mesolet.IPAddress, address);
  agent.kill("t1");
  const killed = await agent.update(({ state }) => state === "TASK_KILLED");
  assertEquals(killed.message, "killed by the framework");
  assertEquals((await agent.exited).code, 0);
  assertEquals(agent.updates.map(({ state }) => state), [
    "TASK_STARTING",
    "TASK_RUNNING",
    "TASK_KILLING",
    "TASK_KILLED",
  ]);
  assertEquals(agent.problems, []);
  assertEquals(await executor.left(), []);
  assertStringIncludes(await executor.read("stdout"), "begins");
});

Deno.test("executor with an engine: after SIGKILL of the executor, reap leaves nothing", async () => {
  await using engine = await testEngine();
  await using executor = await RunningExecutor.start(engine);
  const { agent } = executor;
  await agent.launch(shopTask("t1", sleeping));
  await agent.update(({ state }) => state === "TASK_RUNNING");
  const kept = await runProgram(["reap"], { host: engine.host });
  assertEquals(kept.code, 0, kept.error);
  assert((await executor.left()).length > 0, "a pod whose executor runs is kept");
  if (agent.pid !== undefined) Deno.kill(agent.pid, "SIGKILL");
  await agent.exited;
  const dry = await runProgram(["reap", "--dry-run"], { host: engine.host });
  assertStringIncludes(dry.out, "of task t1: would be removed: its executor executor-t1 is gone");
  const reap = await runProgram(["reap", "-t", "0"], { host: engine.host });
  assertEquals(reap.code, 0, reap.error);
  assertStringIncludes(reap.out, "of task t1: removed");
  assertEquals(await executor.left(), []);
});
