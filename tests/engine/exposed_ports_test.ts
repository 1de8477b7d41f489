import { assertEquals } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import type { TestEngine } from "../support/engine.ts";
import { exitCode, reached, withExecutor } from "../support/task_life.ts";

const image = "mesolet-test/exposing:1";

/** An image that says that it listens on 8080. */
async function makeImage({ connection }: TestEngine): Promise<void> {
  const call = "make an image";
  const created = await connection.request({
    method: "POST",
    path: "/containers/create",
    body: { Image: "busybox" },
    call,
    bound: 30_000,
  });
  const { Id: id } = created.body as { readonly Id: string };
  const [repo = "", tag = ""] = image.split(":");
  const query = { container: id, repo, tag, changes: "EXPOSE 8080" };
  await connection.request({ method: "POST", path: "/commit", query, body: {}, call, bound: 30_000 });
  await connection.request({ method: "DELETE", path: `/containers/${id}`, call, bound: 30_000 });
}

Deno.test("the engine: an image in front of a command has its EXPOSEd port on the assigned one, and is checked there", async () => {
  await withExecutor({}, async ({ agent, engine }) => {
    await makeImage(engine);
    try {
      const port = 31_987;
      const { data: _, ...task } = shopTask("exposing", "", {
        command: { value: `${image} sh -c 'echo hello > /tmp/page; exec httpd -f -p 8080 -h /tmp'` },
        resources: [{ name: "ports", type: "RANGES", ranges: { range: [{ begin: port, end: port }] } }],
        health_check: {
          type: "HTTP",
          http: { port, path: "/page" },
          delay_seconds: 0,
          interval_seconds: 0.2,
        },
        kill_policy: { grace_period: { nanoseconds: 1e9 } },
      });
      await agent.launch(task);
      await agent.update(({ healthy, task_id: id }) => id.value === "exposing" && healthy === true);
      assertEquals(await (await fetch(`http://127.0.0.1:${port}/page`)).text(), "hello\n");
      agent.kill("exposing");
      await reached(agent, "exposing", "TASK_KILLED");
      assertEquals(await exitCode(agent), 0);
    } finally {
      const path = `/images/${image}`;
      await engine.connection.request({ method: "DELETE", path, call: "remove an image", bound: 30_000 });
    }
  });
});
