import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { RunningExecutor } from "../support/mesos_task.ts";
import { waitUntil } from "../support/wait.ts";
import { programWords } from "../cli/program.ts";
import type { StrictAgent, TaskWish } from "../mesos/agent/strict_agent.ts";
import {
  auroraExample,
  exampleFiles,
  type ExampleOffer,
  fetchedFrom,
  frameworkExample,
  marathonExample,
} from "../mesos/example_tasks.ts";

/** A port of this machine that is free at this moment. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return listener.addr.port;
}

async function answers(port: number, text: string): Promise<void> {
  await waitUntil(`port ${port} answers with ${text}`, async () => {
    try {
      return (await (await fetch(`http://127.0.0.1:${port}/`)).text()).includes(text);
    } catch {
      return false;
    }
  });
}

/**
 * Launches an example as its framework does, waits until it runs, lets a test look at it, kills it as the framework
 * does, and checks that the agent has nothing to say and that nothing is left.
 */
async function withExample(
  taskOf: (offer: ExampleOffer) => TaskWish,
  look: (
    running: { readonly agent: StrictAgent; readonly port: number; stdout(): Promise<string> },
  ) => Promise<
    void
  >,
): Promise<void> {
  await using engine = await testEngine();
  const files = await exampleFiles(programWords);
  await using executor = await RunningExecutor.start(engine);
  const { agent } = executor;
  try {
    const port = freePort();
    const task = fetchedFrom(files, taskOf({ frameworkId: agent.frameworkId, port }));
    await agent.launch(task);
    const ended = ["TASK_FAILED", "TASK_RUNNING"];
    const first = await agent.update(({ state }) => ended.includes(state), 60_000);
    assertEquals(first.state, "TASK_RUNNING", `${first.message}\n${await executor.read("stderr")}`);
    const network = first.container_status?.network_infos?.[0];
    assertEquals(network?.port_mappings?.map(({ host_port }) => host_port), [port]);
    await look({ agent, port, stdout: () => executor.read("stdout") });
    agent.kill(task.task_id.value);
    await agent.update(({ state }) => state === "TASK_KILLED");
    assertEquals((await agent.exited).code, 0);
    assertEquals(agent.problems, []);
    assertEquals(await executor.left(), []);
  } finally {
    await Deno.remove(files, { recursive: true });
  }
}

async function shopIsOpen(
  { port, stdout }: { readonly port: number; stdout(): Promise<string> },
): Promise<void> {
  await answers(port, "The shop is open");
  await waitUntil(
    "the sidecar has seen web and cache",
    async () => (await stdout()).includes(`127.0.0.1:${port} is well`),
  );
}

for (const sendsApp of [false, true]) {
  const release = sendsApp ? "an older Marathon" : "Marathon";
  Deno.test(`engine: the example of ${release} with a pod in an archive`, async () => {
    await withExample((offer) => marathonExample("marathon-shop.json", offer, sendsApp), async (running) => {
      await shopIsOpen(running);
      const healthy = await running.agent.update((status) =>
        status.healthy === true && status.reason === "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED"
      );
      assertEquals(healthy.state, "TASK_RUNNING");
    });
  });

  Deno.test(`engine: the example of ${release} with an image in front of its command`, async () => {
    await withExample(
      (offer) => marathonExample("marathon-image.json", offer, sendsApp),
      async ({ port }) => {
        await answers(port, "hello from /hello");
      },
    );
  });
}

Deno.test("engine: the example of Aurora", async () => {
  await withExample(auroraExample, shopIsOpen);
});

Deno.test("engine: an example without a port is refused with the place in its file, as the archive has it", async () => {
  await using engine = await testEngine();
  const files = await exampleFiles(programWords);
  await using executor = await RunningExecutor.start(engine);
  const { agent } = executor;
  try {
    const { resources = [], ...task } = frameworkExample({ frameworkId: agent.frameworkId, port: 31_000 });
    const withoutPorts = resources.filter(({ name }) => name !== "ports");
    await agent.launch(fetchedFrom(files, { ...task, resources: withoutPorts }));
    const failed = await agent.update(({ state }) => state === "TASK_FAILED");
    assertEquals(failed.reason, "REASON_TASK_INVALID");
    assertStringIncludes(
      failed.message ?? "",
      "shop/compose.yaml:13:9: services.web.ports[0]: there is no port of the host left for 8080/tcp",
    );
    assertEquals(failed.message?.startsWith("shop/"), true, failed.message);
  } finally {
    await Deno.remove(files, { recursive: true });
  }
});

Deno.test("engine: the example of a framework by hand", async () => {
  await withExample(frameworkExample, async (running) => {
    await shopIsOpen(running);
    const healthy = await running.agent.update((status) =>
      status.healthy === true && status.reason === "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED"
    );
    assert(healthy.data !== undefined);
    assertStringIncludes(new TextDecoder().decode(healthy.data), "NetworkSettings");
  });
});
