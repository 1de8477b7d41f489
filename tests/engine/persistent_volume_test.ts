import { programWords } from "../cli/program.ts";
import { assertEquals } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import { exitCode, reached, specOf, withExecutor } from "../support/task_life.ts";

Deno.test("a persistent volume that the agent links into the sandbox is in the containers", async () => {
  const volume = await Deno.makeTempDir({ prefix: "mesolet-volume-" });
  try {
    await Deno.writeTextFile(`${volume}/before`, "kept");
    const linked = ["sh", "-c", `ln -s ${volume} data && exec "$@"`, "sh", ...programWords, "executor"];
    await withExecutor({ executorCommand: linked }, async ({ agent }) => {
      const copy = `["sh", "-c", "cd /mnt/mesos/sandbox/data && cp before after"]`;
      await agent.launch(shopTask("t1", specOf(copy), {
        resources: [{
          name: "disk",
          type: "SCALAR",
          scalar: { value: 1 },
          disk: { persistence: { id: "p" }, volume: { mode: "RW", container_path: "data" } },
        }],
      }));
      await reached(agent, "t1", "TASK_FINISHED");
      assertEquals(await exitCode(agent), 0);
    });
    assertEquals(await Deno.readTextFile(`${volume}/after`), "kept");
  } finally {
    await Deno.remove(volume, { recursive: true });
  }
});
