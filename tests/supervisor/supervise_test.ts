import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
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
