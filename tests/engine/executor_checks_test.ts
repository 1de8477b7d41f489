import type { CheckInfo, HealthCheck, TaskStatus } from "../../src/mesos/wire/messages_task.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import { exitCode, reached, sharedExecutor, statesOf, withExecutor } from "../support/task_life.ts";

/** A web server that is healthy until its page is taken away; it publishes nothing. */
const server = `
services:
  web:
    image: busybox
    command: ["sh", "-c", "mkdir /www; echo ok > /www/index.html; trap 'exit 0' TERM; httpd -f -p 127.0.0.1:8080 -h /www & until [ -e /mnt/mesos/sandbox/break ]; do sleep 0.05; done; kill %1; rm -r /www; sleep 10000 & wait"]
`;

const soon = { delay_seconds: 0, interval_seconds: 0.1, timeout_seconds: 5 } as const;

const healthChecks: Readonly<Record<string, HealthCheck>> = {
  COMMAND: { type: "COMMAND", command: { value: "test -e /www/index.html" } },
  HTTP: { type: "HTTP", http: { port: 8080, path: "/index.html" } },
  TCP: { type: "TCP", tcp: { port: 8080 } },
};

Deno.test("3.15 health checks at 127.0.0.1 of the pod's own namespace: healthy, then killed with healthy=false", async (t) => {
  await withExecutor({}, async ({ agent }) => {
    const executor = sharedExecutor(agent);
    await Promise.all(
      Object.entries(healthChecks).map(([id, check]) =>
        agent.launch(shopTask(id, server, {
          executor,
          health_check: { ...check, ...soon, grace_period_seconds: 60, consecutive_failures: 3 },
        }))
      ),
    );
    const healthOf = (id: string) =>
      agent.updates.filter((status) => status.task_id.value === id && status.reason === healthReason);
    for (const id of Object.keys(healthChecks)) {
      const first = await agent.update(({ task_id, healthy }) => task_id.value === id && healthy === true);
      assertEquals([first.state, first.reason], ["TASK_RUNNING", healthReason]);
    }
    await Deno.writeTextFile(`${agent.sandbox}/break`, "");
    for (const id of Object.keys(healthChecks)) {
      assert(
        await t.step(id, async () => {
          const killed = await reached(agent, id, "TASK_KILLED");
          assertEquals(killed.healthy, false);
          assertMatch(killed.message ?? "", /3 /);
          const verdicts = healthOf(id).map(({ healthy }) => healthy);
          // One success, then every failure.
          assertEquals(verdicts.filter((healthy) => healthy === false).length, 3, verdicts.join());
          assertEquals(statesOf(agent, id).slice(-2), ["TASK_KILLING", "TASK_KILLED"]);
        }),
      );
    }
    assertEquals(await exitCode(agent), 0);
  });
});

const healthReason = "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED";

const checks: Readonly<
  Record<string, readonly [CheckInfo, good: TaskStatus["check_status"], bad: TaskStatus["check_status"]]>
> = {
  COMMAND: [
    { type: "COMMAND", command: { command: { value: "test -e /www/index.html || exit 7" } } },
    { type: "COMMAND", command: { exit_code: 0 } },
    { type: "COMMAND", command: { exit_code: 7 } },
  ],
  HTTP: [
    { type: "HTTP", http: { port: 8080, path: "/index.html" } },
    { type: "HTTP", http: { status_code: 200 } },
    { type: "HTTP", http: {} },
  ],
  TCP: [
    { type: "TCP", tcp: { port: 8080 } },
    { type: "TCP", tcp: { succeeded: true } },
    { type: "TCP", tcp: { succeeded: false } },
  ],
};

Deno.test("3.14 a check: its status is typed in every report, each change is told, and it kills nobody", async (t) => {
  await withExecutor({}, async ({ agent }) => {
    const executor = sharedExecutor(agent);
    await Promise.all(
      Object.entries(checks).map(([id, [check]]) =>
        agent.launch(shopTask(id, server, { executor, check: { ...check, ...soon } }))
      ),
    );
    const isOf = (id: string, wanted: TaskStatus["check_status"]) => (status: TaskStatus) =>
      status.task_id.value === id && JSON.stringify(status.check_status) === JSON.stringify(wanted);
    for (const [id, [, good]] of Object.entries(checks)) {
      assert(
        await t.step(`${id} succeeds`, async () => {
          const { state, reason } = await agent.update(isOf(id, good));
          assertEquals([state, reason], ["TASK_RUNNING", "REASON_TASK_CHECK_STATUS_UPDATED"]);
        }),
      );
    }
    await Deno.writeTextFile(`${agent.sandbox}/break`, "");
    for (const [id, [, , bad]] of Object.entries(checks)) {
      assert(
        await t.step(`${id} fails`, async () => {
          const told = agent.updates.findIndex(isOf(id, checks[id]?.[1]));
          const isBad = isOf(id, bad);
          await agent.update((status) => isBad(status) && agent.updates.indexOf(status) > told);
          agent.kill(id);
          await reached(agent, id, "TASK_KILLED");
          assert(
            agent.updates.every(({ task_id, check_status }) =>
              task_id.value !== id || check_status?.type === checks[id]?.[0].type
            ),
          );
        }),
      );
    }
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.15 the grace period ignores failures until the first success", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask("t1", server, {
      health_check: {
        type: "COMMAND",
        // The first tries fail.
        command: { value: "echo x >> /tries; [ $(wc -l < /tries) -gt 5 ]" },
        ...soon,
        grace_period_seconds: 600,
        consecutive_failures: 2,
      },
    }));
    await agent.update(({ healthy }) => healthy === true);
    assert(agent.updates.every(({ healthy }) => healthy !== false));
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});
