import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { podFrom, sharedPodFrom, SupervisedPod } from "../support/supervising.ts";

const web = "  web:\n    image: busybox\n    restart: always\n";
const webAndCache = `${web}  cache:\n    image: busybox\n    depends_on: [web]\n`;

Deno.test("a pod is brought up, watched, and taken away without a trace", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache));
  assertEquals(test.engine.names, ["shop-cache-1", "shop-web-1"]);
  assertEquals(test.phases, ["pending", "starting", "running"]);
  assertEquals(test.status.reasonCode, "none");
  assertEquals(test.container("web").state, "running");
  test.supervision.stop("Ctrl-C");
  const outcome = await test.ended();
  assertEquals(test.engine.names, []);
  assertEquals(test.engine.networkNames, []);
  assertEquals(outcome.status.phase, "removed");
  assertEquals(outcome.status.reasonCode, "killed");
  const stops = test.engine.applied.filter((id) => id.startsWith("stop "));
  assertEquals(stops, ["stop shop-cache-1", "stop shop-web-1"], "dependents first");
});

Deno.test("a pod that is as wanted is adopted without a change", async () => {
  const pod = await podFrom(webAndCache);
  await using test = new SupervisedPod();
  await test.begin(pod);
  test.supervision.detach();
  assertEquals((await test.ended()).kind, "detached");
  const before = [...test.engine.applied];
  await test.clock.advance(3_600_000);
  await test.begin(pod, { found: "judge" });
  assertEquals(test.engine.applied, before);
  assertEquals(test.status.phase, "running");
});

Deno.test("images are pulled first, and the phase says so", async () => {
  await using test = new SupervisedPod();
  test.engine.missingImages.add("busybox");
  test.engine.hang("pull busybox");
  await test.begin(await podFrom(web));
  assertEquals(test.status.phase, "pulling");
  test.supervision.stop("Ctrl-C");
  const outcome = await test.ended();
  assertEquals(outcome.status.phase, "removed");
  assertEquals(test.engine.names, []);
});

Deno.test("restarts: pauses double, are said in words, and start over after a good run", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  const pauses = [10, 20, 40, 80, 160, 300, 300];
  for (const [index, seconds] of pauses.entries()) {
    test.engine.exit("shop-web-1", 3);
    await test.clock.settle();
    assertEquals(test.container("web").state, "backing-off");
    const ordinal = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th"][index];
    const pause = seconds < 120 ? `${seconds} s` : seconds === 160 ? "2 min 40 s" : "5 min";
    assertEquals(test.status.reason, `web exited with code 3 (restarting in ${pause}, ${ordinal} time)`);
    await test.clock.advance(seconds * 1_000 - 1);
    assertEquals(test.engine.state("shop-web-1"), "exited");
    await test.clock.advance(1);
    assertEquals(test.engine.state("shop-web-1"), "running");
    assertEquals(test.container("web").restarts, index + 1);
    assertEquals(test.status.phase, "running");
  }
  await test.clock.advance(600_000);
  test.engine.exit("shop-web-1", 3);
  await test.clock.settle();
  assertStringIncludes(test.status.reason, "restarting in 10 s, 1st time");
});

Deno.test("the back-off of a container with a health check starts over when it was healthy for long", async () => {
  await using test = new SupervisedPod();
  test.engine.behave("shop-web-1", { hasHealthCheck: true });
  await test.begin(await podFrom(`${web}    healthcheck:\n      test: [CMD, "true"]\n`));
  assertEquals(test.status.phase, "starting");
  test.engine.setHealth("shop-web-1", "healthy");
  await test.clock.settle();
  assertEquals(test.status.phase, "running");
  test.engine.exit("shop-web-1", 1);
  await test.clock.advance(10_000);
  // Up for ten minutes, but healthy in none of them.
  await test.clock.advance(600_000);
  test.engine.exit("shop-web-1", 1);
  await test.clock.settle();
  assertStringIncludes(test.status.reason, "restarting in 20 s");
});

Deno.test("restart policies decide what the end of a container means", async (t) => {
  const cases = [
    { policy: '"no"', code: 0, phase: "succeeded", exitCode: 0 },
    { policy: '"no"', code: 3, phase: "failed", exitCode: 3 },
    { policy: "on-failure", code: 0, phase: "succeeded", exitCode: 0 },
    { policy: "on-failure", code: 3, phase: "running" },
    { policy: "always", code: 0, phase: "running" },
    { policy: "unless-stopped", code: 0, phase: "running" },
  ];
  for (const { policy, code, phase, exitCode } of cases) {
    await t.step(`${policy}, exit code ${code}`, async () => {
      await using test = new SupervisedPod();
      await test.begin(await podFrom(`  web:\n    image: busybox\n    restart: ${policy}\n`));
      test.engine.exit("shop-web-1", code);
      await test.clock.settle();
      assertEquals(test.status.phase, phase);
      assertEquals(test.status.exitCode, exitCode);
      if (phase === "running") assertEquals(test.container("web").state, "backing-off");
      else await test.ended();
    });
  }
});

Deno.test("on-failure:2 gives up after two restarts, and says so", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom("  web:\n    image: busybox\n    restart: on-failure:2\n"));
  for (const seconds of [10, 20]) {
    test.engine.exit("shop-web-1", 3);
    await test.clock.advance(seconds * 1_000);
  }
  test.engine.exit("shop-web-1", 4);
  const outcome = await test.ended();
  assertEquals(outcome.status.phase, "failed");
  assertEquals(outcome.status.exitCode, 4);
  assertEquals(outcome.status.reason, "web exited with code 4 (given up after 2 restarts)");
});

Deno.test("the last log lines of a failed container are in the status", async () => {
  await using test = new SupervisedPod();
  test.engine.behave("shop-web-1", { log: Array.from({ length: 30 }, (_, index) => `line ${index}`) });
  await test.begin(await podFrom('  web:\n    image: busybox\n    restart: "no"\n'));
  test.engine.exit("shop-web-1", 1);
  const { status } = await test.ended();
  const log = status.containers[0]?.lastLog ?? [];
  assertEquals(log.length, 20);
  assertEquals(log.at(-1), "line 29");
});

Deno.test("the failure of an essential container ends the pod; the others are stopped", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache), { atEnd: "stop" });
  test.engine.exit("shop-cache-1", 5);
  const outcome = await test.ended();
  assertEquals(outcome.status.phase, "failed");
  assertEquals(outcome.status.exitCode, 5);
  assertEquals(outcome.status.reason, "cache exited with code 5");
  assertEquals(outcome.status.reasonCode, "container-exited");
  assertEquals(test.engine.state("shop-web-1"), "exited");
  assertEquals(test.starts("shop-web-1"), 1);
});

Deno.test("the success of an essential container ends the pod only where the spec names it", async (t) => {
  const services =
    '  one:\n    image: busybox\n    restart: "no"\n  two:\n    image: busybox\n    restart: "no"\n';
  await t.step("by default the pod goes on until all have ended", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(services));
    test.engine.exit("shop-one-1", 0);
    await test.clock.settle();
    assertEquals(test.status.phase, "running");
    test.engine.exit("shop-two-1", 0);
    const { status } = await test.ended();
    assertEquals([status.phase, status.exitCode, status.reason], [
      "succeeded",
      0,
      "all containers completed",
    ]);
  });
  await t.step("x-pod.essential: its end is that of the pod", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(services, "  essential: [one]\n"));
    test.engine.exit("shop-two-1", 7);
    await test.clock.settle();
    assertEquals(test.status.phase, "running", "a sidecar may fail");
    test.engine.exit("shop-one-1", 0);
    const { status } = await test.ended();
    assertEquals([status.phase, status.exitCode, status.reason], ["succeeded", 0, "one completed"]);
  });
});

Deno.test("an unhealthy essential container fails the pod, another one does not", async (t) => {
  const services = `${web}  side:\n    image: busybox\n`;
  const begin = async (test: SupervisedPod) => {
    for (const name of ["web", "side"]) {
      test.engine.behave(`shop-${name}-1`, { hasHealthCheck: true, log: ["no answer"] });
    }
    await test.begin(await podFrom(services, "  essential: [web]\n"));
    for (const name of ["web", "side"]) test.engine.setHealth(`shop-${name}-1`, "healthy");
    await test.clock.settle();
    assertEquals(test.status.phase, "running");
  };
  await t.step("essential", async () => {
    await using test = new SupervisedPod();
    await begin(test);
    test.engine.setHealth("shop-web-1", "unhealthy");
    const { status } = await test.ended();
    assertEquals([status.phase, status.reasonCode, status.exitCode], ["failed", "container-unhealthy", 1]);
    assertEquals(status.reason, "web is unhealthy");
  });
  await t.step("not essential", async () => {
    await using test = new SupervisedPod();
    await begin(test);
    test.engine.setHealth("shop-side-1", "unhealthy");
    await test.clock.settle();
    assertEquals([test.status.phase, test.status.reason], ["running", "side is unhealthy"]);
    test.engine.setHealth("shop-side-1", "healthy");
    await test.clock.settle();
    assertEquals(test.status.reason, "");
  });
});

Deno.test("out of memory is a reason of its own", async (t) => {
  const services = '  web:\n    image: busybox\n    restart: "no"\n';
  await t.step("of the container", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(services));
    test.engine.exit("shop-web-1", 137, { outOfMemory: true });
    const { status } = await test.ended();
    assertEquals(status.reasonCode, "container-out-of-memory");
    assertEquals(status.reason, "web exited with code 137 (out of memory)");
  });
  await t.step("of the pod", async () => {
    await using test = new SupervisedPod();
    let kills = 0;
    await test.begin(await podFrom(services), { podOomKills: () => Promise.resolve(kills) });
    kills = 1;
    test.engine.exit("shop-web-1", 137);
    assertEquals((await test.ended()).status.reasonCode, "pod-out-of-memory");
  });
});

Deno.test("a stop by hand is not undone for unless-stopped, and is for always", async (t) => {
  const services = (policy: string) => `${web}  side:\n    image: busybox\n    restart: ${policy}\n`;
  await t.step("unless-stopped", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(services("unless-stopped")));
    test.engine.stopByHand("shop-side-1");
    await test.clock.advance(600_000);
    assertEquals(test.engine.state("shop-side-1"), "exited");
    assertEquals(test.status.phase, "running");
    assertStringIncludes(test.container("side").reason ?? "", "stopped by hand");
    test.engine.startByHand("shop-side-1");
    await test.clock.settle();
    assertEquals(test.container("side").state, "running");
    assertEquals(test.container("side").reason, undefined);
  });
  await t.step("always", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(services("always")));
    test.engine.stopByHand("shop-side-1");
    await test.clock.advance(12_000);
    assertEquals(test.engine.state("shop-side-1"), "running");
  });
});

Deno.test("where a stop by hand is left alone, the pod goes on until all were stopped, and has not failed", async () => {
  for (const policy of ['"no"', "always", "on-failure"]) {
    await using test = new SupervisedPod();
    const service = (name: string) => `  ${name}:\n    image: busybox\n    restart: ${policy}\n`;
    await test.begin(await podFrom(service("web") + service("side")), { byHand: "rest" });
    test.engine.stopByHand("shop-web-1");
    await test.clock.advance(60_000);
    assertEquals([test.status.phase, test.engine.state("shop-web-1")], ["running", "exited"]);
    test.engine.startByHand("shop-web-1");
    await test.clock.advance(60_000);
    assertEquals(test.container("web").state, "running");
    test.engine.stopByHand("shop-web-1");
    test.engine.stopByHand("shop-side-1");
    const { status } = await test.ended(10_000);
    assertEquals([status.phase, status.reason, status.exitCode], ["succeeded", "stopped by hand", 0], policy);
  }
});

Deno.test("a restart by hand ends nothing, whatever the policy", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom('  web:\n    image: busybox\n    restart: "no"\n'));
  test.engine.stopByHand("shop-web-1");
  await test.clock.advance(500);
  test.engine.startByHand("shop-web-1");
  await test.clock.advance(60_000);
  assertEquals(test.status.phase, "running");
  assertEquals(test.container("web").state, "running");
  test.engine.stopByHand("shop-web-1");
  const { status } = await test.ended(2_000);
  assertEquals(status.reason, "web exited with code 143 (stopped by hand)");
});

Deno.test("a pod that somebody stops and removes is not made again", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache));
  for (const name of ["shop-web-1", "shop-cache-1"]) {
    test.engine.stopByHand(name);
    test.engine.removeByHand(name);
  }
  const { status } = await test.ended(10_000);
  assertEquals([status.phase, status.reason], ["succeeded", "stopped by hand"]);
});

Deno.test("a removed container is made again", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache));
  const id = test.engine.idOf("shop-web-1");
  test.engine.removeByHand("shop-web-1");
  await test.clock.settle();
  assert(test.engine.idOf("shop-web-1") !== id);
  assertEquals(test.container("web").state, "running");
  assertEquals(test.status.phase, "running");
  assertEquals(test.starts("shop-cache-1"), 1);
});

Deno.test("a removed job that is done is not run again", async () => {
  await using test = new SupervisedPod();
  const services = `${web}    depends_on:\n      job: {condition: service_completed_successfully}\n` +
    "  job:\n    image: busybox\n";
  test.engine.behave("shop-job-1", { exitsAtOnce: 0 });
  await test.begin(await podFrom(services));
  assertEquals(test.container("web").state, "running");
  test.engine.removeByHand("shop-job-1");
  test.engine.removeByHand("shop-web-1");
  await test.clock.settle();
  assertEquals(test.engine.names, ["shop-web-1"]);
  assertEquals(test.starts("shop-job-1"), 1);
});

Deno.test("the death of the pause container restarts the members of its namespace in order", async () => {
  await using test = new SupervisedPod();
  await test.begin(await sharedPodFrom(webAndCache));
  assertEquals(test.engine.names, ["shop-cache-1", "shop-web-1", "shop_pause"]);
  const before = test.engine.applied.length;
  test.engine.exit("shop_pause", 0);
  await test.clock.settle();
  const after = test.engine.applied.slice(before);
  assertEquals(after, [
    "stop shop-cache-1",
    "stop shop-web-1",
    "start shop_pause",
    "start shop-web-1",
    "start shop-cache-1",
  ]);
  assertEquals(test.status.phase, "running");
  assertEquals(test.container("web").restarts, 0);
});

Deno.test("a lost pause container is made anew, with all that lived in it", async () => {
  await using test = new SupervisedPod();
  await test.begin(await sharedPodFrom(webAndCache));
  test.engine.removeByHand("shop_pause");
  await test.clock.advance(30_000);
  assertEquals(test.engine.state("shop_pause"), "running");
  assertEquals(test.engine.state("shop-web-1"), "running");
  assertEquals(test.engine.state("shop-cache-1"), "running");
  assertEquals(test.status.phase, "running");
});

Deno.test("a lost event stream is opened again, and nothing is restarted", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache));
  const before = [...test.engine.applied];
  test.engine.loseStreams();
  await test.clock.advance(500);
  assertEquals(test.engine.openStreams, 1);
  test.engine.exit("shop-web-1", 1);
  await test.clock.advance(10_000);
  assertEquals(test.engine.applied, [...before, "start shop-web-1"]);
  assertEquals(test.container("web").restarts, 1);
});

Deno.test("what happened while the stream was lost is told again, and counts", async () => {
  await using test = new SupervisedPod();
  await test.begin(
    await podFrom(`${web}  job:\n    image: busybox\n    restart: "no"\n`, "  essential: [web]\n"),
  );
  test.engine.loseStreams();
  test.engine.exit("shop-job-1", 2);
  await test.clock.advance(1_000);
  assertEquals(test.container("job").state, "exited");
  assertEquals(test.starts("shop-job-1"), 1, "its policy is no: it is not started again");
});

Deno.test("containers that ended with the engine are started again, without a penalty", async () => {
  await using test = new SupervisedPod();
  await test.begin(await sharedPodFrom(`${webAndCache}    restart: "no"\n`));
  await test.clock.advance(60_000);
  test.engine.goDown({ containersExitWith: 255 });
  await test.clock.advance(5_000);
  assertEquals(test.status.reasonCode, "engine-unavailable");
  assertEquals(test.status.phase, "running");
  test.engine.comeUp({ forgetful: true });
  await test.clock.advance(10_000);
  assertEquals(test.status.phase, "running");
  assertEquals(test.status.reasonCode, "none");
  for (const name of ["web", "cache"]) {
    assertEquals(test.container(name).state, "running");
    assertEquals(test.container(name).restarts, 0);
  }
  test.engine.exit("shop-web-1", 1);
  await test.clock.settle();
  assertStringIncludes(test.status.reason, "restarting in 10 s, 1st time");
});

Deno.test("deaths that are told while the engine goes down are not judged before it is back", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom('  web:\n    image: busybox\n    restart: "no"\n'));
  // The engine takes no new connections, ends its containers, and tells it on the open stream.
  test.engine.exit("shop-web-1", 143);
  test.engine.goDown();
  await test.clock.advance(5_000);
  assertEquals(test.outcome, undefined);
  test.engine.comeUp({ forgetful: true });
  await test.clock.advance(10_000);
  assertEquals(test.container("web").state, "running");
  assertEquals(test.status.phase, "running");
});

Deno.test("an engine that comes back and stops what it finds running, has it started again", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom('  web:\n    image: busybox\n    restart: "no"\n'));
  await test.clock.advance(60_000);
  test.engine.goDown();
  await test.clock.advance(5_000);
  test.engine.stopByHand("shop-web-1");
  test.engine.comeUp({ forgetful: false });
  await test.clock.advance(10_000);
  assertEquals(test.container("web").state, "running");
  assertEquals([test.status.phase, test.container("web").restarts], ["running", 0]);
});

Deno.test("containers that outlive the engine are adopted", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(webAndCache));
  const before = [...test.engine.applied];
  test.engine.goDown();
  await test.clock.advance(30_000);
  test.engine.comeUp({ forgetful: true });
  await test.clock.advance(30_000);
  assertEquals(test.engine.applied, before);
  assertEquals(test.status.reasonCode, "none");
});

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

Deno.test("judged when found: what ended meanwhile is treated by its policy", async (t) => {
  const pod = await podFrom(
    `${web}  job:\n    image: busybox\n    restart: "no"\n  side:\n    image: busybox\n    restart: always\n`,
    "  essential: [web]\n",
  );
  const prepared = async (test: SupervisedPod) => {
    await test.begin(pod);
    test.supervision.detach();
    await test.ended();
  };
  await t.step("a job that is done is not run again", async () => {
    await using test = new SupervisedPod();
    await prepared(test);
    test.engine.exit("shop-job-1", 0);
    await test.begin(pod, { found: "judge" });
    assertEquals(test.starts("shop-job-1"), 1);
    assertEquals(test.status.phase, "running");
  });
  await t.step("a container that is to run is started again after what is left of its back-off", async () => {
    await using test = new SupervisedPod();
    await prepared(test);
    test.engine.exit("shop-side-1", 1);
    await test.clock.advance(4_000);
    await test.begin(pod, { found: "judge" });
    assertEquals(test.container("side").state, "backing-off");
    await test.clock.advance(5_999);
    assertEquals(test.engine.state("shop-side-1"), "exited");
    await test.clock.advance(1);
    assertEquals(test.engine.state("shop-side-1"), "running");
  });
  await t.step("when nothing runs any more, all is started: the host was restarted", async () => {
    await using test = new SupervisedPod();
    await prepared(test);
    for (const name of ["web", "job", "side"]) test.engine.exit(`shop-${name}-1`, 137);
    await test.begin(pod, { found: "judge" });
    assertEquals(test.status.phase, "running");
    assertEquals(test.starts("shop-job-1"), 2);
  });
});

Deno.test("a pod of jobs that is done is found done", async () => {
  const pod = await podFrom('  job:\n    image: busybox\n    restart: "no"\n');
  await using test = new SupervisedPod();
  test.engine.behave("shop-job-1", { exitsAtOnce: 0 });
  await test.begin(pod, { atEnd: "stop" });
  await test.ended();
  await test.begin(pod, { found: "judge", atEnd: "stop" });
  const { status } = await test.ended();
  assertEquals([status.phase, status.exitCode], ["succeeded", 0]);
  assertEquals(test.starts("shop-job-1"), 1);
});

Deno.test("a start that the engine refuses is tried again, with the reason in the status", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  test.engine.fail("start shop-web-1", "the device is gone");
  test.engine.exit("shop-web-1", 1);
  await test.clock.advance(10_000);
  assertStringIncludes(test.status.reason, "the device is gone");
  assertEquals(test.status.phase, "running");
  test.engine.heal("start shop-web-1");
  await test.clock.advance(60_000);
  assertEquals(test.container("web").state, "running");
  assertEquals(test.status.reason, "");
});

Deno.test("the resync mends what no event told", async () => {
  await using test = new SupervisedPod();
  await test.begin(await podFrom(web));
  test.engine.deafen();
  test.engine.exit("shop-web-1", 1);
  test.engine.undeafen();
  await test.clock.advance(59_999);
  assertEquals(test.container("web").state, "running", "nobody knows");
  await test.clock.advance(1);
  // Its pause counts from its end: it is over.
  assertEquals(test.engine.state("shop-web-1"), "running");
  assertEquals(test.container("web").restarts, 1);
});
