import { askAgent } from "../../../src/mesos/reap/agent_view.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { StrictAgent } from "../agent/strict_agent.ts";

const signal = new AbortController().signal;

/** An agent with one executor that neither subscribes nor ends. */
async function withAgent(work: (agent: StrictAgent) => Promise<void>): Promise<void> {
  await using agent = await StrictAgent.start({
    checkpoint: true,
    executorCommand: ["sleep", "10000"],
    reregistrationTimeout: 600_000,
  });
  await agent.launch({ name: "t1", task_id: { value: "t1" } });
  await work(agent);
}

async function refusal(address: string): Promise<string> {
  return (await assertRejects(() => askAgent(address, signal), MesoletError)).message;
}

/** The containers in the older list, whose answers a real agent was recorded giving. */
async function olderList(agent: StrictAgent): Promise<unknown[]> {
  const answer = await fetch(`http://${agent.endpoint}/containers`);
  return await answer.json();
}

Deno.test("an agent tells which containers it runs", async () => {
  await withAgent(async (agent) => {
    const containerId = agent.sandbox.replace(/.*\//, "");
    assertEquals([...(await askAgent(agent.endpoint, signal)).containers], [containerId]);
    assertEquals([...(await askAgent(`http://${agent.endpoint}/`, signal)).containers], [containerId]);
    assertEquals(await olderList(agent), [{
      container_id: containerId,
      executor_id: "executor-t1",
      executor_name: "",
      framework_id: agent.frameworkId,
      source: "",
      status: { container_id: { value: containerId }, executor_pid: agent.pid },
    }]);
  });
});

Deno.test("an agent that is gone, or recovers, is not believed to run nothing", async () => {
  await withAgent(async (agent) => {
    await agent.restart({ downFor: 0, routingFor: 0, readingFor: 0 });
    const refused = await refusal(agent.endpoint);
    assertStringIncludes(
      refused,
      `Cannot ask the agent ${agent.endpoint} for its containers: it answers 503`,
    );
    await agent.stop();
    assertStringIncludes(await refusal(agent.endpoint), "check --agent, or leave it out");
  });
});

Deno.test("what answers otherwise than an agent is none", async () => {
  const answers: readonly [status: number, body: string][] = [
    [200, "[]"],
    [200, '{"type": "GET_HEALTH", "get_containers": {"containers": []}}'],
    [200, '{"type": "GET_CONTAINERS", "get_containers": {"containers": {}}}'],
    [200, "no JSON"],
    [401, ""],
  ];
  for (const [status, body] of answers) {
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(body, { status }),
    );
    try {
      assertStringIncludes(await refusal(`127.0.0.1:${server.addr.port}`), "Cannot ask the agent");
    } finally {
      await server.shutdown();
    }
  }
});
