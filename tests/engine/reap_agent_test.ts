import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { Label } from "../../src/pod/labels.ts";
import { type ProgramResult, programWords, runProgram } from "../cli/program.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { engineAt } from "../support/engine.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";
import { podOf, reached, specOf, untilTold } from "../support/task_life.ts";

/** An engine of its own: the reaper looks at all that there is. */
Deno.test("reap --agent: an executor that cannot be seen from here is there as long as its agent says so", async () => {
  const privately = await startPrivateEngine();
  try {
    await using engine = await engineAt(privately.host);
    await importBusybox(engine.connection);
    await using executor = await RunningExecutor.start(engine, {
      executorCommand: ["unshare", "--pid", "--fork", "--kill-child", ...programWords, "executor"],
      reregistrationTimeout: 600_000,
    });
    const { agent } = executor;
    await agent.launch(shopTask("t1", specOf(untilTold)));
    await reached(agent, "t1", "TASK_RUNNING");
    const pod = `pod ${podOf(agent, "t1")} of task t1`;
    const reap = (...words: string[]) => runProgram(["reap", "-t", "0", ...words], { host: engine.host });
    const byAgent = ["--agent", agent.endpoint];

    // Cgroups are those of the host: others may have left some.
    const saidOf = ({ out }: ProgramResult) => out.split("\n").filter((line) => line.startsWith(pod));
    const alone = await reap();
    assertEquals([alone.code, saidOf(alone)], [0, [
      `${pod}: kept: whether its executor executor-t1 runs cannot be seen from here; --agent HOST:PORT asks the agent`,
    ]]);
    assertEquals(
      saidOf(await reap("--dry-run", ...byAgent)),
      [`${pod}: kept: its agent still runs the executor executor-t1`],
    );
    assertEquals(saidOf(await reap(...byAgent)), []);

    if (agent.pid !== undefined) Deno.kill(agent.pid, "SIGKILL");
    await agent.exited;
    const removed = await reap(...byAgent);
    assertEquals(removed.code, 0, removed.error);
    assertStringIncludes(
      removed.out,
      `${pod}: removed: its agent does not run the executor executor-t1 any more\n`,
    );
    assertEquals(await engine.engine.listParts(Label.pod), []);

    await agent.restart({ downFor: 0, routingFor: 0, readingFor: 0 });
    assertEquals((await reap(...byAgent)).code, 0);
    await agent.stop();
    const gone = await reap(...byAgent);
    assertEquals(gone.code, 69);
    assertStringIncludes(gone.error, `Cannot ask the agent ${agent.endpoint} for its containers`);
  } finally {
    await privately.stop();
  }
});
