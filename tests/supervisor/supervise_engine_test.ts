import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { podFrom, sharedPodFrom, SupervisedPod } from "../support/supervising.ts";

const web = "  web:\n    image: busybox\n    restart: always\n";
const webAndCache = `${web}  cache:\n    image: busybox\n    depends_on: [web]\n`;

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

Deno.test("an engine that is restarted so fast that it answers by the time a death is judged has ended it", async (t) => {
  const plain = "  web: {image: busybox}\n";
  await t.step("while it is looked at", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(plain));
    const answered = Promise.withResolvers<void>();
    const inspect = test.engine.inspect.bind(test.engine);
    test.engine.inspect = async (id) => {
      await answered.promise;
      return await inspect(id);
    };
    test.engine.behave("shop-web-1", { stopCode: 0 });
    test.engine.stopByHand("shop-web-1");
    await test.clock.settle();
    test.engine.goDown();
    test.engine.comeUp({ forgetful: true });
    await test.clock.advance(300);
    answered.resolve();
    await test.clock.advance(1_000);
    assertEquals(test.container("web").state, "running");
    assertEquals(test.container("web").restarts, 0);
  });
  await t.step("after it was looked at", async () => {
    await using test = new SupervisedPod();
    await test.begin(await podFrom(plain));
    test.engine.behave("shop-web-1", { stopCode: 0 });
    test.engine.stopByHand("shop-web-1");
    await test.clock.advance(10);
    test.engine.goDown();
    test.engine.comeUp({ forgetful: true });
    await test.clock.advance(3_000);
    assertEquals(test.container("web").state, "running");
    assertEquals(test.container("web").restarts, 0);
  });
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
