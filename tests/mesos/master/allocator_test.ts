import { assert, assertEquals } from "../../support/assert.ts";
import { machine } from "./simulated_agents.ts";
import { run, withMaster } from "./with_master.ts";

Deno.test("master: declined offers stay away for as long as the filter says, and REVIVE ends filters", async () => {
  await withMaster(async ({ clock, framework }) => {
    framework.decline(framework.takeOffers(), 100);
    await clock.advance(99_000);
    assertEquals(framework.takeOffers(), []);
    await clock.advance(2_000);
    const offers = framework.takeOffers();
    assertEquals(offers.length, 1);
    framework.decline(offers, 1_000);
    framework.call({ type: "REVIVE" });
    await clock.settle();
    assertEquals(framework.takeOffers().length, 1);
  });
});

Deno.test("master: SUPPRESS and REVIVE by role", async () => {
  await withMaster(async ({ clock, agents, framework }) => {
    framework.decline(framework.takeOffers(), 0.1);
    framework.call({ type: "SUPPRESS", suppress: { roles: ["a"] } });
    await clock.advance(2_000);
    const offers = framework.takeOffers();
    assertEquals(offers.map(({ allocation_info }) => allocation_info?.role), ["b"]);
    framework.call({ type: "SUPPRESS" });
    agents.add();
    await clock.advance(2_000);
    assertEquals(framework.takeOffers(), []);
    framework.call({ type: "REVIVE", revive: { roles: ["a"] } });
    await clock.settle();
    assertEquals(framework.takeOffers().map(({ allocation_info }) => allocation_info?.role), ["a"]);
  }, { info: { roles: ["a", "b"] } });
});

Deno.test("master: reserved resources go to their role with their reservation, and a quota is kept", async () => {
  const reservation = { type: "DYNAMIC", role: "a", principal: "p" } as const;
  await withMaster(async ({ clock, agents, framework }) => {
    framework.decline(framework.takeOffers());
    agents.add({
      hostname: "reserved",
      resources: [
        { name: "cpus", type: "SCALAR", scalar: { value: 2 }, reservations: [reservation] },
        { name: "cpus", type: "SCALAR", scalar: { value: 2 }, reservations: [{ type: "STATIC", role: "z" }] },
        { name: "mem", type: "SCALAR", scalar: { value: 1_024 } },
      ],
    });
    await clock.settle();
    const [offer] = framework.takeOffers();
    assertEquals(
      offer?.resources?.map(({ name, scalar, reservations }) => [name, scalar?.value, reservations]),
      [
        ["cpus", 2, [reservation]],
        ["mem", 512, undefined],
      ],
    );
  }, { info: { roles: ["a"] }, core: { quotas: { a: { mem: 512, cpus: 100 } } } });
});

Deno.test("master: attributes, domains and executors are in offers", async () => {
  const domain = { fault_domain: { region: { name: "r" }, zone: { name: "z" } } };
  const attributes = [{ name: "rack", type: "TEXT", text: { value: "r1" } }] as const;
  await withMaster(async ({ clock, agents, framework }) => {
    framework.decline(framework.takeOffers());
    agents.add({ domain, attributes });
    await clock.settle();
    const [offer] = framework.takeOffers();
    assertEquals([offer?.domain, offer?.attributes], [domain, attributes]);
    assertEquals(offer?.url?.path, "/slave(1)");
  });
});

Deno.test("master: maintenance is in offers, and who uses the machine is asked to leave", async () => {
  await withMaster(async ({ clock, master, agent, framework }) => {
    await run(framework, clock);
    const unavailability = { start: { nanoseconds: 1e18 } };
    master.host.drive((core) => core.schedule(new Map([[agent.description.hostname, unavailability]])));
    await clock.settle();
    assertEquals(framework.types.at(-1), "INVERSE_OFFERS");
    framework.call({ type: "REVIVE" });
    await clock.settle();
    assertEquals(framework.takeOffers()[0]?.unavailability, unavailability);
    master.host.drive((core) => core.schedule(new Map()));
    await clock.settle();
    assertEquals(framework.types.slice(-3), ["RESCIND", "RESCIND_INVERSE_OFFER", "OFFERS"]);
  });
});

Deno.test("master: two frameworks share by what they hold", async () => {
  await withMaster(async ({ clock, agents, framework, newFramework }) => {
    await run(framework, clock);
    const second = newFramework();
    second.subscribe();
    await clock.settle();
    agents.add({ resources: machine({ cpus: 1 }) });
    await clock.settle();
    assertEquals(second.takeOffers().length > 0, true, "who holds nothing is first");
  });
});

const rack = (value: string) => [{ name: "rack", type: "TEXT", text: { value } }] as const;
const named = { attribute_name: "rack" };

for (
  const [what, constraint, offered] of [
    ["exists", { selector: named, predicate: { exists: {} } }, ["text", "number"]],
    ["does not exist", { selector: named, predicate: { not_exists: {} } }, ["plain"]],
    ["equals", { selector: named, predicate: { text_equals: { value: "r1" } } }, ["text", "number"]],
    ["does not equal", { selector: named, predicate: { text_not_equals: { value: "r1" } } }, [
      "plain",
      "number",
    ]],
    ["matches", { selector: named, predicate: { text_matches: { regex: "r." } } }, ["text", "number"]],
    ["does not match", { selector: named, predicate: { text_not_matches: { regex: "r" } } }, [
      "plain",
      "text",
      "number",
    ]],
    ["host name", {
      selector: { pseudoattribute_type: "HOSTNAME" },
      predicate: { text_equals: { value: "plain" } },
    }, ["plain"]],
    ["zone", { selector: { pseudoattribute_type: "ZONE" }, predicate: { exists: {} } }, []],
  ] as const
) {
  Deno.test(`master: offer constraints: ${what}`, async () => {
    await withMaster(async ({ clock, agents, agent, newFramework, framework }) => {
      framework.call({ type: "TEARDOWN" });
      agent.leave();
      agents.add({ hostname: "plain" });
      agents.add({ hostname: "text", attributes: rack("r1") });
      agents.add({
        hostname: "number",
        attributes: [{ name: "rack", type: "SCALAR", scalar: { value: 1 } }],
      });
      const picky = newFramework();
      picky.subscribe({
        offer_constraints: {
          role_constraints: { "*": { groups: [{ attribute_constraints: [constraint] }] } },
        },
      });
      await clock.settle();
      assertEquals(picky.takeOffers().map(({ hostname }) => hostname), [...offered]);
    });
  });
}

Deno.test("master: offer constraints of a role that a framework does not have", async () => {
  await withMaster(async ({ clock, newFramework }) => {
    const framework = newFramework();
    framework.subscribe({ offer_constraints: { role_constraints: { other: {} } } });
    await clock.settle();
    assert(framework.error?.startsWith("Offer constraints specify `role_constraints` for a role 'other'"));
  });
});

Deno.test("master: agents of another region go to those that know of regions", async () => {
  const at = (region: string) => ({ fault_domain: { region: { name: region }, zone: { name: "z" } } });
  await withMaster(async ({ clock, agents, agent, framework, newFramework }) => {
    agent.leave();
    agents.add({ hostname: "near", domain: at("here") });
    agents.add({ hostname: "far", domain: at("there") });
    await clock.settle();
    assertEquals(framework.takeOffers().slice(1).map(({ hostname }) => hostname), ["near"]);
    const aware = newFramework({
      capabilities: [{ type: "MULTI_ROLE" }, { type: "REGION_AWARE" }],
    });
    aware.subscribe();
    await clock.settle();
    assertEquals(aware.takeOffers().map(({ hostname }) => hostname), ["far"]);
  }, { core: { domain: at("here") } });
});
