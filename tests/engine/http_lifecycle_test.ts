import { assert, assertEquals } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import { exitCode, reached, withExecutor } from "../support/task_life.ts";

/** A program that answers two requests, and ends after the second; a signal would leave no second line. */
const spec = `
x-pod:
  http_lifecycle:
    port: 8080
    requests: [{path: /quitquitquit, wait: 500ms}, {path: /abortabortabort, wait: 1m}]
services:
  web:
    image: busybox
    command:
    - sh
    - -c
    - |
      trap '' TERM
      nc -l -p 8080 -e sh /answer
      nc -l -p 8080 -e sh /answer
    configs: [{source: answer, target: /answer}]
configs:
  answer:
    content: |
      read line
      echo "$$line" >> /mnt/mesos/sandbox/asked
      printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n'
`;

Deno.test("the engine: a task is asked by HTTP to end before it is stopped, in its own namespace", async () => {
  await withExecutor({}, async ({ agent, executor }) => {
    await agent.launch(shopTask("asked", spec));
    await reached(agent, "asked", "TASK_RUNNING");
    agent.kill("asked");
    const { message } = await reached(agent, "asked", "TASK_KILLED");
    assertEquals(message?.includes("killed by the framework"), true);
    assertEquals(await exitCode(agent), 0);
    const asked = await Deno.readTextFile(`${agent.sandbox}/asked`);
    assertEquals(asked.trim().split(/\r?\n/).map((line) => line.trim()), [
      "POST /quitquitquit HTTP/1.1",
      "POST /abortabortabort HTTP/1.1",
    ]);
    const told = await executor.read("stderr");
    assert(told.includes("POST /quitquitquit to port 8080: HTTP 200"), told);
  });
});
