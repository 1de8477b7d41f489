import type { Offer } from "../../../src/mesos/wire/messages.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { DirectMaster } from "./direct_master.ts";
import { SimulatedAgents } from "./simulated_agents.ts";
import { type politeInfo, TestFramework } from "./test_framework.ts";

/** What breaches a framework that does this is told of. */
async function breachesOf(
  work: (framework: TestFramework, offer: Offer, clock: SteppedClock, agents: SimulatedAgents) => unknown,
  info: Partial<typeof politeInfo> = {},
): Promise<readonly string[]> {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock });
  const agents = new SimulatedAgents(master.host, clock);
  agents.add();
  const framework = new TestFramework(master, info);
  framework.subscribe();
  await clock.settle();
  const [offer] = framework.takeOffers();
  assert(offer !== undefined);
  await work(framework, offer, clock, agents);
  await clock.settle();
  agents.end();
  master.end();
  return master.host.conduct.breaches.map((breach) =>
    breach.replaceAll(offer.id.value, "OFFER").replaceAll(framework.id ?? "none", "FRAMEWORK")
  );
}

Deno.test("conduct: a framework with good manners has none noted", async () => {
  assertEquals(
    await breachesOf(async (framework, offer, clock) => {
      framework.launch([offer], [framework.task("a", offer)]);
      await clock.advance(1_000);
      framework.reconcile(["a"]);
      await clock.advance(120_000);
      framework.kill("a");
      await clock.advance(2_000);
      framework.decline(framework.takeOffers());
      await clock.advance(120_000);
    }),
    [],
  );
});

Deno.test("conduct: what a framework says of itself", async () => {
  assertEquals(
    await breachesOf(() => {}, {
      user: "",
      checkpoint: false,
      failover_timeout: 60,
      capabilities: [{ type: "MULTI_ROLE" }],
    }),
    [
      "SUBSCRIBE with an empty user",
      "SUBSCRIBE without checkpoint: tasks do not survive their agent",
      "SUBSCRIBE with a failover_timeout of only 60 s",
      "SUBSCRIBE without the capability PARTITION_AWARE",
      "SUBSCRIBE without the capability TASK_KILLING_STATE",
      "SUBSCRIBE without the capability RESERVATION_REFINEMENT",
    ],
  );
});

Deno.test("conduct: short filters, and offers used twice or never made", async () => {
  assertEquals(
    await breachesOf((framework, offer) => {
      framework.call({ type: "DECLINE", decline: { offer_ids: [offer.id] } });
      framework.decline([offer], 5);
      framework.decline([{ ...offer, id: { value: "nosuch" } }]);
      framework.accept([], []);
    }),
    [
      "DECLINE without a filter: the offer is back after 5 s",
      "DECLINE of offer OFFER, which was used before",
      "DECLINE with a filter of only 5 s",
      "DECLINE of offer nosuch, which was never made",
      "ACCEPT without offers",
    ],
  );
});

Deno.test("conduct: held offers and updates that nobody acknowledges", async () => {
  const breaches = await breachesOf(async (framework, offer, clock, agents) => {
    framework.acknowledging = false;
    framework.launch([offer], [framework.task("a", offer)]);
    agents.add();
    await clock.advance(200_000);
  });
  assert(breaches.some((breach) => breach.includes("was held for more than 30 s")), breaches.join());
  assert(
    breaches.some((one) => one.startsWith("TASK_STARTING of task a was not acknowledged within 60 s")),
    breaches.join(),
  );
});

Deno.test("conduct: ids that were used before", async () => {
  const breaches = await breachesOf(async (framework, offer, clock) => {
    framework.launch([offer], [framework.task("a", offer)], 0);
    await clock.advance(1_500);
    framework.kill("a");
    await clock.advance(3_000);
    const offers = framework.takeOffers();
    framework.launch(offers.slice(-1), [framework.task("a", offers.at(-1))]);
  });
  assert(breaches.includes("Task id a was used before"), breaches.join());
});

Deno.test("conduct: what the master refuses, calls on a stale stream, and acknowledgements of nothing", async () => {
  assertEquals(
    await breachesOf((framework, offer) => {
      framework.launch([offer], [framework.task("a/b", offer)]);
      framework.call({
        type: "ACKNOWLEDGE",
        acknowledge: { task_id: { value: "a" }, agent_id: offer.agent_id, uuid: new Uint8Array(16) },
      });
      framework.call({
        type: "ACKNOWLEDGE",
        acknowledge: { task_id: { value: "a" }, agent_id: offer.agent_id, uuid: new Uint8Array() },
      });
      framework.leave();
      framework.call({ type: "REVIVE" });
    }),
    [
      "The master refused task a/b: 'a/b' contains invalid characters",
      "ACKNOWLEDGE of an update of task a that was never sent",
      "ACKNOWLEDGE was answered 400: Failed to validate scheduler::Call: Not a valid UUID",
      "REVIVE was answered 403: Framework is not subscribed",
    ],
  );
});

Deno.test("conduct: calls before the framework's id is known", () => {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock });
  master.call({ type: "REVIVE" }, "none");
  assertEquals(master.host.conduct.breaches, [
    "REVIVE was answered 400: Failed to validate scheduler::Call: Expecting 'framework_id' to be present",
  ]);
  master.end();
});

Deno.test("conduct: storms", async () => {
  const breaches = await breachesOf((framework) => {
    for (let index = 0; index < 20; index++) framework.reconcile();
    for (let index = 0; index < 20; index++) framework.call({ type: "REVIVE" });
  });
  assertEquals(breaches, ["A storm of RECONCILE: 12 within 10 s", "A storm of REVIVE: 12 within 10 s"]);
});

Deno.test("conduct: who subscribes anew may ask anew", async () => {
  const breaches = await breachesOf((framework) => {
    for (let subscription = 0; subscription < 3; subscription++) {
      if (subscription > 0) framework.subscribe();
      for (let index = 0; index < 8; index++) framework.reconcile();
    }
  });
  assertEquals(breaches.filter((breach) => breach.startsWith("A storm")), []);
});
