import type { FrameworkInfo } from "../../../src/mesos/wire/messages.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { DirectMaster } from "./direct_master.ts";
import type { MasterHostSettings } from "./master_host.ts";
import type { SimulatedAgent } from "./simulated_agent.ts";
import { machine, SimulatedAgents } from "./simulated_agents.ts";
import { TestFramework } from "./test_framework.ts";

/** A master, two agents unless told otherwise, and a framework that is subscribed. */
async function withMaster(
  work: (stage: {
    readonly clock: SteppedClock;
    readonly master: DirectMaster;
    readonly agents: SimulatedAgents;
    readonly agent: SimulatedAgent;
    readonly framework: TestFramework;
    readonly newFramework: (info?: Partial<FrameworkInfo>) => TestFramework;
  }) => Promise<void>,
  options: { readonly core?: Partial<MasterHostSettings["core"]>; readonly info?: Partial<FrameworkInfo> } =
    {},
): Promise<void> {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock, ...(options.core === undefined ? {} : { core: options.core }) });
  const agents = new SimulatedAgents(master.host, clock);
  const agent = agents.add();
  const newFramework = (info: Partial<FrameworkInfo> = {}) => new TestFramework(master, info);
  const framework = newFramework(options.info);
  framework.subscribe();
  await clock.settle();
  try {
    await work({ clock, master, agents, agent, framework, newFramework });
  } finally {
    agents.end();
    master.end();
  }
}

/** Has a task running. */
async function run(framework: TestFramework, clock: SteppedClock, id = "t1"): Promise<void> {
  const [offer] = framework.takeOffers();
  assert(offer !== undefined, "no offer");
  framework.launch([offer], [framework.task(id, offer)]);
  await clock.advance(200);
  assertEquals(framework.told(id), ["TASK_STARTING", "TASK_RUNNING"]);
}

Deno.test("master: a task lives, is killed, and its resources are offered again", async () => {
  await withMaster(async ({ clock, master, agent, framework }) => {
    await run(framework, clock);
    assertEquals(agent.running, ["t1"]);
    framework.kill("t1", agent.id);
    await clock.advance(1_500);
    assertEquals(framework.told("t1").slice(2), ["TASK_KILLING", "TASK_KILLED"]);
    assertEquals(framework.types.includes("FAILURE"), true);
    const [offer] = framework.takeOffers();
    assertEquals(offer?.resources?.find(({ name }) => name === "cpus")?.scalar?.value, 4);
    assertEquals(master.host.conduct.breaches, []);
  });
});

Deno.test("master: heartbeats every 15 s, the first with SUBSCRIBED", async () => {
  await withMaster(async ({ clock, framework }) => {
    const beats = () => framework.events.filter(({ type }) => type === "HEARTBEAT").length;
    assertEquals(beats(), 1);
    await clock.advance(60_000);
    assertEquals(beats(), 5);
  });
});

Deno.test("master: updates are sent again after 10 s, then after twice as long, one at a time", async () => {
  await withMaster(async ({ clock, framework }) => {
    framework.acknowledging = false;
    const [offer] = framework.takeOffers();
    assert(offer !== undefined);
    framework.launch([offer], [framework.task("t1", offer)]);
    await clock.advance(40_000);
    assertEquals(framework.told("t1"), ["TASK_STARTING", "TASK_STARTING", "TASK_STARTING"]);
  });
});

for (
  const [what, info, error] of [
    ["roles without MULTI_ROLE", { capabilities: [] }, "'FrameworkInfo.roles' must not be set when"],
    ["role with MULTI_ROLE", { role: "a" }, "'FrameworkInfo.role' must not be set when"],
    ["a role twice", { roles: ["a", "a"] }, "'FrameworkInfo.roles' contains duplicate items: { a }"],
    ["a slash first", { roles: ["/a"] }, "contains invalid role: Role '/a' cannot start with a slash"],
    ["two slashes", { roles: ["a//b"] }, "Role 'a//b' cannot contain two adjacent slashes"],
    ["a dot", { roles: ["a/."] }, "Role 'a/.' cannot include '.' as a component"],
    ["a star below", { roles: ["a/*"] }, "Role 'a/*' cannot include '*' as a component"],
    ["a dash", { roles: ["-a"] }, "Role component '-a' is invalid because it starts with a dash"],
    ["a blank", { roles: ["a b"] }, "because it contains backspace or whitespace"],
    ["no name", { roles: [""] }, "Role names cannot be the empty string"],
    ["a timeout without end", { failover_timeout: 1e300 }, "failover_timeout (1e+300) is invalid"],
  ] as const
) {
  Deno.test(`master: refuses a framework: ${what}`, async () => {
    await withMaster(async ({ clock, newFramework }) => {
      const framework = newFramework(info);
      assertEquals(framework.subscribe(), undefined);
      await clock.settle();
      assert(framework.error?.includes(error), framework.error);
      assertEquals(framework.ended, true);
    });
  });
}

Deno.test("master: refuses to suppress roles that a framework does not have", async () => {
  await withMaster(async ({ clock, newFramework }) => {
    const framework = newFramework();
    framework.subscribe({ suppressed_roles: ["b"] });
    await clock.settle();
    assertEquals(framework.error, "Suppressed roles { b } are not contained in the set of roles");
  });
});

Deno.test("master: a second subscription is a failover, and the id of a removed framework is dead", async () => {
  await withMaster(async ({ clock, framework, newFramework }) => {
    const second = newFramework();
    second.id = framework.id;
    second.subscribe();
    await clock.settle();
    assertEquals(framework.error, "Framework failed over");
    assertEquals(framework.ended, true);
    assertEquals(framework.types.includes("RESCIND"), true);
    const stale = framework.call({ type: "REVIVE" });
    assertEquals(stale?.status, 400);
    assert(stale?.text.includes("didn't match the stream ID currently associated with framework ID"));
    second.call({ type: "TEARDOWN" });
    await clock.settle();
    assertEquals(second.ended, true);
    assertEquals(second.call({ type: "REVIVE" })?.text, "Framework cannot be found");
    const third = newFramework();
    third.id = framework.id;
    third.subscribe();
    await clock.settle();
    assertEquals(third.error, "Framework has been removed");
  });
});

Deno.test("master: the principal of a framework cannot change", async () => {
  await withMaster(async ({ clock, framework, newFramework }) => {
    const other = newFramework({ principal: "p" });
    other.id = framework.id;
    other.subscribe();
    await clock.settle();
    assertEquals(other.error, "Changing framework's principal is not allowed.");
  });
});

Deno.test("master: after the failover timeout a framework that is away is removed, and its tasks are killed", async () => {
  await withMaster(async ({ clock, agent, framework }) => {
    await run(framework, clock);
    framework.leave();
    await clock.advance(59_000);
    assertEquals(agent.running, ["t1"]);
    await clock.advance(2_000);
    assertEquals(agent.running, []);
    framework.subscribe();
    await clock.settle();
    assertEquals(framework.error, "Framework has been removed");
  }, { info: { failover_timeout: 60 } });
});

Deno.test("master: a framework that comes back in time gets what it missed", async () => {
  await withMaster(async ({ clock, agent, framework }) => {
    await run(framework, clock);
    framework.leave();
    agent.report("t1", { state: "TASK_FAILED", message: "meanwhile" });
    await clock.advance(5_000);
    assertEquals(framework.call({ type: "REVIVE" }), { status: 403, text: "Framework is not subscribed" });
    framework.subscribe();
    await clock.settle();
    assertEquals(framework.told("t1").at(-1), "TASK_FAILED");
  });
});

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
