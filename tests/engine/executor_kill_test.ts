import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { shopTask } from "../support/mesos_task.ts";
import { testRegistry } from "../support/registry.ts";
import {
  exists,
  exitCode,
  podOf,
  reached,
  sharedExecutor,
  specOf,
  statesOf,
  stubborn,
  untilTold,
  waitingFor,
  withExecutor,
} from "../support/task_life.ts";
import { type TestEngine, testHost } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";
import { WatchedSocket } from "../support/watched_socket.ts";

const killedInLaunch = ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"];

Deno.test("3.10 KILL during the launch, at any call of the engine: KILLED, and nothing is left", async (t) => {
  await using socket = new WatchedSocket(testHost());
  await withExecutor({ environment: { DOCKER_HOST: socket.host } }, async ({ agent, engine }) => {
    const executor = sharedExecutor(agent);
    await agent.launch(shopTask("stays", specOf(untilTold), { executor }));
    await reached(agent, "stays", "TASK_RUNNING");
    const spec = `
x-pod: {network: pod}
services:
  web: {image: busybox, command: ${untilTold}, configs: [c], volumes: [data:/data], depends_on: [base]}
  base: {image: busybox, command: ${untilTold}}
volumes: {data: {}}
configs: {c: {content: hello}}
`;
    const steps: readonly (readonly [call: string, passes: number])[] = [
      ["/volumes/create", 0],
      ["/containers/create", 0],
      ["/containers/create.*web", 0],
      ["/archive", 0],
      ["/start", 0],
      ["/start", 1],
      ["/start", 2],
    ];
    for (const [index, [step, passed]] of steps.entries()) {
      assert(
        await t.step(`${step} after ${passed}`, async () => {
          const id = `t${index}`;
          let passes = passed;
          socket.onCall = async (call) => {
            if (!new RegExp(`^(POST|PUT) \\S*${step}`).test(call) || passes-- > 0) return;
            socket.onCall = undefined;
            agent.kill(id);
            // The call goes on when the kill has arrived, while its answer is awaited.
            await reached(agent, id, "TASK_KILLING");
          };
          await agent.launch(shopTask(id, spec, { executor }));
          const { reason, message } = await reached(agent, id, "TASK_KILLED");
          assertEquals(statesOf(agent, id), killedInLaunch);
          assertEquals(reason, "REASON_TASK_KILLED_DURING_LAUNCH");
          assertStringIncludes(message ?? "", "killed by the framework");
          await waitUntil("nothing of the pod is left but its data", async () => {
            const parts = await engine.engine.listParts("io.mesolet.pod");
            const left = parts.filter(({ labels }) => labels["io.mesolet.pod"] === podOf(agent, id));
            assertEquals(left.filter(({ kind }) => kind !== "volume").map(({ name }) => name), []);
            return true;
          });
        }),
      );
    }
    agent.kill("stays");
    assertEquals(await exitCode(agent), 0);
    await removeVolumes(engine, agent.frameworkId);
  });
});

/** Volumes of data outlive a pod. */
async function removeVolumes(
  { engine, connection }: TestEngine,
  frameworkId: string,
): Promise<void> {
  for (const { kind, name, labels } of await engine.listParts("io.mesolet.mesos.framework")) {
    if (kind !== "volume" || labels["io.mesolet.mesos.framework"] !== frameworkId) continue;
    await connection.request({
      method: "DELETE",
      path: `/volumes/${name}`,
      call: "remove a volume",
      bound: 10_000,
    });
  }
}

const waits: readonly { readonly name: string; readonly spec: string; readonly begun: string }[] = [
  {
    name: "a container waits for another to be healthy",
    spec: `${specOf(untilTold, ["depends_on: {slow: {condition: service_healthy}}"])}
  slow:
    image: busybox
    command: ["sh", "-c", "touch /mnt/mesos/sandbox/begun; trap 'exit 0' TERM; sleep 10000 & wait"]
    healthcheck: {test: 'false', interval: 1s, start_period: 1h}
`,
    begun: "begun",
  },
  {
    name: "a post_start hook goes on",
    spec: specOf(untilTold, [
      'post_start: [{command: ["sh", "-c", "touch /mnt/mesos/sandbox/begun; sleep 10000"]}]',
    ]),
    begun: "begun",
  },
  {
    name: "a container has to complete first",
    spec: `${specOf(untilTold, ["depends_on: {init: {condition: service_completed_successfully}}"])}
  init:
    image: busybox
    command: ["sh", "-c", "touch /mnt/mesos/sandbox/begun; trap 'exit 0' TERM; sleep 10000 & wait"]
`,
    begun: "begun",
  },
];

for (const { name, spec, begun } of waits) {
  Deno.test(`3.10 KILL during the launch, while ${name}: KILLED`, async () => {
    await withExecutor({}, async ({ agent }) => {
      await agent.launch(shopTask("t1", spec));
      await waitUntil("the launch is where it waits", () => exists(`${agent.sandbox}/${begun}`));
      agent.kill("t1");
      assertEquals((await reached(agent, "t1", "TASK_KILLED")).reason, "REASON_TASK_KILLED_DURING_LAUNCH");
      assertEquals(await exitCode(agent), 0);
      assertEquals(statesOf(agent, "t1"), killedInLaunch);
    });
  });
}

Deno.test("3.10 KILL during the launch, while a registry does not answer: KILLED", async () => {
  await using registry = await testRegistry({ hangs: true });
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask("t1", `services: {web: {image: "${registry.address}/app:1"}}`));
    await waitUntil(
      "the image is being pulled",
      () => registry.requests.some((one) => one.includes("/blobs/")),
    );
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    assertEquals(statesOf(agent, "t1"), killedInLaunch);
  });
});

Deno.test("3.9 KILL: the event's kill_policy over the task's over the default; a repeat may shorten it", async (t) => {
  const minute = 60_000;
  const policy = (milliseconds: number) => ({ grace_period: { nanoseconds: milliseconds * 1e6 } });
  await withExecutor({}, async ({ agent, executor: running }) => {
    const executor = sharedExecutor(agent);
    await agent.launch(shopTask("stays", specOf(untilTold), { executor }));
    const kills: readonly {
      readonly name: string;
      readonly task: { readonly kill_policy?: ReturnType<typeof policy> };
      readonly kill: (id: string) => void;
    }[] = [
      {
        name: "grace 0 of the event",
        task: { kill_policy: policy(10 * minute) },
        kill: (id) => agent.kill(id, { gracePeriod: 0 }),
      },
      {
        name: "grace of the task over the spec's",
        task: { kill_policy: policy(200) },
        kill: (id) => agent.kill(id),
      },
      {
        name: "a shorter repeat, after a longer one",
        task: {},
        kill: (id) => {
          agent.kill(id);
          agent.kill(id, { gracePeriod: 10 * minute });
          agent.kill(id, { gracePeriod: 100 });
        },
      },
    ];
    for (const [index, { name, task, kill }] of kills.entries()) {
      assert(
        await t.step(name, async () => {
          const id = `t${index}`;
          const spec = specOf(stubborn, ["stop_grace_period: 10m"]);
          await agent.launch(shopTask(id, spec, { executor, ...task }));
          await reached(agent, id, "TASK_RUNNING");
          await waitUntil(
            "the container is deaf",
            async () => (await running.read("stdout")).split("deaf").length > index + 1,
          );
          kill(id);
          assertEquals((await reached(agent, id, "TASK_KILLED")).message, "killed by the framework");
          assertEquals(statesOf(agent, id), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
        }),
      );
    }
    agent.kill("nobody");
    agent.kill("stays");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("3.9 KILL: no KILLING for a framework without the capability, and checks stop", async () => {
  await withExecutor({ capabilities: ["PARTITION_AWARE"] }, async ({ agent, executor }) => {
    await agent.launch(shopTask("t1", specOf(waitingFor("go", "exit 0")), {
      health_check: {
        type: "COMMAND",
        command: { value: "echo x >> /mnt/mesos/sandbox/checked" },
        delay_seconds: 0,
        interval_seconds: 0.05,
      },
    }));
    await agent.update(({ healthy }) => healthy === true);
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    assertEquals([...new Set(statesOf(agent, "t1"))], ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLED"]);
    assert(exists(`${agent.sandbox}/checked`));
    assertEquals(JSON.parse(await executor.read("pod.json")).phase, "killed");
  });
});
