import { assert, assertEquals } from "../../support/assert.ts";
import { run, withMaster } from "./with_master.ts";

Deno.test("master: a launch that the agent never heard of is dropped when it registers again", async () => {
  await withMaster(async ({ clock, agent, framework }) => {
    const [offer] = framework.takeOffers();
    assert(offer !== undefined);
    framework.launch([offer], [framework.task("t1", offer)]);
    // It loses its memory before it says a word.
    agent.tearDown(framework.id ?? "");
    agent.lose();
    agent.comeBack();
    await clock.settle();
    assertEquals(framework.told("t1"), ["TASK_DROPPED SOURCE_MASTER REASON_RECONCILIATION"]);
  });
});

Deno.test("master: a kill while the agent is away is told when it is back", async () => {
  await withMaster(async ({ clock, agent, framework }) => {
    await run(framework, clock);
    agent.lose();
    framework.kill("t1");
    await clock.advance(10_000);
    assertEquals(agent.running, ["t1"]);
    agent.comeBack();
    await clock.advance(1_000);
    assertEquals(framework.told("t1").at(-1), "TASK_KILLED");
  });
});

for (const aware of [true, false]) {
  const info = aware ? {} : { capabilities: [{ type: "MULTI_ROLE" as const }] };
  const name = aware ? "with" : "without";
  const lost = (state: string) => aware ? state : "TASK_LOST";

  Deno.test(`master: an unreachable agent and its return, ${name} PARTITION_AWARE`, async () => {
    await withMaster(async ({ clock, agent, framework }) => {
      await run(framework, clock);
      agent.lose();
      await clock.advance(74_000);
      assertEquals(framework.told("t1").length, 2);
      await clock.advance(2_000);
      assertEquals(
        framework.told("t1").at(-1),
        `${lost("TASK_UNREACHABLE")} SOURCE_MASTER REASON_AGENT_REMOVED`,
      );
      framework.reconcile();
      await clock.settle();
      assertEquals(framework.told("t1").length, 3, "implicit reconciliation skips unreachable tasks");
      framework.reconcile(["t1", agent.id]);
      await clock.settle();
      assertEquals(
        framework.told("t1").at(-1),
        `${lost("TASK_UNREACHABLE")} SOURCE_MASTER REASON_RECONCILIATION`,
      );
      agent.comeBack();
      await clock.settle();
      assertEquals(framework.told("t1").at(-1), "TASK_RUNNING SOURCE_MASTER REASON_AGENT_REREGISTERED");
    }, { info });
  });

  Deno.test(`master: an agent that is marked gone, ${name} PARTITION_AWARE`, async () => {
    await withMaster(async ({ clock, master, agent, framework }) => {
      await run(framework, clock);
      const { id } = agent;
      master.host.drive((core) => core.markGone(id));
      await clock.settle();
      assertEquals(framework.told("t1").at(-1)?.split(" ")[0], lost("TASK_GONE_BY_OPERATOR"));
      assertEquals(agent.running, []);
      framework.reconcile(["t1", id]);
      await clock.settle();
      assertEquals(
        framework.told("t1").at(-1),
        `${lost("TASK_GONE_BY_OPERATOR")} SOURCE_MASTER REASON_RECONCILIATION`,
      );
    }, { info });
  });

  Deno.test(`master: unknown tasks, ${name} PARTITION_AWARE`, async () => {
    await withMaster(async ({ clock, agent, framework }) => {
      framework.reconcile(["a", agent.id], ["b"], ["c", "nosuch-S9"]);
      framework.kill("d");
      await clock.settle();
      const why = "SOURCE_MASTER REASON_RECONCILIATION";
      assertEquals(framework.told("a"), [`${lost("TASK_GONE")} ${why}`]);
      for (const id of ["b", "c", "d"]) assertEquals(framework.told(id), [`${lost("TASK_UNKNOWN")} ${why}`]);
    }, { info });
  });
}

Deno.test("master: without checkpoint tasks are lost as soon as their agent is away", async () => {
  await withMaster(async ({ clock, agent, framework }) => {
    await run(framework, clock);
    agent.lose();
    await clock.settle();
    assertEquals(framework.told("t1").at(-1), "TASK_LOST SOURCE_MASTER REASON_AGENT_DISCONNECTED");
  }, { info: { checkpoint: false } });
});

Deno.test("master: a drained agent kills, offers nothing, and is gone afterwards if that is wished", async () => {
  await withMaster(async ({ clock, master, agent, framework }) => {
    await run(framework, clock);
    master.host.drive((core) => core.drain(agent.id, { grace: { nanoseconds: 20e9 }, markGone: true }));
    await clock.advance(1_000);
    assertEquals(framework.told("t1").slice(2), ["TASK_KILLING", "TASK_GONE_BY_OPERATOR"]);
    assertEquals(framework.statuses.at(-1)?.reason, "REASON_AGENT_DRAINING");
    assertEquals(master.host.core.state.gone.has(agent.id), true);
  });
});

Deno.test("master: a deactivated agent is not offered until it is reactivated", async () => {
  await withMaster(async ({ clock, master, agent, framework }) => {
    master.host.drive((core) => core.deactivate(agent.id));
    framework.call({ type: "REVIVE" });
    await clock.advance(3_000);
    assertEquals(framework.types, ["SUBSCRIBED", "OFFERS", "RESCIND"]);
    master.host.drive((core) => core.reactivate(agent.id));
    await clock.advance(1_500);
    assertEquals(framework.types.at(-1), "OFFERS");
  });
});

Deno.test("master: a restarted master knows agents, and tasks from agents", async () => {
  await withMaster(async ({ clock, master, agent, framework }) => {
    await run(framework, clock);
    master.stop();
    await clock.settle();
    assertEquals(framework.ended, true);
    assertEquals(framework.subscribe(), { status: 0, text: "Connection refused" });
    master.host.phase = "recovering";
    assertEquals(framework.subscribe(), { status: 503, text: "Master has not finished recovery" });
    master.host.lead();
    framework.subscribe();
    framework.reconcile(["t1", agent.id]);
    framework.reconcile(["nosuch"]);
    await clock.settle();
    assertEquals(framework.told("t1").length, 2, "no answer before the agent is back");
    assertEquals(framework.told("nosuch"), []);
    master.host.rejoin();
    framework.reconcile(["t1", agent.id], ["nosuch"]);
    await clock.settle();
    assertEquals(framework.told("t1").at(-1), "TASK_RUNNING SOURCE_MASTER REASON_RECONCILIATION");
    assertEquals(framework.told("nosuch"), ["TASK_UNKNOWN SOURCE_MASTER REASON_RECONCILIATION"]);
    const free = framework.takeOffers().at(-1)?.resources?.find(({ name }) => name === "cpus");
    assertEquals(free?.scalar?.value, 3.8);
    framework.kill("t1");
    await clock.advance(1_000);
    assertEquals(framework.told("t1").at(-1), "TASK_KILLED");
    assertEquals(master.host.conduct.breaches, []);
  });
});

Deno.test("master: agents that do not come back to a restarted master are unreachable", async () => {
  await withMaster(async ({ clock, master, agent, framework }) => {
    await run(framework, clock);
    const { id } = agent;
    agent.lose();
    master.stop();
    master.start();
    await clock.settle();
    framework.subscribe();
    await clock.advance(601_000);
    framework.reconcile(["t1", id]);
    await clock.settle();
    assertEquals(framework.told("t1").at(-1), "TASK_UNREACHABLE SOURCE_MASTER REASON_RECONCILIATION");
  });
});

Deno.test("master: an agent that reboots gets a new id, and its tasks are unreachable", async () => {
  await withMaster(async ({ clock, agent, framework }) => {
    await run(framework, clock);
    const { id } = agent;
    agent.reboot();
    assert(agent.id !== id);
    await clock.advance(76_000);
    assertEquals(framework.told("t1").at(-1), "TASK_UNREACHABLE SOURCE_MASTER REASON_AGENT_REMOVED");
  });
});
