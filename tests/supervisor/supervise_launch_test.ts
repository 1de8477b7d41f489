import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { podFrom, sharedPodFrom, SupervisedPod } from "../support/supervising.ts";

const web = "  web:\n    image: busybox\n    restart: always\n";
const webAndCache = `${web}  cache:\n    image: busybox\n    depends_on: [web]\n`;

Deno.test("a failing launch fails the pod, says why, and leaves nothing", async (t) => {
  await t.step("a start", async () => {
    await using test = new SupervisedPod();
    test.engine.fail("start shop-web-1", "Cannot start shop-web-1: the port 80 is taken");
    await test.begin(await podFrom(webAndCache));
    const { status } = await test.ended();
    assertEquals([status.phase, status.reasonCode, status.exitCode], ["failed", "start-failed", 1]);
    assertEquals(status.reason, "Cannot start shop-web-1: the port 80 is taken");
    assertEquals(test.engine.names, []);
  });
  await t.step("a dependency, with its last words", async () => {
    await using test = new SupervisedPod();
    test.engine.behave("shop-job-1", { exitsAtOnce: 9, log: ["no database"] });
    await test.begin(
      await podFrom(
        `${web}    depends_on:\n      job: {condition: service_completed_successfully}\n  job:\n    image: busybox\n`,
      ),
    );
    const { status } = await test.ended();
    assertEquals([status.phase, status.reasonCode], ["failed", "dependency-failed"]);
    assertMatch(status.reason, /exited with code 9/);
    assertEquals(status.containers.find(({ name }) => name === "job")?.lastLog, ["no database"]);
  });
  await t.step("kept trying, where it is asked for", async () => {
    await using test = new SupervisedPod();
    test.engine.fail("start shop-web-1", "the port is taken");
    await test.begin(await podFrom(web), { whenLaunchFails: "keep" });
    assertEquals(test.status.reason, "the port is taken");
    test.engine.heal("start shop-web-1");
    await test.clock.advance(10_000);
    assertEquals(test.status.phase, "running");
    assertEquals(test.status.reason, "");
  });
});

Deno.test("a dependency that its restart policy starts again does not fail the launch", async () => {
  await using test = new SupervisedPod();
  test.engine.behave("shop-job-1", { exitsAtOnce: 1 });
  await test.begin(
    await podFrom(
      `${web}    depends_on:\n      job: {condition: service_completed_successfully}\n` +
        "  job:\n    image: busybox\n    restart: on-failure\n",
    ),
  );
  assertEquals(test.status.phase, "starting");
  assertEquals(test.container("job").state, "backing-off");
  test.engine.behave("shop-job-1", { exitsAtOnce: 0 });
  await test.clock.advance(10_000);
  assertEquals(test.status.phase, "running");
  assertEquals(test.container("job").restarts, 1);
});

Deno.test("a kill pre-empts a launch in any step, and what was made is removed", async (t) => {
  const services = `${webAndCache}  db:\n    image: db\n    healthcheck: {test: [CMD, "true"]}\n` +
    "  api:\n    image: busybox\n    depends_on:\n      db: {condition: service_healthy}\n" +
    "    post_start:\n      - command: [hello]\n";
  const pod = await podFrom(services);
  const steps = [
    "pull db",
    "network shop_default",
    "create shop-web-1",
    "start shop-web-1",
    "start shop-db-1",
  ];
  for (const step of [...steps, "wait"]) {
    await t.step(step, async () => {
      await using test = new SupervisedPod();
      test.engine.missingImages.add("db");
      test.engine.behave("shop-db-1", { hasHealthCheck: true });
      if (step !== "wait") test.engine.hang(step);
      await test.begin(pod);
      if (step !== "wait") assert(test.engine.applied.includes(step), `${step}: ${test.engine.applied}`);
      assertEquals(test.outcome, undefined);
      test.supervision.stop("Ctrl-C");
      const { status } = await test.ended(2_000);
      assertEquals(status.phase, "removed");
      assertEquals(test.engine.names, []);
      assertEquals(test.engine.networkNames, []);
    });
  }
});

Deno.test("graces are waited for; the second call kills at once", async () => {
  await using test = new SupervisedPod();
  test.engine.behave("shop-web-1", { ignoresStop: true });
  await test.begin(await podFrom(web));
  test.supervision.stop("Ctrl-C", { graceSeconds: 60 });
  await test.clock.advance(30_000);
  assertEquals(test.status.phase, "stopping");
  assertEquals(test.outcome, undefined);
  test.supervision.stop("Ctrl-C");
  const { status } = await test.ended();
  assertEquals(status.phase, "removed");
  assertEquals(test.engine.names, []);
});

Deno.test("a stop is bounded when the engine hangs, and says what is left", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  test.engine.hang("stop shop-web-1", { deaf: true });
  test.supervision.stop("Ctrl-C", { graceSeconds: 5 });
  const outcome = await test.ended(120_000);
  assertStringIncludes(outcome.problem?.message ?? "", "Cannot remove pod shop within");
  assertStringIncludes(outcome.problem?.message ?? "", "shop-web-1 (running)");
  assertStringIncludes(outcome.status.reason, "shop-web-1 (running)");
});

Deno.test("a stop is bounded when the engine is gone", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  test.engine.goDown();
  test.supervision.stop("Ctrl-C");
  const outcome = await test.ended(120_000);
  assertStringIncludes(outcome.problem?.message ?? "", "what is left of it is not known");
});

Deno.test("an edit replaces what changed and nothing else", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache));
  const cache = test.engine.idOf("shop-cache-1");
  const changed = await podFrom(`${web}    environment: {MODE: new}\n  cache:\n    image: busybox\n`);
  const id = test.engine.idOf("shop-web-1");
  test.supervision.edit(changed);
  await test.clock.advance(10_000);
  assert(test.engine.idOf("shop-web-1") !== id);
  assertEquals(test.engine.idOf("shop-cache-1"), cache);
  assertEquals(test.status.phase, "running");
  assertEquals(test.container("web").restarts, 0);
});

Deno.test("a running pod survives a bad edit", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  test.engine.missingImages.add("nowhere/none");
  test.engine.fail("pull nowhere/none", "Cannot pull nowhere/none: not found");
  test.supervision.edit(await podFrom("  web:\n    image: nowhere/none\n    restart: always\n"));
  await test.clock.advance(1_000);
  assertEquals(test.engine.state("shop-web-1"), "running");
  assertEquals([test.status.phase, test.status.reasonCode], ["running", "image-pull-failed"]);
  test.supervision.edit(await podFrom(web));
  await test.clock.advance(1_000);
  assertEquals([test.status.phase, test.status.reason], ["running", ""]);
  assertEquals(test.starts("shop-web-1"), 1);
});

const broken = "  web:\n    image: broken\n    restart: always\n";

Deno.test("a running pod survives an edit whose replacement cannot start: what it replaced runs again", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  const before = test.container("web").id;
  test.engine.brokenImages.add("broken");
  test.supervision.edit(await podFrom(broken));
  await test.clock.advance(1_000);
  assertEquals(test.engine.names, ["shop-web-1"]);
  assertEquals(test.engine.state("shop-web-1"), "running");
  assertEquals(test.container("web").id, before);
  assertEquals([test.status.phase, test.status.reasonCode], ["running", "start-failed"]);
  assertEquals(
    test.status.reason,
    "The engine says: broken has no such program; the previous container runs again",
  );
  // It is watched as before.
  test.engine.exit("shop-web-1", 3);
  await test.clock.advance(1_000);
  assertEquals(test.container("web").state, "backing-off");
  // The change is tried again after a pause.
  test.engine.brokenImages.delete("broken");
  await test.clock.advance(10_000);
  assertEquals([test.status.phase, test.status.reason], ["running", ""]);
  assertEquals(test.container("web").image, "broken");
  assertEquals(test.engine.names, ["shop-web-1"]);
});

Deno.test("a namespace whose members cannot all start anew is put back as a whole, without a failure of its own", async () => {
  await using test = new SupervisedPod();
  const spec = (image: string, ports: string) =>
    sharedPodFrom(`  a:\n    image: busybox\n${ports}  b:\n    image: ${image}\n    depends_on: [a]\n`);
  await test.begin(await spec("busybox", ""));
  const before = ["a", "b"].map((name) => test.container(name).id);
  test.engine.brokenImages.add("broken");
  test.supervision.edit(await spec("broken", '    ports: ["80:80"]\n'));
  await test.clock.advance(1_000);
  assertEquals(test.engine.names, ["shop-a-1", "shop-b-1", "shop_pause"]);
  assertEquals(["a", "b"].map((name) => test.container(name).id), before);
  assertEquals(["a", "b"].map((name) => test.container(name).state), ["running", "running"]);
  assertEquals(test.status.phase, "running");
  assertEquals(
    test.status.reason,
    "The engine says: broken has no such program; the previous containers run again",
  );
});

Deno.test("a launch that replaces what runs, and fails, leaves what ran", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  test.supervision.detach();
  await test.ended();
  test.engine.brokenImages.add("broken");
  await test.begin(await podFrom(broken));
  const { status } = await test.ended();
  assertEquals(test.engine.names, ["shop-web-1"]);
  assertEquals(test.engine.state("shop-web-1"), "running");
  assertEquals([status.phase, status.reasonCode], ["failed", "start-failed"]);
  assertEquals(
    status.reason,
    "The engine says: broken has no such program; the previous container runs again",
  );
});

Deno.test("what a killed supervisor had stopped for a change is no failure to the next one", async () => {
  await using test = new SupervisedPod();
  const once = (image: string) =>
    podFrom(`  web:\n    image: ${image}\n    restart: "no"\n  side:\n    image: busybox\n`);
  await test.begin(await once("busybox"));
  test.engine.hang("rename shop-web-1", { deaf: true });
  test.supervision.edit(await once("other"));
  await test.clock.settle();
  test.supervision.detach();
  await test.ended(10_000);
  assertEquals(test.engine.names.length, 3);
  test.engine.heal("rename shop-web-1");
  await test.begin(await once("busybox"), { found: "judge" });
  assertEquals(test.engine.names, ["shop-side-1", "shop-web-1"]);
  assertEquals([test.status.phase, test.container("web").state], ["running", "running"]);
});

Deno.test("an edit breaks off the launch that is under way", async () => {
  await using test = new SupervisedPod();
  test.engine.missingImages.add("huge");
  test.engine.hang("pull huge");
  await test.begin(await podFrom("  web:\n    image: huge\n    restart: always\n"));
  test.supervision.edit(await podFrom(web));
  await test.clock.settle();
  assertEquals(test.status.phase, "running");
});
