import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { ScriptedEngine } from "../support/scripted_engine.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { create, hook, planOf, pull, start, wait } from "../support/steps.ts";
import type { Plan } from "../../src/plan/step.ts";
import { PlanDefectError } from "../../src/supervisor/step_error.ts";
import { type WalkOptions, walkPlan, type WalkResult } from "../../src/supervisor/walk_plan.ts";

/** A walk under way: `result` is there once it has ended. */
function begin(plan: Plan, more: Partial<WalkOptions> = {}) {
  const clock = new SteppedClock();
  const engine = new ScriptedEngine(clock);
  const abort = new AbortController();
  let result: WalkResult | undefined;
  const go = () => {
    const promise = walkPlan(plan, { engine, clock, signal: abort.signal, ...more });
    promise.then((value) => result = value, () => {});
    return promise;
  };
  return {
    clock,
    engine,
    abort,
    go,
    get result() {
      return result;
    },
    assertNothingLeft() {
      assertEquals(clock.sleeping, 0, "sleeps are left");
      assertEquals(engine.openStreams, 0, "event streams are left");
    },
  };
}

Deno.test("steps run as soon as those before them are done, and not before", async () => {
  const walk = begin(
    planOf(create("db"), start("db"), create("web"), start("web", ["create web", "start db"])),
  );
  const result = await walk.go();
  assertEquals(result.outcome, "succeeded");
  assertEquals(walk.engine.applied, ["create db", "create web", "start db", "start web"]);
  assertEquals(walk.engine.state("web"), "running");
  assertEquals(result.ids.get("web"), walk.engine.idOf("web"));
  walk.assertNothingLeft();
});

Deno.test("a plan without waits opens no event stream", async () => {
  const walk = begin(planOf(create("db"), start("db")));
  let streams = 0;
  const events = walk.engine.events.bind(walk.engine);
  walk.engine.events = (...parameters) => {
    streams++;
    return events(...parameters);
  };
  await walk.go();
  assertEquals(streams, 0);
});

Deno.test("an empty plan succeeds", async () => {
  const walk = begin(planOf());
  assertEquals((await walk.go()).outcome, "succeeded");
});

Deno.test("no more calls than the bound are under way, and waiting kinds are not counted", async () => {
  const plan = planOf(
    ...Array.from({ length: 5 }, (_, index) => create(`c${index}`)),
    pull("busybox"),
  );
  const walk = begin(plan, { bounds: { parallelCalls: 2 } });
  for (let index = 0; index < 5; index++) walk.engine.hang(`create c${index}`);
  walk.engine.hang("pull busybox");
  const promise = walk.go();
  await walk.clock.settle();
  assertEquals(walk.engine.applied, ["create c0", "create c1", "pull busybox"]);
  walk.abort.abort();
  await walk.clock.advance(2_000);
  await promise;
  walk.assertNothingLeft();
});

Deno.test("healthy: the follower starts on the event, without time passing", async () => {
  const walk = begin(
    planOf(
      create("db"),
      start("db"),
      wait("db", "healthy"),
      create("web"),
      start("web", ["create web", "wait db"]),
    ),
  );
  walk.engine.behave("db", { hasHealthCheck: true });
  const promise = walk.go();
  await walk.clock.settle();
  assertEquals(walk.engine.state("web"), "created");
  const inspections = walk.engine.inspections;
  walk.engine.setHealth("db", "healthy");
  await walk.clock.settle();
  assertEquals(walk.engine.inspections, inspections + 1, "one look for one event");
  assertEquals(walk.result?.outcome, "succeeded");
  await promise;
  walk.assertNothingLeft();
});

Deno.test("a condition that holds already needs no event", async () => {
  const walk = begin(planOf(create("db"), start("db"), wait("db", "running")));
  assertEquals((await walk.go()).outcome, "succeeded");
});

Deno.test("conditions fail as those of Docker Compose do", async (t) => {
  const cases = [
    {
      name: "healthy without a health check",
      condition: "healthy",
      behaviour: {},
      then: () => {},
      message: "has no health check",
      reason: "dependency-failed",
    },
    {
      name: "healthy, but it exits",
      condition: "healthy",
      behaviour: { hasHealthCheck: true, log: ["first", "no space left"] },
      then: (engine: ScriptedEngine) => engine.exit("db", 3),
      message: "db exited with code 3 before it was healthy",
      reason: "dependency-failed",
      log: ["first", "no space left"],
    },
    {
      name: "healthy, but it is unhealthy",
      condition: "healthy",
      behaviour: { hasHealthCheck: true },
      then: (engine: ScriptedEngine) => engine.setHealth("db", "unhealthy"),
      message: "db is unhealthy",
      reason: "container-unhealthy",
    },
    {
      name: "completed, but with a code",
      condition: "completed",
      behaviour: { exitsAtOnce: 7, log: ["boom"] },
      then: () => {},
      message: "db exited with code 7",
      reason: "dependency-failed",
      log: ["boom"],
    },
    {
      name: "completed, but out of memory",
      condition: "completed",
      behaviour: {},
      then: (engine: ScriptedEngine) => engine.exit("db", 137, { outOfMemory: true }),
      message: "db exited with code 137 (out of memory)",
      reason: "container-out-of-memory",
    },
    {
      name: "running, but it exits at once",
      condition: "running",
      behaviour: { exitsAtOnce: 0 },
      then: () => {},
      message: "db exited with code 0 before it was running",
      reason: "dependency-failed",
    },
    {
      name: "removed",
      condition: "completed",
      behaviour: {},
      then: (engine: ScriptedEngine) => engine.removeByHand("db"),
      message: "db was removed before it was completed",
      reason: "dependency-failed",
    },
  ] as const;
  for (const one of cases) {
    await t.step(one.name, async () => {
      const walk = begin(
        planOf(create("db"), start("db"), wait("db", one.condition), create("web", ["wait db"])),
      );
      walk.engine.behave("db", one.behaviour);
      const promise = walk.go();
      await walk.clock.settle();
      one.then(walk.engine);
      await walk.clock.settle();
      const result = await promise;
      assertEquals(result.outcome, "failed");
      assertStringIncludes(result.failures[0]?.message ?? "", one.message);
      assertEquals(result.failures[0]?.reasonCode, one.reason);
      assertEquals(result.failures[0]?.lastLog, "log" in one ? one.log : []);
      assertEquals(result.notStarted.map((step) => step.id), ["create web"]);
      walk.assertNothingLeft();
    });
  }
});

Deno.test("completed: a container that its restart policy starts again is waited for", async () => {
  const walk = begin(planOf(create("job"), start("job"), wait("job", "completed")), {
    startsAgain: (detail) => detail.exitCode !== 0,
  });
  walk.engine.behave("job", { exitsAtOnce: 1 });
  const promise = walk.go();
  await walk.clock.settle();
  assertEquals(walk.result, undefined);
  walk.engine.behave("job", { exitsAtOnce: 0 });
  walk.engine.startByHand("job");
  assertEquals((await promise).outcome, "succeeded");
});

Deno.test("an optional wait that fails is a warning, and what comes after it runs", async () => {
  const walk = begin(
    planOf(create("db"), start("db"), wait("db", "healthy", { optional: true }), create("web", ["wait db"])),
  );
  const result = await walk.go();
  assertEquals(result.outcome, "succeeded");
  assertEquals(result.warnings.length, 1);
  assertEquals(walk.engine.state("web"), "created");
});

Deno.test("a lost event is made up for by the slow resync", async () => {
  const walk = begin(planOf(create("db"), start("db"), wait("db", "completed")));
  const promise = walk.go();
  await walk.clock.settle();
  walk.engine.goDown({ containersExitWith: 0 });
  walk.engine.comeUp({ forgetful: true });
  await walk.clock.advance(30_000);
  assertEquals((await promise).outcome, "succeeded");
  walk.assertNothingLeft();
});

Deno.test("after a reconnection the wait looks at once", async () => {
  const walk = begin(planOf(create("db"), start("db"), wait("db", "completed")));
  const promise = walk.go();
  await walk.clock.settle();
  walk.engine.goDown({ containersExitWith: 0 });
  await walk.clock.advance(1_000);
  walk.engine.comeUp({ forgetful: true });
  await walk.clock.advance(1_000);
  assertEquals(walk.result?.outcome, "succeeded");
  await promise;
});

Deno.test("waits end with the outage of the engine when it lasts", async () => {
  const walk = begin(planOf(create("db"), start("db"), wait("db", "completed")));
  const promise = walk.go();
  await walk.clock.settle();
  walk.engine.goDown();
  await walk.clock.advance(200_000);
  const result = await promise;
  assertEquals(result.failures[0]?.reasonCode, "engine-unavailable");
  walk.assertNothingLeft();
});

Deno.test("waits are bounded", async () => {
  const walk = begin(planOf(create("db"), start("db"), wait("db", "completed")), {
    bounds: { conditionWait: 90_000 },
  });
  const promise = walk.go();
  await walk.clock.advance(90_000);
  const result = await promise;
  assertEquals(result.failures[0]?.reasonCode, "timed-out");
  assertEquals(result.failures[0]?.message, "db was not completed within 90 s");
});

Deno.test("a failure stops what has not begun and interrupts pulls and waits", async () => {
  const walk = begin(
    planOf(pull("big"), create("db"), start("db"), wait("db", "completed"), create("bad"), start("bad")),
  );
  walk.engine.hang("pull big");
  walk.engine.fail("create bad", "no such image");
  const result = await walk.go();
  assertEquals(result.outcome, "failed");
  assertEquals(result.failures.map((failure) => failure.message), ["no such image"]);
  assertEquals(result.failures[0]?.reasonCode, "create-failed");
  assert(result.interrupted.some((step) => step.id === "pull big"));
  assert(result.notStarted.some((step) => step.id === "start bad"));
  walk.assertNothingLeft();
});

Deno.test("a failing post_start hook fails the walk, a failing pre_stop hook warns", async () => {
  const up = begin(planOf(create("web"), start("web"), hook("web", "post_start")));
  up.engine.behave("web", { hookCode: 2 });
  const failed = await up.go();
  assertEquals(failed.outcome, "failed");
  assertEquals(failed.failures[0]?.reasonCode, "hook-failed");

  const down = begin(planOf(create("web"), start("web"), hook("web", "pre_stop")));
  down.engine.behave("web", { hookCode: 2 });
  const warned = await down.go();
  assertEquals(warned.outcome, "succeeded");
  assertEquals(warned.warnings.length, 1);
});

Deno.test("a container whose post_start hook failed is stopped where nobody remembers that", async () => {
  const steps = [create("web"), start("web"), hook("web", "post_start"), create("db"), start("db")];
  const left = begin(planOf(...steps), { stopAfterFailedHook: true });
  left.engine.behave("web", { hookCode: 2 });
  const failed = await left.go();
  assertEquals([failed.outcome, failed.failures[0]?.reasonCode], ["failed", "hook-failed"]);
  assertStringIncludes(
    failed.failures[0]?.message ?? "",
    "the container is stopped: the next up starts it again",
  );
  assertEquals([left.engine.state("web"), left.engine.state("db")], ["exited", "running"]);
  left.assertNothingLeft();

  const kept = begin(planOf(...steps));
  kept.engine.behave("web", { hookCode: 2 });
  await kept.go();
  assertEquals(kept.engine.state("web"), "running");
});

Deno.test("an abort pre-empts a pull, a wait and a hook at once", async (t) => {
  for (const hanging of ["pull big", "post_start web", "wait db"]) {
    await t.step(hanging, async () => {
      const walk = begin(
        planOf(
          pull("big"),
          create("web"),
          start("web"),
          hook("web", "post_start"),
          create("db"),
          start("db"),
          wait("db", "completed"),
        ),
      );
      if (hanging !== "wait db") walk.engine.hang(hanging, { deaf: true });
      const promise = walk.go();
      await walk.clock.settle();
      walk.abort.abort(new Error("killed"));
      await walk.clock.settle();
      const result = await promise;
      assertEquals(result.outcome, "aborted");
      assert(result.interrupted.some((step) => step.id === hanging));
      walk.assertNothingLeft();
    });
  }
});

Deno.test("an abort gives a short call time to settle, and no more than its bound", async () => {
  const walk = begin(planOf(create("web"), start("web")));
  walk.engine.hang("create web", { deaf: true });
  const promise = walk.go();
  await walk.clock.settle();
  walk.abort.abort();
  await walk.clock.advance(1_999);
  assertEquals(walk.result, undefined);
  await walk.clock.advance(1);
  const result = await promise;
  assertEquals(result.outcome, "aborted");
  assertEquals(result.interrupted.map((step) => step.id), ["create web"]);
  assertEquals(result.notStarted.map((step) => step.id), ["start web"]);
  walk.assertNothingLeft();
});

Deno.test("a signal that is aborted already lets nothing start", async () => {
  const walk = begin(planOf(create("web")));
  walk.abort.abort();
  const result = await walk.go();
  assertEquals(result.outcome, "aborted");
  assertEquals(walk.engine.applied, []);
});

Deno.test("the observer is told everything, in order", async () => {
  const told: string[] = [];
  const walk = begin(planOf(create("web"), start("web"), create("never", ["start web"])), {
    observer: {
      started: (step) => told.push(`started ${step.id}`),
      succeeded: (step) => told.push(`succeeded ${step.id}`),
      failed: (step, error) => told.push(`failed ${step.id}: ${error.message}`),
      skipped: (step) => told.push(`skipped ${step.id}`),
    },
  });
  walk.engine.fail("start web", "the port is taken");
  await walk.go();
  assertEquals(told, [
    "started create web",
    "succeeded create web",
    "started start web",
    "failed start web: the port is taken",
    "skipped create never",
  ]);
});

Deno.test("an observer that throws ends the walk with its error", async () => {
  const walk = begin(planOf(create("web"), start("web")), {
    observer: {
      succeeded: () => {
        throw new Error("the terminal is gone");
      },
    },
  });
  await assertRejects(() => walk.go(), Error, "the terminal is gone");
  assertEquals(walk.engine.applied, ["create web"]);
});

Deno.test("plans that are no graph are refused", async () => {
  const circle = begin(planOf(create("one", ["create two"]), create("two", ["create one"])));
  await assertRejects(() => circle.go(), PlanDefectError, "circle");
  const unknown = begin(planOf(create("one", ["create two"])));
  await assertRejects(() => unknown.go(), PlanDefectError, "not in it");
  const twice = begin(planOf(create("one"), create("one")));
  await assertRejects(() => twice.go(), PlanDefectError, "two steps");
});
