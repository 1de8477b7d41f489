import { assert, assertEquals } from "../../support/assert.ts";
import { run, withMaster } from "./with_master.ts";

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
